import type { TaskEvent } from '../../engine/events';
import { visible, visibleLine } from '../../report/visible';
import { count } from './describe';
import { paint } from './paint';

interface Group {
  readonly nodes: string[];
  readonly failed: boolean;
  readonly ending: string;
  readonly output: string;
}

/** What a command printed on many nodes: nodes with the same output and the same ending share one block. */
export class FoldedOutput {
  private readonly groups = new Map<string, Group>();

  take(event: TaskEvent): void {
    const one = {
      failed: event.status === 'failed',
      ending: endingOf(event),
      output: visible(event.output ?? ''),
    };
    const key = JSON.stringify(one);
    const group = this.groups.get(key) ?? { ...one, nodes: [] };
    group.nodes.push(event.node);
    this.groups.set(key, group);
  }

  /** The blocks: the largest group first, and what failed last, where it is seen. Undefined when no node answered. */
  describe(isColored: boolean): string | undefined {
    const color = paint(isColored);
    const groups = [...this.groups.values()].sort(
      (a, b) =>
        Number(a.failed) - Number(b.failed) || b.nodes.length - a.nodes.length || byName(a.nodes, b.nodes),
    );
    if (groups.length === 0) return undefined;
    return groups
      .map(({ nodes, failed, ending, output }) => {
        const tint = failed ? color.red : color.green;
        const howMany = nodes.length === 1 ? '' : ` (${count(nodes.length, 'node')})`;
        return `${color.bold(foldedNames(nodes))}${howMany}: ${tint(ending)}\n${output}`.trimEnd();
      })
      .join('\n\n');
  }
}

function byName([a = '']: readonly string[], [b = '']: readonly string[]): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** `web-1, web-2, web-3, db-1` as `db-1, web-[1-3]`: numbers at the end of a name are folded into ranges. */
export function foldedNames(names: readonly string[]): string {
  const numbered = new Map<string, number[]>();
  const others: string[] = [];
  for (const name of names) {
    const [, stem, number] = /^(.*?)(0|[1-9]\d{0,8})$/.exec(name) ?? [];
    if (stem === undefined || number === undefined) others.push(name);
    else numbered.set(stem, [...(numbered.get(stem) ?? []), Number(number)]);
  }
  const folded = [...numbered].map(([stem, numbers]) => `${stem}${ranges(numbers)}`);
  return [...others, ...folded].sort().join(', ');
}

function ranges(numbers: readonly number[]): string {
  const [only, ...more] = numbers;
  if (more.length === 0) return String(only);
  const found: [number, number][] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last !== undefined && number === last[1] + 1) last[1] = number;
    else found.push([number, number]);
  }
  return `[${found.map(([from, to]) => (from === to ? from : `${from}-${to}`)).join(',')}]`;
}

function endingOf({ status, error }: TaskEvent): string {
  if (status !== 'failed') return 'exit code 0';
  return error?.exitCode === undefined ? visibleLine(error?.what ?? 'failed') : `exit code ${error.exitCode}`;
}
