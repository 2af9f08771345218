import { connect, createServer, type Server, type Socket } from 'node:net';

/** A port on loopback that leads to another one while it is open, and refuses connections while it is not. */
export interface Gate {
  open(): Promise<void>;
  close(): Promise<void>;
}

export function gate(port: number, target: number): Gate {
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  return {
    open() {
      const opening = createServer((incoming) => forward(incoming, target, sockets));
      server = opening;
      return new Promise((resolve, reject) => {
        opening.once('error', reject);
        opening.listen({ host: '127.0.0.1', port }, resolve);
      });
    },
    async close() {
      const closing = server;
      server = undefined;
      for (const socket of sockets) socket.destroy();
      if (closing !== undefined) await new Promise<void>((resolve) => closing.close(() => resolve()));
    },
  };
}

function forward(incoming: Socket, target: number, sockets: Set<Socket>): void {
  const outgoing = connect({ host: '127.0.0.1', port: target });
  for (const [socket, other] of [
    [incoming, outgoing],
    [outgoing, incoming],
  ] as const) {
    sockets.add(socket);
    socket.on('error', () => other.destroy());
    socket.once('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
    socket.pipe(other);
  }
}
