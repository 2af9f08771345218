import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
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
  await listen(identity.portOf('supervisor')).catch(() => listen(0));
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

function answer({ ca, answersAt }: SupervisorOptions): RequestListener {
  const pages: Readonly<Record<string, string>> = { '/ping': 'pong', '/cacerts': ca };
  return (request, response) => {
    if (!answersAt((request.headers.host ?? '').replace(/:\d+$/, ''))) {
      request.socket.destroy();
      return;
    }
    const page = pages[(request.url ?? '').replace(/\?.*/, '')];
    response.writeHead(page === undefined ? 401 : 200, { 'Content-Type': 'text/plain' });
    response.end(page ?? 'Unauthorized: this server is simulated by the stagecraft sandbox\n');
  };
}
