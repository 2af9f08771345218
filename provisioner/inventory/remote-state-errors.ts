import { type Advice, codeOf, credentialAdvice, firstLine, messageOf, networkCodes } from '../aws-errors';
import { exitCodes, UserError } from '../errors';
import type { StateLocation } from './state-location';

interface Circumstances extends StateLocation {
  readonly environment: string;
  readonly message: string;
}

/**
 * Turns an error of S3, of the credentials or of the network into what an operator can act on.
 * Codes: S3's "Error responses" and STS's common errors; `CredentialsProviderError` and `TokenProviderError` are the SDK's.
 */
export function stateProblem(error: unknown, location: StateLocation, environment: string): UserError {
  const message = messageOf(error);
  const advise = advisers[codeOf(error, advisers)] ?? unexpected;
  const { what, next } = advise({ ...location, environment, message });
  return new UserError(
    `The inventory of '${environment}' can't be read: ${what}`,
    next,
    exitCodes.taskFailed,
  );
}

const noBucket = ({ bucket, environment }: Circumstances): Advice => ({
  what: `there is no state bucket ${bucket}.`,
  next:
    `Once for each account: \`cdktf deploy bootstrap\`; then \`cdktf deploy ${environment}\`. ` +
    `If you have done so: its name comes from STAGECRAFT_STATE_BUCKET, else from state.bucket or accountId in environments/${environment}.ts.`,
});

const noKey = ({ bucket, key, environment }: Circumstances): Advice => ({
  what: `there is no state s3://${bucket}/${key}: '${environment}' has never been deployed.`,
  next: `Run \`cdktf deploy ${environment}\`.`,
});

const denied = ({ bucket, key, environment, message }: Circumstances): Advice => ({
  what: `access to s3://${bucket}/${key} is denied (${firstLine(message)}).`,
  next:
    `The role needs s3:GetObject and s3:ListBucket on ${bucket} and kms:Decrypt on its key. ` +
    'Without s3:ListBucket, S3 says the same of a state that does not exist yet. ' +
    `It also says so of a bucket of another account: look at accountId in environments/${environment}.ts and at \`aws sts get-caller-identity\`.`,
});

const otherRegion = ({ bucket, region, environment }: Circumstances): Advice => ({
  what: `the state bucket ${bucket} is not in ${region}.`,
  next: `Correct state.region in environments/${environment}.ts.`,
});

const unreachable = ({ region, message }: Circumstances): Advice => ({
  what: `S3 in ${region} can't be reached (${firstLine(message)}).`,
  next: 'Look at the network, the proxy (HTTPS_PROXY) and AWS_ENDPOINT_URL; or work from a file: --inventory FILE.',
});

const unexpected = ({ bucket, key, message }: Circumstances): Advice => ({
  what: `reading s3://${bucket}/${key} failed: ${firstLine(message)}.`,
  next: 'Run again; if it stays, read the state with `aws s3 cp` for details, or work from a file: --inventory FILE.',
});

const advisers: Readonly<Record<string, (circumstances: Circumstances) => Advice>> = {
  ...credentialAdvice,
  NoSuchBucket: noBucket,
  NoSuchKey: noKey,
  AccessDenied: denied,
  AllAccessDisabled: denied,
  PermanentRedirect: otherRegion,
  AuthorizationHeaderMalformed: otherRegion,
  ...Object.fromEntries(networkCodes.map((code) => [code, unreachable])),
};
