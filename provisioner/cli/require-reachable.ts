import type { Host } from '../engine/play';
import { exitCodes, UserError } from '../errors';
import { visibleLine } from '../report/visible';
import type { Fleet } from './open-fleet';

/**
 * For what has to be done on every one of some nodes, or on none.
 *
 * @param next what to do about a node that cannot be reached
 * @throws UserError that names the nodes that cannot be reached
 */
export async function requireReachable(fleet: Fleet, hosts: readonly Host[], next: string): Promise<void> {
  const lost = await unreachableOf(fleet, hosts);
  if (lost.size === 0) return;
  const named = [...lost].map(([name, reason]) => `${name} (${reason})`);
  throw new UserError(
    `Nothing was done: ${named.join(', ')} cannot be reached.`,
    next,
    exitCodes.unreachable,
  );
}

/** Why nodes cannot be reached, by name, each in one line. */
export async function unreachableOf(
  { transport }: Fleet,
  hosts: readonly Host[],
): Promise<ReadonlyMap<string, string>> {
  const reachability = await transport.reachable(hosts, new AbortController().signal);
  return new Map(
    hosts.flatMap(({ name }): [string, string][] => {
      const state = reachability.get(name);
      if (state?.online) return [];
      return [[name, visibleLine(state?.reason ?? 'the transport does not know it')]];
    }),
  );
}
