import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/** The first port that is taken: lower ones are where well-known services and developers' own servers listen. */
const LOWEST = 20_000;
const HIGHEST = 65_535;

/** The kernel's default of `net.ipv4.ip_local_port_range`. */
const USUAL_RANGE: PortRange = { first: 32_768, last: 60_999 };

/** How many ports are tried before the kernel chooses. */
const TRIES = 100;

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/**
 * A port of loopback that nothing listens on now, outside the range from which the kernel takes the local ports of outgoing
 * connections: one of those would be free now, and the end of somebody's connection when it is listened on again.
 *
 * @param outgoing that range; default: this machine's
 */
export async function freePort(outgoing: PortRange = outgoingRange()): Promise<number> {
  const below = Math.max(0, Math.min(outgoing.first, HIGHEST + 1) - LOWEST);
  const from = Math.max(outgoing.last + 1, LOWEST);
  const count = below + Math.max(0, HIGHEST + 1 - from);
  for (let tried = 0; tried < TRIES && count > 0; tried += 1) {
    const place = randomInt(count);
    const port = place < below ? LOWEST + place : from + place - below;
    if (await isFree(port)) return port;
  }
  // Somebody has given every port to outgoing connections.
  return (await bound(0)) ?? 0;
}

/** Whether a port of loopback can be listened on now. */
export async function isFree(port: number): Promise<boolean> {
  return (await bound(port)) !== undefined;
}

/** The range of this machine's outgoing connections, as ip(7) tells it. */
export function outgoingRange(file = '/proc/sys/net/ipv4/ip_local_port_range'): PortRange {
  try {
    const [, first, last] = /^(\d+)\s+(\d+)\s*$/.exec(readFileSync(file, 'utf8')) ?? [];
    return first === undefined || last === undefined
      ? USUAL_RANGE
      : { first: Number(first), last: Number(last) };
  } catch {
    return USUAL_RANGE;
  }
}

/** Listens for a moment. The port, or undefined where that is not possible. */
function bound(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ host: '127.0.0.1', port }, () => {
      const address = server.address();
      const own = typeof address === 'object' && address !== null ? address.port : undefined;
      server.close(() => resolve(own));
    });
  });
}
