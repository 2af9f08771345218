import type { Facts } from './engine/facts';
import { type Shell, sh } from './engine/shell';
import type { Inventory } from './inventory/schema';

/**
 * Who a node says it is, from its own metadata: its instance id and the environment it is tagged with. A node where
 * metadata does not answer prints nothing.
 */
export const identityFacts: Shell = sh`echo "instance_id=$(sc_imds meta-data/instance-id)"
echo "tag_project=$(sc_imds meta-data/tags/instance/stagecraft:project)"
echo "tag_environment=$(sc_imds meta-data/tags/instance/stagecraft:environment)"`;

/**
 * Why a node must not be touched in the name of this inventory, if it must not: a state that is out of date, or a
 * mixed-up one, would otherwise provision somebody else's machine.
 */
export function refuseStranger(
  inventory: Inventory,
): (host: { readonly id: string }, facts: Facts) => string | undefined {
  return ({ id }, facts) => {
    const found = (key: string) => facts.get(key) ?? '';
    if (found('instance_id') !== '' && found('instance_id').startsWith('i-') && found('instance_id') !== id)
      return `it says that it is ${found('instance_id')}, the inventory says ${id}`;
    if (found('tag_environment') !== '' && found('tag_environment') !== inventory.environment)
      return `it is tagged as a node of environment "${found('tag_environment')}", this is "${inventory.environment}"`;
    if (found('tag_project') !== '' && found('tag_project') !== inventory.project)
      return `it is tagged as a node of project "${found('tag_project')}", this is "${inventory.project}"`;
    return undefined;
  };
}
