import { nearest } from './nearest';

/**
 * The regions of AWS and their availability zones by last letter, as of November 2026 for the commercial regions (AWS,
 * "Regions and Availability Zones"; what accounts of today get). In the oldest regions an older account may have another
 * letter (`ap-northeast-1b`), and there are regions since: whoever needs one adds it to its line, or a line, here.
 * `aws ec2 describe-availability-zones --region <region>` lists what an account has.
 */
const letters: Readonly<Record<string, string>> = {
  'af-south-1': 'abc',
  'ap-east-1': 'abc',
  'ap-east-2': 'abc',
  'ap-northeast-1': 'acd',
  'ap-northeast-2': 'abcd',
  'ap-northeast-3': 'abc',
  'ap-south-1': 'abc',
  'ap-south-2': 'abc',
  'ap-southeast-1': 'abc',
  'ap-southeast-2': 'abc',
  'ap-southeast-3': 'abc',
  'ap-southeast-4': 'abc',
  'ap-southeast-5': 'abc',
  'ap-southeast-6': 'abc',
  'ap-southeast-7': 'abc',
  'ca-central-1': 'abd',
  'ca-west-1': 'abc',
  'eu-central-1': 'abc',
  'eu-central-2': 'abc',
  'eu-north-1': 'abc',
  'eu-south-1': 'abc',
  'eu-south-2': 'abc',
  'eu-west-1': 'abc',
  'eu-west-2': 'abc',
  'eu-west-3': 'abc',
  'il-central-1': 'abc',
  'me-central-1': 'abc',
  'me-south-1': 'abc',
  'mx-central-1': 'abc',
  'sa-east-1': 'abc',
  'us-east-1': 'abcdef',
  'us-east-2': 'abc',
  // An account has two of the three.
  'us-west-1': 'abc',
  'us-west-2': 'abcd',
};

/** The zones of a region; undefined where there is no such region in the list. */
export function zonesOf(region: string): readonly string[] | undefined {
  if (!Object.hasOwn(letters, region)) return undefined;
  return [...(letters[region] ?? '')].map((letter) => `${region}${letter}`);
}

/** What may be given in place of a region that is not in the list, in words. */
export function regionAllowed(given: unknown): string {
  const likely = typeof given === 'string' ? nearest(given, Object.keys(letters)) : undefined;
  const help = likely === undefined ? '' : `; did you mean "${likely}"?`;
  return `an AWS region such as "ap-northeast-2" (a new one: add it in environments/zones.ts)${help}`;
}
