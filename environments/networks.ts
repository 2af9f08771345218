import { overlaps, parseCidr } from './cidr';
import { EnvironmentError } from './errors';
import type { Environment } from './schema';

/**
 * Checks that the blocks of the environments' VPCs do not overlap. AWS does not ask for that: these stacks connect no two
 * of them. But the block of a VPC is for good, and the day that two are to be peered, or reached through one VPN or transit
 * gateway, AWS refuses blocks that overlap (VPC Peering Guide, "Limitations"): then one of both has to be built anew. Who
 * is sure that this day does not come says `network.standalone`.
 *
 * @throws EnvironmentError with one line for each clash
 */
export function assertDisjointNetworks(environments: readonly Pick<Environment, 'name' | 'network'>[]): void {
  const connectable = environments.filter(({ network }) => !network.standalone);
  const clashes = connectable.flatMap(({ name, network }, index) =>
    connectable
      .slice(0, index)
      .filter((other) => overlap(network.cidr, other.network.cidr))
      .map(
        (other) =>
          `environments/${name}.ts: network.cidr: "${network.cidr}" overlaps that of ${other.name} (${other.network.cidr}), so they could never be peered; give it another block, or say network.standalone: true`,
      ),
  );
  if (clashes.length > 0) throw new EnvironmentError('The networks of environments overlap.', clashes);
}

function overlap(one: string, other: string): boolean {
  const [first, second] = [parseCidr(one), parseCidr(other)];
  return first !== undefined && second !== undefined && overlaps(first, second);
}
