import type { TaskEvent } from '../engine/events';
import type { Host, Play } from '../engine/play';
import type { RunResult } from '../engine/run';
import type { RoleContext } from '../roles/context';
import type { Fleet } from './open-fleet';
import type { Listener } from './output/listener';
import { runPlays, selectPlays } from './run-plays';

/** What came of plays that a command ran on its way to something else. */
export interface Work {
  readonly result: RunResult;
  readonly tasks: readonly TaskEvent[];
  readonly facts: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Why nodes could not be reached, by node. */
  readonly unreachable: ReadonlyMap<string, string>;
  /** The first failure, in words; undefined where all went well. */
  readonly failure: string | undefined;
}

export interface WorkRequest {
  readonly plays: readonly Play<RoleContext>[];
  /** Only these hosts. */
  readonly hosts: readonly Host[];
  /** Tags that ask for `never` tasks. Default: none. */
  readonly tags?: readonly string[];
  /** Seconds that a node may take for one play. */
  readonly timeoutSeconds: number;
  /** Who else is told. Default: nobody. */
  readonly listeners?: (runId: string) => Promise<readonly Listener[]>;
}

/**
 * Runs plays on some nodes of a fleet and gives back what was found there. They change nothing that a run is about, so
 * they need no lease: a snapshot can be looked for, and a kubeconfig be had, while a run is at work.
 */
export async function workOnNodes(fleet: Fleet, request: WorkRequest): Promise<Work> {
  const tasks: TaskEvent[] = [];
  const facts = new Map<string, Readonly<Record<string, string>>>();
  const unreachable = new Map<string, string>();
  const collector: Listener = {
    on(event) {
      if (event.type === 'task') tasks.push(event);
      if (event.type === 'facts') facts.set(event.node, event.facts);
      if (event.type === 'node-unreachable') unreachable.set(event.node, event.reason);
    },
    end: async () => {},
  };
  const result = await runPlays(fleet, {
    selection: selectPlays({ ...fleet, limited: request.hosts }, request.plays, { tags: request.tags ?? [] }),
    mode: 'apply',
    forks: 500,
    timeoutSeconds: request.timeoutSeconds,
    lease: { lease: false },
    remembered: false,
    listeners: async (runId) => [collector, ...((await request.listeners?.(runId)) ?? [])],
  });
  return { result, tasks, facts, unreachable, failure: failureOf(tasks, result) };
}

function failureOf(tasks: readonly TaskEvent[], { stopped }: RunResult): string | undefined {
  const failed = tasks.find(({ error }) => error !== undefined);
  if (failed?.error === undefined) return stopped?.reason;
  const { what, lastLines } = failed.error;
  const said = lastLines.filter((line) => line.trim() !== '').map((line) => `\n    ${line}`);
  return `${failed.node}: ${failed.task}: ${what}${said.join('')}`;
}
