import type { TaskEvent, Warning } from '../engine/events';
import type { Play } from '../engine/play';
import type { RunResult } from '../engine/run';
import type { RoleContext } from '../roles/context';
import { rememberNames } from './completion/names';
import type { Fleet } from './open-fleet';
import { count } from './output/describe';
import type { Listener } from './output/listener';
import { runPlays, selectPlays } from './run-plays';

/** What nodes say of themselves, and what checks of plays found on them. Nothing has been changed for it. */
export interface Observation {
  /** Facts by node, for the nodes that answered, in the order of the inventory. */
  readonly facts: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Why the others did not, by node. */
  readonly unreachable: ReadonlyMap<string, string>;
  readonly warnings: readonly Warning[];
  /** What the checks found: one event a task and node. */
  readonly tasks: readonly TaskEvent[];
  readonly result: RunResult;
}

export interface ObserveRequest {
  /** Whose checks to run. Default: none, only facts are asked for. */
  readonly plays?: readonly Play<RoleContext>[];
  readonly forks: number;
  /** Seconds that a node may take for one play. */
  readonly timeoutSeconds: number;
  /** Whether to say that a run is at work, where one is. Default: true. */
  readonly tellsOfRun?: boolean;
}

/** Looks at the nodes that `--limit` leaves, without a word on standard output and without a log of the run. */
export async function observe(fleet: Fleet, request: ObserveRequest): Promise<Observation> {
  const facts = new Map<string, Readonly<Record<string, string>>>();
  const unreachable = new Map<string, string>();
  const warnings: Warning[] = [];
  const tasks: TaskEvent[] = [];
  const collector: Listener = {
    on(event) {
      if (event.type === 'facts') facts.set(event.node, event.facts);
      if (event.type === 'node-unreachable') unreachable.set(event.node, event.reason);
      if (event.type === 'warning') warnings.push(event);
      if (event.type === 'task') tasks.push(event);
    },
    end: async () => {},
  };
  const wipe = showWaiting(
    `looking at ${count(fleet.limited.length, 'node')} of ${fleet.environment.name} …`,
  );
  const result = await runPlays(fleet, {
    selection: selectPlays(fleet, request.plays ?? []),
    factsOf: fleet.limited,
    mode: 'check',
    lease: { lease: request.tellsOfRun ?? true },
    forks: request.forks,
    timeoutSeconds: request.timeoutSeconds,
    listeners: async () => [collector],
  }).finally(wipe);
  rememberNames(fleet.environment.name, {
    facts: [...new Set([...facts.values()].flatMap((own) => Object.keys(own)))].sort(),
  });
  return { facts: inOrder(fleet, facts), unreachable: inOrder(fleet, unreachable), warnings, tasks, result };
}

/** On a terminal, so that nobody takes waiting for hanging. Gives what takes it away again. */
function showWaiting(text: string): () => void {
  if (process.stderr.isTTY !== true) return () => {};
  process.stderr.write(text);
  return () => process.stderr.write('\r\u001b[2K');
}

/** Nodes answer in any order; what is printed of them should not change from one time to the next. */
function inOrder<T>({ hosts }: Fleet, found: ReadonlyMap<string, T>): Map<string, T> {
  return new Map(
    hosts.flatMap(({ name }) => {
      const value = found.get(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
