import type { LastRun } from '../../engine/last-run';
import type { NodeStatus } from './status';

export interface NodeRun {
  readonly name: string;
  readonly run: LastRun;
}

/** The run that was started last, as the nodes remember it, and the nodes that it was about. Undefined: there was none. */
export function newest(
  nodes: Readonly<Record<string, NodeStatus>>,
): { readonly run: LastRun; readonly nodes: readonly NodeRun[] } | undefined {
  const runs = runsOf(nodes);
  const [last] = [...runs].sort((a, b) => b.run.started.localeCompare(a.run.started));
  return last && { run: last.run, nodes: runs.filter(({ run }) => run.run === last.run.run) };
}

/**
 * The nodes whose last run failed or broke off. `running` is a run at work while somebody holds the environment, and
 * otherwise one that nobody will finish.
 */
export function brokenOff(nodes: Readonly<Record<string, NodeStatus>>, isHeld: boolean): NodeRun[] {
  return runsOf(nodes).filter(({ run }) => run.state === 'failed' || (run.state === 'running' && !isHeld));
}

function runsOf(nodes: Readonly<Record<string, NodeStatus>>): NodeRun[] {
  return Object.entries(nodes).flatMap(([name, { lastRun: run }]) =>
    run === undefined ? [] : [{ name, run }],
  );
}
