/**
 * The zones of regions by their last letter (EC2 User Guide, "Availability Zones"; what new accounts get). A region that is
 * not here may have any: add it when you use it.
 */
const letters: Readonly<Record<string, string>> = {
  'ap-northeast-1': 'acd',
  'ap-northeast-2': 'abcd',
  'ap-northeast-3': 'abc',
  'ap-southeast-1': 'abc',
  'ap-southeast-2': 'abc',
  'eu-central-1': 'abc',
  'eu-west-1': 'abc',
  'eu-west-2': 'abc',
  'us-east-1': 'abcdef',
  'us-east-2': 'abc',
  'us-west-2': 'abcd',
};

/** The zones of a region, undefined where they are not known. */
export function zonesOf(region: string): readonly string[] | undefined {
  const known = letters[region];
  return known === undefined ? undefined : [...known].map((letter) => `${region}${letter}`);
}
