import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { z } from 'zod';
import { freePort } from '../free-port';
import type { Identity } from '../identity';
import type { KeyPair } from './certificates';

export interface Supervisor {
  readonly port: number;
  close(): Promise<void>;
}

export interface SupervisorOptions {
  readonly identity: Identity;
  readonly pair: KeyPair;
  /** PEM of the certificate authority. */
  readonly ca: string;
  /** Whether a server at this private address takes connections. */
  readonly answersAt: (ip: string) => boolean;
  /** Whether this is the join token. */
  readonly knowsToken: (token: string) => boolean;
  readonly rotateToken: (token: string) => void;
}

/**
 * Port 6443 of all servers: the nodes' `curl` is led here (see `.curlrc` in the seed), as no private network is there, and the
 * Host header tells which server is meant. Answers what K3s answers without credentials; a server that is down breaks the
 * connection off.
 */
export async function startSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  const { identity, pair } = options;
  const server = createServer({ cert: pair.cert, key: pair.key }, answer(options));
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: '127.0.0.1', port }, resolve);
    });
  await listen(await identity.claimPort('supervisor')).catch(async () => listen(await freePort()));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  identity.keepPort('supervisor', port);
  return {
    port,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function answer(options: SupervisorOptions): RequestListener {
  const pages: Readonly<Record<string, string>> = { '/ping': 'pong', '/cacerts': options.ca };
  return (request, response) => {
    if (!options.answersAt((request.headers.host ?? '').replace(/:\d+$/, ''))) {
      request.socket.destroy();
      return;
    }
    const path = (request.url ?? '').replace(/\?.*/, '');
    if (path === '/v1-k3s/token' && request.method === 'PUT') {
      void rotate(request, response, options);
      return;
    }
    const page = pages[path];
    response.writeHead(page === undefined ? 401 : 200, { 'Content-Type': 'text/plain' });
    response.end(page ?? 'Unauthorized: this server is simulated by the stagecraft sandbox\n');
  };
}

const rotation = z.object({ newToken: z.string().min(1) });

/** What `k3s token rotate` asks of a server, with the token that is in force as the password of the user `server`. */
async function rotate(
  request: IncomingMessage,
  response: ServerResponse,
  { knowsToken, rotateToken }: SupervisorOptions,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const [, encoded = ''] = /^Basic (.+)$/.exec(request.headers.authorization ?? '') ?? [];
  const [user, ...password] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  const wanted = rotation.safeParse(jsonOf(Buffer.concat(chunks).toString('utf8')));
  const allowed = user === 'server' && knowsToken(password.join(':'));
  const status = !allowed ? 401 : wanted.success ? 200 : 400;
  if (allowed && wanted.success) rotateToken(wanted.data.newToken);
  response.writeHead(status, { 'Content-Type': 'text/plain' }).end();
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
