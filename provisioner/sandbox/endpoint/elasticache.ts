/**
 * A stand-in for ElastiCache: one user of a cache, as much of the Query protocol as giving it a password needs. There is
 * no cache behind it. Every request is signed; passwords are kept as hashes, which is all that a test has to compare.
 */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { z } from 'zod';
import { delay, systemClock } from './clock';
import type { CredentialStore, Principal } from './credentials';
import { ServiceError } from './service-error';
import type { SettingsStore } from './settings';
import { authenticate } from './signature';

export interface ElastiCacheOptions {
  readonly region: string;
  readonly accountId: string;
  /** Id and name of the one user there is. */
  readonly userId: string;
  /** Where its state is kept; only its owner reads it. */
  readonly file: string;
  readonly credentials: CredentialStore;
  readonly settings: SettingsStore;
}

const userState = z.strictObject({
  /** A new user has what Terraform gave it. */
  type: z.enum(['iam', 'password']),
  /** SHA-256 of each password that opens it. */
  passwords: z.array(z.string()).max(2),
});

type UserState = z.infer<typeof userState>;

const XMLNS = 'http://elasticache.amazonaws.com/doc/2015-02-02/';
const MAX_BODY_BYTES = 64 * 1024;

/** DescribeUsers and ModifyUser, by operator and nodes. A change is seen as under way once, then it is done. */
export function createElastiCache(options: ElastiCacheOptions): RequestListener {
  const service = new Service(options);
  return (request, response) => {
    service.answer(request).then(
      (body) => send(response, 200, body),
      (error: unknown) => refuse(response, error),
    );
  };
}

class Service {
  #isModifying = false;

  constructor(private readonly options: ElastiCacheOptions) {}

  async answer(request: IncomingMessage): Promise<string> {
    const { settings, region, credentials } = this.options;
    const body = await bodyOf(request);
    const { apiLatencyMs, cacheFault } = settings.get();
    await delay(systemClock, apiLatencyMs);
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    const signed = { method: request.method ?? '', target: request.url ?? '/', headers, body };
    const principal = await authenticate(signed, { region, service: 'elasticache' }, credentials);
    if (cacheFault === 'throttled') throw new ServiceError('Throttling', 'Rate exceeded');
    const input = new URLSearchParams(body.toString('utf8'));
    const action = input.get('Action') ?? '';
    const isDenied = cacheFault === 'denied' || (cacheFault === 'denied-change' && action === 'ModifyUser');
    if (isDenied || !isAllowed(principal, action, input)) throw this.#denied(action);
    const userId = input.get('UserId') ?? this.options.userId;
    if (userId !== this.options.userId)
      throw new ServiceError('UserNotFound', `User ${userId} not found.`, 404);
    switch (action) {
      case 'DescribeUsers':
        return this.#described();
      case 'ModifyUser':
        return this.#modified(input);
      default:
        throw new ServiceError('InvalidAction', `The sandbox's ElastiCache does not know ${action}.`);
    }
  }

  #described(): string {
    const status = this.#isModifying ? 'modifying' : 'active';
    this.#isModifying = false;
    return result(
      'DescribeUsers',
      `<Users>\n      <member>${this.#user(this.#read(), status)}</member>\n    </Users>`,
    );
  }

  #modified(input: URLSearchParams): string {
    if (this.#isModifying)
      throw new ServiceError('InvalidUserState', `User ${this.options.userId} is not in active state.`);
    const type = input.get('AuthenticationMode.Type');
    const passwords = [1, 2].flatMap((n) => input.get(`AuthenticationMode.Passwords.member.${n}`) ?? []);
    if (type !== 'password' || input.has('AuthenticationMode.Passwords.member.3') || passwords.length === 0)
      throw new ServiceError(
        'InvalidParameterValue',
        'The sandbox takes one or two passwords and nothing else.',
      );
    if (passwords.some((password) => !/^[!-~]{16,128}$/.test(password)))
      throw new ServiceError('InvalidParameterValue', 'A password has 16 to 128 printable characters.');
    const state: UserState = { type, passwords: passwords.map(hashOf) };
    this.#write(state);
    this.#isModifying = true;
    return result('ModifyUser', this.#user(state, 'modifying'));
  }

  #user({ type, passwords }: UserState, status: string): string {
    const { userId, region, accountId } = this.options;
    const count = type === 'password' ? `<PasswordCount>${passwords.length}</PasswordCount>` : '';
    return [
      `<UserId>${userId}</UserId>`,
      `<UserName>${userId}</UserName>`,
      `<Status>${status}</Status>`,
      '<Engine>redis</Engine>',
      `<Authentication><Type>${type}</Type>${count}</Authentication>`,
      `<ARN>arn:aws:elasticache:${region}:${accountId}:user:${userId}</ARN>`,
    ].join('\n        ');
  }

  #denied(action: string): ServiceError {
    const { region, accountId, userId } = this.options;
    return new ServiceError(
      'AccessDenied',
      `User is not authorized to perform: elasticache:${action} on resource: arn:aws:elasticache:${region}:${accountId}:user:${userId}`,
      403,
    );
  }

  #read(): UserState {
    const { file } = this.options;
    if (!existsSync(file)) return { type: 'iam', passwords: [] };
    return userState.parse(JSON.parse(readFileSync(file, 'utf8')));
  }

  #write(state: UserState): void {
    const { file } = this.options;
    writeFileSync(`${file}.new`, JSON.stringify(state), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
}

/** As `CacheUsers.grantSetPassword` has it: a node may look, and give a password. */
function isAllowed(principal: Principal, action: string, input: URLSearchParams): boolean {
  if (principal.kind === 'operator') return true;
  return (
    action === 'DescribeUsers' ||
    (action === 'ModifyUser' && input.get('AuthenticationMode.Type') === 'password')
  );
}

export function hashOf(password: string): string {
  return createHash('sha256').update(password).digest('hex');
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new ServiceError('InvalidParameterValue', 'The request is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function result(action: string, content: string): string {
  return `<${action}Response xmlns="${XMLNS}">
  <${action}Result>
    ${content}
  </${action}Result>
  <ResponseMetadata>
    <RequestId>${randomUUID()}</RequestId>
  </ResponseMetadata>
</${action}Response>
`;
}

function refuse(response: ServerResponse, error: unknown): void {
  const { code, status, message } =
    error instanceof ServiceError
      ? error
      : { code: 'InternalFailure', status: 500, message: 'A defect of the sandbox.' };
  send(
    response,
    status,
    `<ErrorResponse xmlns="${XMLNS}">
  <Error>
    <Type>${status < 500 ? 'Sender' : 'Receiver'}</Type>
    <Code>${code}</Code>
    <Message>${message.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</Message>
  </Error>
  <RequestId>${randomUUID()}</RequestId>
</ErrorResponse>
`,
  );
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'Content-Type': 'text/xml' }).end(body);
}
