import type { Environment } from '../../environments/schema';
import type { NodeValue } from '../engine/shell';
import type { Inventory, InventoryNode } from '../inventory/schema';

/** What a role knows: the wanted state and the fleet. Everything else it finds out on the node, in its checks. */
export interface RoleContext {
  readonly environment: Environment;
  readonly inventory: Inventory;
  /** A value that differs per node; it reaches each node as a variable of the one script that all of them run. */
  readonly perNode: (pick: (node: InventoryNode) => string) => NodeValue;
}

export function roleContext(environment: Environment, inventory: Inventory): RoleContext {
  return {
    environment,
    inventory,
    perNode: (pick) => ({
      kind: 'perNode',
      values: new Map(inventory.nodes.map((node) => [node.name, pick(node)])),
    }),
  };
}
