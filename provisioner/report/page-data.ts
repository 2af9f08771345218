import type { NodeReport, Report, TaskResult } from './model';

/**
 * What the page's script reads: the report with every text once, in `strings`, and indices into it. A run of 500 nodes
 * has 50,000 results that hardly differ; like this they take a few bytes each.
 */
export interface PageData {
  readonly strings: readonly string[];
  readonly run: {
    readonly id: string;
    readonly environment: string;
    readonly check: boolean;
    readonly startedAt: number;
    readonly milliseconds: number;
  };
  readonly plays: Report['plays'];
  /** Play, role and task (indices), and 1 for a handler. */
  readonly tasks: readonly (readonly [number, number, number, number])[];
  readonly prerequisites: Report['prerequisites'];
  readonly disruptions: Report['disruptions'];
  readonly nodes: readonly PageNode[];
}

/** A node; of its results one column each: task, status (a letter), start and duration in milliseconds. */
export interface PageNode {
  readonly name: string;
  readonly counts: NodeReport['counts'];
  readonly facts: readonly (readonly [number, number])[];
  readonly left?: NodeReport['left'];
  readonly task: readonly number[];
  readonly status: string;
  readonly start: readonly number[];
  readonly ms: readonly number[];
  /** By the position of a result: diff, output, what failed, its last lines, its log; -1 where there is none. */
  readonly texts: Readonly<Record<number, readonly number[]>>;
}

const letters = { ok: 'o', changed: 'c', skipped: 's', failed: 'f' } as const;

export function pageData(report: Report): PageData {
  const strings: string[] = [];
  const indices = new Map<string, number>();
  const intern = (text: string): number => {
    let index = indices.get(text);
    if (index === undefined) {
      index = strings.push(text) - 1;
      indices.set(text, index);
    }
    return index;
  };
  const { id, environment, mode, startedAt, milliseconds } = report;
  return {
    run: { id, environment, check: mode === 'check', startedAt, milliseconds },
    plays: report.plays,
    tasks: report.tasks.map(({ play, role, task, handler }) => [
      play,
      intern(role),
      intern(task),
      handler ? 1 : 0,
    ]),
    prerequisites: report.prerequisites,
    disruptions: report.disruptions,
    nodes: report.nodes.map((node) => pageNode(node, intern)),
    strings,
  };
}

function pageNode(node: NodeReport, intern: (text: string) => number): PageNode {
  const { name, counts, left, results } = node;
  return {
    name,
    counts,
    facts: Object.entries(node.facts).map(([key, value]) => [intern(key), intern(value)]),
    ...(left === undefined ? {} : { left }),
    task: results.map(({ task }) => task),
    status: results.map(({ status }) => letters[status]).join(''),
    start: results.map(({ start }) => start),
    ms: results.map((result) => result.milliseconds),
    texts: Object.fromEntries(
      results.flatMap((result, index) => (hasText(result) ? [[index, textsOf(result, intern)]] : [])),
    ),
  };
}

function hasText({ diff, output, error }: TaskResult): boolean {
  return diff !== undefined || output !== undefined || error !== undefined;
}

function textsOf({ diff, output, error }: TaskResult, intern: (text: string) => number): number[] {
  return [diff, output, error?.what, error?.lastLines, error?.log].map((text) =>
    text === undefined ? -1 : intern(text),
  );
}
