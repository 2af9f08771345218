import { randomBytes } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type Clock, systemClock } from './endpoint/clock';
import { type Listener, listenOnLoopback } from './endpoint/listener';
import { type MetadataNode, type MetadataSources, metadataTree, type Tree } from './metadata-tree';

export type { MetadataNode } from './metadata-tree';

export interface MetadataOptions extends Omit<MetadataSources, 'stopsAt'> {
  readonly node: MetadataNode;
  /** Whether AWS takes this spot instance back; asked at each request. Default: it does not. */
  readonly isTakenBack?: () => boolean;
  readonly clock?: Clock;
}

/** The instance metadata service of one node. */
export interface MetadataServer {
  readonly handler: RequestListener;
  /** Serves on 127.0.0.1; 0 for any free port. */
  listen(port?: number): Promise<Listener>;
}

/** Seconds that a token may live (IMDSv2). */
const TTL = { min: 1, max: 21_600 } as const;
const TTL_HEADER = 'x-aws-ec2-metadata-token-ttl-seconds';

/**
 * The stand-in for IMDSv2 with tokens required, as the platform's instances have it: a session token first (PUT), then
 * every read with it (GET). Real nodes find it at 169.254.169.254; in the sandbox each node has a loopback listener of
 * its own, named by `AWS_EC2_METADATA_SERVICE_ENDPOINT`, the variable of the AWS SDKs.
 */
export function createMetadataServer(options: MetadataOptions): MetadataServer {
  const clock = options.clock ?? systemClock;
  const sessions = createSessions(clock);
  const notice = createNotice(options.isTakenBack ?? (() => false), clock);
  const handler: RequestListener = (request, response) => {
    // A request that came through a proxy is refused: that is what keeps an open proxy from leaking credentials.
    if (request.headers['x-forwarded-for'] !== undefined) reply(response, 403, 'Forbidden');
    else if (request.method === 'PUT') issueToken(request, response, sessions);
    else if (request.method === 'GET' || request.method === 'HEAD')
      read(request, response, sessions, options, notice);
    else reply(response, 405, 'Method Not Allowed');
  };
  return { handler, listen: (port) => listenOnLoopback(handler, port) };
}

/** Two minutes from when it was first asked for: so far ahead AWS says it. Undefined while the instance may stay. */
function createNotice(isTakenBack: () => boolean, clock: Clock): () => Date | undefined {
  let stopsAt: Date | undefined;
  return () => {
    stopsAt = isTakenBack() ? (stopsAt ?? new Date(clock.now() + 120_000)) : undefined;
    return stopsAt;
  };
}

interface Sessions {
  open(seconds: number): string;
  /** Seconds that a token is still good for; undefined when it isn't. */
  remaining(token: string): number | undefined;
}

function createSessions(clock: Clock): Sessions {
  const expirations = new Map<string, number>();
  return {
    open(seconds) {
      for (const [token, expiration] of expirations) if (expiration <= clock.now()) expirations.delete(token);
      const token = randomBytes(40).toString('base64url');
      expirations.set(token, clock.now() + seconds * 1000);
      return token;
    },
    remaining(token) {
      const left = Math.ceil(((expirations.get(token) ?? 0) - clock.now()) / 1000);
      return left > 0 ? left : undefined;
    },
  };
}

function issueToken(request: IncomingMessage, response: ServerResponse, sessions: Sessions): void {
  if (pathOf(request) !== '/latest/api/token') {
    reply(response, 405, 'Method Not Allowed');
    return;
  }
  const header = request.headers[TTL_HEADER];
  const seconds = typeof header === 'string' && /^\d+$/.test(header) ? Number(header) : 0;
  if (seconds < TTL.min || seconds > TTL.max) {
    reply(response, 400, 'Bad Request');
    return;
  }
  reply(response, 200, sessions.open(seconds), { [TTL_HEADER]: String(seconds) });
}

function read(
  request: IncomingMessage,
  response: ServerResponse,
  sessions: Sessions,
  options: MetadataOptions,
  notice: () => Date | undefined,
): void {
  const token = request.headers['x-aws-ec2-metadata-token'];
  const remaining = typeof token === 'string' ? sessions.remaining(token) : undefined;
  if (remaining === undefined) {
    reply(response, 401, 'Unauthorized');
    return;
  }
  const { node, roleName, credentials } = options;
  const tree = metadataTree(node, { roleName, credentials, stopsAt: notice() });
  const content = lookUp(tree, pathOf(request));
  if (content === undefined) reply(response, 404, 'Not Found');
  else reply(response, 200, content, { [TTL_HEADER]: String(remaining) });
}

/** A folder, with or without a slash behind it, lists its entries, one a line; folders in it end with a slash. */
function lookUp(tree: Tree, path: string): string | undefined {
  const names = path.split('/').filter((name) => name !== '');
  let entry: Tree | string | undefined = tree;
  for (const name of names) {
    if (typeof entry !== 'object') return undefined;
    const next: Tree[string] | undefined = Object.hasOwn(entry, name) ? entry[name] : undefined;
    entry = typeof next === 'function' ? next() : next;
  }
  if (typeof entry === 'string' && path.endsWith('/')) return undefined;
  return typeof entry === 'object' ? listing(entry) : entry;
}

function listing(tree: Tree): string {
  return Object.entries(tree)
    .map(([name, entry]) => (typeof entry === 'object' ? `${name}/` : name))
    .join('\n');
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').replace(/\?.*$/, '');
}

function reply(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    'Content-Type': 'text/plain',
    'Content-Length': Buffer.byteLength(body),
    Server: 'EC2ws',
    ...headers,
  });
  response.end(body);
}
