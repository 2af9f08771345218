import { z } from 'zod';

/** What is wrong and what to do about it: the same for every service of AWS. */
export interface Advice {
  readonly what: string;
  readonly next: string;
}

const missingCredentials = ({ message }: { readonly message: string }): Advice => ({
  what: `no usable AWS credentials (${firstLine(message)}).`,
  next: 'Sign in (`aws sso login`), or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; `aws sts get-caller-identity` shows who you are.',
});

const expiredCredentials = (): Advice => ({
  what: 'the AWS credentials have expired.',
  next: 'Sign in again (`aws sso login`, or new keys in AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN).',
});

const rejectedCredentials = ({ message }: { readonly message: string }): Advice => ({
  what: `AWS does not accept the credentials (${firstLine(message)}).`,
  next: '`aws sts get-caller-identity` shows which ones are used: look at AWS_PROFILE, AWS_ACCESS_KEY_ID and ~/.aws.',
});

const wrongClock = (): Advice => ({
  what: "this machine's clock is more than 15 minutes off.",
  next: 'Set the clock (`timedatectl set-ntp true`) and run again.',
});

/**
 * Advice for what is wrong with the credentials or the clock, by error code. Codes: STS's common errors, S3's and SSM's
 * own names for the same; `CredentialsProviderError` and `TokenProviderError` are the SDK's.
 */
export const credentialAdvice: Readonly<Record<string, (error: { readonly message: string }) => Advice>> = {
  CredentialsProviderError: missingCredentials,
  TokenProviderError: missingCredentials,
  ExpiredToken: expiredCredentials,
  ExpiredTokenException: expiredCredentials,
  TokenRefreshRequired: expiredCredentials,
  InvalidToken: rejectedCredentials,
  InvalidAccessKeyId: rejectedCredentials,
  SignatureDoesNotMatch: rejectedCredentials,
  UnrecognizedClientException: rejectedCredentials,
  InvalidSignatureException: rejectedCredentials,
  InvalidClientTokenId: rejectedCredentials,
  RequestTimeTooSkewed: wrongClock,
};

/** Codes of a network that is in the way. */
export const networkCodes: readonly string[] = [
  'TimeoutError',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
];

/**
 * An expired sign-in is only told by the message of the SDK's provider errors. A network error keeps its code in `code`,
 * or, once the SDK has wrapped it, in its message.
 */
export function codeOf(error: unknown, known: object): string {
  const { name, code, message } = errorFields.parse(error);
  if (name.endsWith('ProviderError') && /expired/i.test(message)) return 'ExpiredToken';
  const candidates = [name, code, ...(message.match(/\bE[A-Z_]{4,}\b/g) ?? [])];
  return candidates.find((candidate) => Object.hasOwn(known, candidate)) ?? name;
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  const { message } = errorFields.parse(error);
  const [, milliseconds] = REQUEST_TIMEOUT.exec(message) ?? [];
  if (milliseconds !== undefined) return `no answer within ${Number(milliseconds) / 1000} s`;
  return message || String(error);
}

/** How the SDK's HTTP handler words it; the rest of its message is for programmers. */
const REQUEST_TIMEOUT = /exceeded the configured (\d+) ms requestTimeout/;

const text = z.string().catch('');
const errorFields = z
  .object({ name: text, code: text, message: text })
  .catch({ name: '', code: '', message: '' });

/** The first line, without its full stop. */
export function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/\.$/, '');
}
