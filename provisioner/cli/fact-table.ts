import { columns } from '../columns';
import { visibleLine } from '../report/visible';
import { foldedNames } from './output/folded';

/** Facts of nodes as they are printed, by node. */
export type NodeFacts = ReadonlyMap<string, Readonly<Record<string, string>>>;

/**
 * Facts for people: a line a value, and the nodes that have it, so that what differs is seen at once. Values that many
 * nodes share come first.
 */
export function factTable(facts: NodeFacts, unreachable: ReadonlyMap<string, string>): string {
  const keys = [...new Set([...facts.values()].flatMap((own) => Object.keys(own)))].sort();
  const rows = keys.flatMap((key) => rowsOf(key, facts));
  const table = rows.length === 0 ? [] : [columns([['FACT', 'VALUE', 'NODES'], ...rows])];
  const silent = [...unreachable].map(([node, reason]) => `unreachable: ${node}: ${visibleLine(reason)}`);
  return [...table, ...(silent.length === 0 ? [] : [silent.join('\n')])].join('\n\n');
}

function rowsOf(key: string, facts: NodeFacts): string[][] {
  const nodesOf = new Map<string, string[]>();
  for (const [node, own] of facts) {
    const value = own[key];
    if (value !== undefined) nodesOf.set(value, [...(nodesOf.get(value) ?? []), node]);
  }
  return [...nodesOf]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([value, nodes], index) => [index === 0 ? key : '', shown(value), whose(nodes, facts.size)]);
}

function whose(nodes: readonly string[], all: number): string {
  return nodes.length === all && all > 1 ? `all ${all}` : foldedNames(nodes);
}

function shown(value: string): string {
  const text = visibleLine(value);
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}
