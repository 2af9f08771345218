import type { Departure, NodeReport, Report, TaskResult } from './model';

/** The same failure of a task, on the nodes that had it. */
export interface Failure {
  readonly play: string;
  /** `role : task`, or `handler : task`. */
  readonly task: string;
  readonly what: string;
  readonly nodes: string[];
  /** The first node's result: its texts stand for all. */
  readonly example: TaskResult;
}

/** Nodes that left the run without a task having failed, for the same reason. */
export interface Departures extends Omit<Departure, 'at'> {
  readonly nodes: string[];
}

/** A task that changed something, with the nodes by what it changed there, the most frequent first. */
export interface Change {
  readonly play: string;
  readonly task: string;
  readonly variants: readonly { readonly nodes: readonly string[]; readonly example: TaskResult }[];
}

/** What failed, what most nodes have in common first. */
export function failuresOf(report: Report): Failure[] {
  const failures = new Map<string, Failure>();
  for (const { node, result } of resultsOf(report, 'failed')) {
    const what = result.error?.what ?? 'failed';
    const key = `${result.task} ${what}`;
    const known = failures.get(key);
    if (known === undefined)
      failures.set(key, { ...nameOf(report, result), what, nodes: [node.name], example: result });
    else known.nodes.push(node.name);
  }
  return [...failures.values()].sort((a, b) => b.nodes.length - a.nodes.length);
}

export function departuresOf({ nodes }: Report): Departures[] {
  const departures = new Map<string, Departures>();
  for (const { name, left } of nodes) {
    if (left === undefined) continue;
    const key = `${left.kind} ${left.reason}`;
    const known = departures.get(key);
    if (known === undefined) departures.set(key, { kind: left.kind, reason: left.reason, nodes: [name] });
    else known.nodes.push(name);
  }
  return [...departures.values()];
}

/** What changed, in the order in which tasks first ran. */
export function changesOf(report: Report): Change[] {
  const byTask = new Map<number, Map<string, { nodes: string[]; example: TaskResult }>>();
  for (const { node, result } of resultsOf(report, 'changed')) {
    const variants = byTask.get(result.task) ?? new Map();
    byTask.set(result.task, variants);
    const key = JSON.stringify([result.diff, result.output]);
    const known = variants.get(key);
    if (known === undefined) variants.set(key, { nodes: [node.name], example: result });
    else known.nodes.push(node.name);
  }
  return [...byTask]
    .sort(([a], [b]) => a - b)
    .map(([task, variants]) => ({
      ...nameOf(report, { task }),
      variants: [...variants.values()].sort((a, b) => b.nodes.length - a.nodes.length),
    }));
}

function* resultsOf(
  { nodes }: Report,
  status: TaskResult['status'],
): Generator<{ node: NodeReport; result: TaskResult }> {
  for (const node of nodes)
    for (const result of node.results) if (result.status === status) yield { node, result };
}

function nameOf(
  { tasks, plays }: Report,
  { task }: Pick<TaskResult, 'task'>,
): { play: string; task: string } {
  const name = tasks[task];
  return { play: plays[name?.play ?? -1]?.name ?? '', task: `${name?.role} : ${name?.task}` };
}
