import type { Host } from '../engine/play';
import type { Inventory, InventoryNode } from './schema';

/** The nodes as the engine knows them, in the order of the inventory. Groups: `servers` or `agents`, then the node groups. */
export function hostsOf(inventory: Inventory): Host[] {
  return inventory.nodes.map((node) => ({ name: node.name, id: node.instanceId, groups: groupsOf(node) }));
}

/** The groups of one node; `all` is implied everywhere and not among them. */
export function groupsOf(node: InventoryNode): string[] {
  return [...new Set([`${node.role}s`, ...node.groups])];
}
