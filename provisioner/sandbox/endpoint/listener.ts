import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UserError } from '../../errors';

/** A server of the sandbox that is up. */
export interface Listener {
  /** Base URL without a trailing slash, for example `http://127.0.0.1:45123`. */
  readonly url: string;
  readonly port: number;
  /** Stops listening and drops open connections. */
  close(): Promise<void>;
}

/**
 * Serves on the loopback interface, and nowhere else: what the sandbox offers is never visible from another machine.
 *
 * @param port 0 for any free one
 * @throws UserError when the port is taken
 */
export async function listenOnLoopback(handler: RequestListener, port = 0): Promise<Listener> {
  const server = createServer(handler);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(port, error)));
    server.listen({ host: '127.0.0.1', port }, resolve);
  });
  // A TCP server that is listening has an AddressInfo; the string form is that of a Unix socket.
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function cannotListen(port: number, error: Error): UserError {
  return new UserError(
    `the sandbox can't listen on 127.0.0.1:${port}: ${error.message}`,
    'Stop what uses that port, or let the sandbox choose one (port 0).',
  );
}
