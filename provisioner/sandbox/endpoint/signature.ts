import { createHash, timingSafeEqual } from 'node:crypto';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Credential, CredentialStore, Principal } from './credentials';
import { ServiceError } from './service-error';

/** A request as it came in; header names are in lower case. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface SignatureScope {
  readonly region: string;
  readonly service: string;
}

/** AWS takes a request for five minutes before and after the time that it was signed at. */
const SKEW_MS = 5 * 60_000;

/**
 * Proves who sent a request: recomputes its Signature Version 4 with the SDK's own signer, over exactly the headers
 * that the client says it signed, and compares.
 *
 * @throws ServiceError with the codes of the real service: MissingAuthenticationTokenException,
 *   IncompleteSignatureException, UnrecognizedClientException, ExpiredTokenException, InvalidSignatureException
 */
export async function authenticate(
  request: SignedRequest,
  scope: SignatureScope,
  credentials: CredentialStore,
  now: number = Date.now(),
  /** Milliseconds by which the clock of who signed is wrong. */
  skewOf: (principal: Principal) => number = () => 0,
): Promise<Principal> {
  const claim = parseAuthorization(request.headers.authorization);
  const signedAt = parseAmzDate(request.headers['x-amz-date']);
  requireScope(claim, scope, request.headers['x-amz-date'] ?? '');
  requireSigned(claim, request.headers);
  const credential = credentials.find(claim.accessKeyId);
  if (credential === undefined) throw unrecognized();
  requireSession(credential, request.headers, now);
  requireFresh(signedAt + skewOf(credential.principal), now);
  requireTrueBodyHash(request);
  const expected = await signatureOf(request, claim, credential, scope, signedAt);
  if (!equal(expected, claim.signature)) throw mismatch();
  return credential.principal;
}

interface Claim {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

function parseAuthorization(header: string | undefined): Claim {
  if (header === undefined)
    throw new ServiceError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  if (!header.startsWith('AWS4-HMAC-SHA256 '))
    throw incomplete('the Authorization header has to use AWS4-HMAC-SHA256');
  const fields = new Map(
    header
      .slice('AWS4-HMAC-SHA256 '.length)
      .split(',')
      .map((field): [string, string] => {
        const [key = '', ...value] = field.trim().split('=');
        return [key, value.join('=')];
      }),
  );
  const credential = /^(.+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request$/.exec(fields.get('Credential') ?? '');
  const signedHeaders = fields.get('SignedHeaders');
  const signature = fields.get('Signature');
  if (credential === null || signedHeaders === undefined || signature === undefined)
    throw incomplete("the Authorization header needs 'Credential', 'SignedHeaders' and 'Signature'");
  const [, accessKeyId = '', date = '', region = '', service = ''] = credential;
  return { accessKeyId, date, region, service, signedHeaders: signedHeaders.split(';'), signature };
}

function parseAmzDate(header: string | undefined): number {
  const parts = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(header ?? '');
  if (parts === null)
    throw incomplete("the header 'X-Amz-Date' is missing or not of the form YYYYMMDDTHHMMSSZ");
  const [, year, month, day, hour, minute, second] = parts;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function requireScope(claim: Claim, scope: SignatureScope, amzDate: string): void {
  if (claim.region !== scope.region)
    throw invalid(
      `Credential should be scoped to a valid region, not '${claim.region}'; this is ${scope.region}.`,
    );
  if (claim.service !== scope.service)
    throw invalid(`Credential should be scoped to correct service: '${scope.service}'.`);
  if (!amzDate.startsWith(claim.date))
    throw invalid(`The date in the credential scope, ${claim.date}, is not that of X-Amz-Date.`);
}

/** `host` and every `x-amz-*` header have to be signed: what is not could be changed on the way. */
function requireSigned(claim: Claim, headers: SignedRequest['headers']): void {
  const signed = new Set(claim.signedHeaders);
  const unsigned = ['host', ...Object.keys(headers).filter((name) => name.startsWith('x-amz-'))].filter(
    (name) => !signed.has(name),
  );
  if (unsigned.length > 0)
    throw invalid(`These headers have to be part of the signature and are not: ${unsigned.join(', ')}.`);
  const absent = claim.signedHeaders.filter((name) => headers[name] === undefined);
  if (absent.length > 0)
    throw invalid(`These signed headers are not part of the request: ${absent.join(', ')}.`);
}

function requireSession(credential: Credential, headers: SignedRequest['headers'], now: number): void {
  const token = headers['x-amz-security-token'];
  if (credential.sessionToken === undefined) return;
  if (token === undefined || !equal(token, credential.sessionToken)) throw unrecognized();
  if (credential.expiration !== undefined && credential.expiration.getTime() <= now)
    throw new ServiceError('ExpiredTokenException', 'The security token included in the request is expired');
}

function requireFresh(signedAt: number, now: number): void {
  if (signedAt < now - SKEW_MS)
    throw invalid(
      `Signature expired: ${amzDate(signedAt)} is now earlier than ${amzDate(now - SKEW_MS)} (${amzDate(now)} - 5 min.)`,
    );
  if (signedAt > now + SKEW_MS)
    throw invalid(
      `Signature not yet current: ${amzDate(signedAt)} is still later than ${amzDate(now + SKEW_MS)} (${amzDate(now)} + 5 min.)`,
    );
}

/** The signer takes a body hash that the request names at its word; the service doesn't. */
function requireTrueBodyHash(request: SignedRequest): void {
  const claimed = request.headers['x-amz-content-sha256'];
  if (claimed === undefined) return;
  if (claimed !== createHash('sha256').update(request.body).digest('hex')) throw mismatch();
}

async function signatureOf(
  request: SignedRequest,
  claim: Claim,
  credential: Credential,
  scope: SignatureScope,
  signedAt: number,
): Promise<string> {
  const signer = new SignatureV4({
    credentials: { accessKeyId: claim.accessKeyId, secretAccessKey: credential.secretAccessKey },
    region: scope.region,
    service: scope.service,
    sha256: Sha256,
    applyChecksum: false,
  });
  const url = new URL(request.target, 'http://loopback');
  const signed = await signer.sign(
    {
      method: request.method,
      protocol: 'http:',
      hostname: request.headers.host ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: Object.fromEntries(claim.signedHeaders.map((name) => [name, request.headers[name] ?? ''])),
      body: request.body,
    },
    { signingDate: new Date(signedAt), signableHeaders: new Set(claim.signedHeaders) },
  );
  return /Signature=([0-9a-f]+)/.exec(signed.headers.authorization ?? '')?.[1] ?? '';
}

function equal(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function amzDate(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

function unrecognized(): ServiceError {
  return new ServiceError(
    'UnrecognizedClientException',
    'The security token included in the request is invalid.',
  );
}

function incomplete(message: string): ServiceError {
  return new ServiceError('IncompleteSignatureException', message);
}

function invalid(message: string): ServiceError {
  return new ServiceError('InvalidSignatureException', message);
}

function mismatch(): ServiceError {
  return invalid(
    'The signature of the request is not the one that the service calculated: check the secret access key and how the request is signed.',
  );
}
