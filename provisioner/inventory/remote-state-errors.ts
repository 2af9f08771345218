import { z } from 'zod';
import { exitCodes, UserError } from '../errors';
import type { StateLocation } from './remote-state';

interface Circumstances extends StateLocation {
  readonly environment: string;
  readonly message: string;
}

/** What is wrong, after "The inventory of … can't be read: ", and what to do about it. */
interface Advice {
  readonly what: string;
  readonly next: string;
}

/**
 * Turns an error of S3, of the credentials or of the network into what an operator can act on.
 * Codes: S3's "Error responses" and STS's common errors; `CredentialsProviderError` and `TokenProviderError` are the SDK's.
 */
export function stateProblem(error: unknown, location: StateLocation, environment: string): UserError {
  const message = errorFields.parse(error).message || String(error);
  const advise = advisers[codeOf(error)] ?? unexpected;
  const { what, next } = advise({ ...location, environment, message });
  return new UserError(
    `The inventory of '${environment}' can't be read: ${what}`,
    next,
    exitCodes.taskFailed,
  );
}

const missingCredentials = ({ message }: Circumstances): Advice => ({
  what: `no usable AWS credentials (${firstLine(message)}).`,
  next: 'Sign in (`aws sso login`), or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; `aws sts get-caller-identity` shows who you are.',
});

const expiredCredentials = (): Advice => ({
  what: 'the AWS credentials have expired.',
  next: 'Sign in again (`aws sso login`, or new keys in AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN).',
});

const rejectedCredentials = ({ message }: Circumstances): Advice => ({
  what: `AWS does not accept the credentials (${firstLine(message)}).`,
  next: '`aws sts get-caller-identity` shows which ones are used: look at AWS_PROFILE, AWS_ACCESS_KEY_ID and ~/.aws.',
});

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

const wrongClock = (): Advice => ({
  what: "this machine's clock is more than 15 minutes off.",
  next: 'Set the clock (`timedatectl set-ntp true`) and run again.',
});

const unexpected = ({ bucket, key, message }: Circumstances): Advice => ({
  what: `reading s3://${bucket}/${key} failed: ${firstLine(message)}.`,
  next: 'Run again; if it stays, read the state with `aws s3 cp` for details, or work from a file: --inventory FILE.',
});

const advisers: Readonly<Record<string, (circumstances: Circumstances) => Advice>> = {
  CredentialsProviderError: missingCredentials,
  TokenProviderError: missingCredentials,
  ExpiredToken: expiredCredentials,
  ExpiredTokenException: expiredCredentials,
  TokenRefreshRequired: expiredCredentials,
  InvalidToken: rejectedCredentials,
  InvalidAccessKeyId: rejectedCredentials,
  SignatureDoesNotMatch: rejectedCredentials,
  NoSuchBucket: noBucket,
  NoSuchKey: noKey,
  AccessDenied: denied,
  AllAccessDisabled: denied,
  PermanentRedirect: otherRegion,
  AuthorizationHeaderMalformed: otherRegion,
  RequestTimeTooSkewed: wrongClock,
  TimeoutError: unreachable,
  ECONNREFUSED: unreachable,
  ECONNRESET: unreachable,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  ENOTFOUND: unreachable,
  EAI_AGAIN: unreachable,
  ETIMEDOUT: unreachable,
};

/**
 * An expired sign-in is only told by the message of the SDK's provider errors. A network error keeps its code in `code`,
 * or, once the SDK has wrapped it, in its message.
 */
function codeOf(error: unknown): string {
  const { name, code, message } = errorFields.parse(error);
  if (name.endsWith('ProviderError') && /expired/i.test(message)) return 'ExpiredToken';
  const candidates = [name, code, ...(message.match(/\bE[A-Z_]{4,}\b/g) ?? [])];
  return candidates.find((candidate) => Object.hasOwn(advisers, candidate)) ?? name;
}

const text = z.string().catch('');
const errorFields = z
  .object({ name: text, code: text, message: text })
  .catch({ name: '', code: '', message: '' });

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/\.$/, '');
}
