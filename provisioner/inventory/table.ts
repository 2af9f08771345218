import { columns as alignedColumns } from '../columns';
import { groupsOf } from './hosts';
import type { Inventory, InventoryNode } from './schema';

const columns: readonly { readonly title: string; readonly of: (node: InventoryNode) => string }[] = [
  { title: 'NAME', of: (node) => node.name },
  { title: 'ROLE', of: (node) => node.role },
  { title: 'GROUPS', of: (node) => groupsOf(node).join(',') },
  { title: 'INSTANCE', of: (node) => node.instanceId },
  { title: 'PRIVATE IP', of: (node) => node.privateIp },
  { title: 'ZONE', of: (node) => node.zone },
  { title: 'ARCH', of: (node) => node.arch },
  {
    title: 'LABELS',
    of: (node) => list(Object.entries(node.labels).map(([key, value]) => `${short(key)}=${value}`)),
  },
  {
    title: 'TAINTS',
    of: (node) =>
      list(node.taints.map((taint) => `${short(taint.key)}${assigned(taint.value)}:${taint.effect}`)),
  },
];

/** The inventory for people: one line a node, then what they have in common. `where` is the place it was read from. */
export function inventoryTable(inventory: Inventory, where: string): string {
  const rows = [
    columns.map(({ title }) => title),
    ...inventory.nodes.map((node) => columns.map(({ of }) => of(node))),
  ];
  return [alignedColumns(rows), '', summary(inventory, where)].join('\n');
}

function summary({ nodes, environment, region, accountId }: Inventory, where: string): string {
  const count = `${nodes.length} node${nodes.length === 1 ? '' : 's'}`;
  return `${count} in ${environment} (${region}, account ${accountId}), from ${where}`;
}

function list(entries: readonly string[]): string {
  return entries.length === 0 ? '-' : entries.join(',');
}

/** A label key without its domain: `node.kubernetes.io/role` → `role`. */
function short(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}

function assigned(value: string): string {
  return value === '' ? '' : `=${value}`;
}
