import type { EventBody, TaskEvent } from '../../provisioner/engine/events';
import { systemFacts } from '../../provisioner/engine/facts';
import { selectHosts } from '../../provisioner/engine/pattern';
import type { Play } from '../../provisioner/engine/play';
import { run } from '../../provisioner/engine/run';
import type { RunOptions } from '../../provisioner/engine/run-options';
import { raw, sh } from '../../provisioner/engine/shell';
import type { Task } from '../../provisioner/engine/task';
import { host, type LocalNodes } from './local-nodes';

/** A task that wants a file in the node's folder. */
export function wantFile(name: string, content: string, more: Partial<Task> = {}): Task {
  return {
    name,
    define: sh`content() { printf %s ${content}; }`,
    check: sh`content | sc_diff "$NODE_ROOT/${raw(name)}" ${name}`,
    apply: sh`content | sc_write "$NODE_ROOT/${raw(name)}" 600 "$(id -un)" "$(id -gn)"`,
    ...more,
  };
}

export function play(tasks: readonly Task[], more: Partial<Play<undefined>> = {}): Play<undefined> {
  return { name: 'test', hosts: 'all', roles: [{ name: 'demo', tasks: () => tasks }], ...more };
}

/** Two web nodes and a database. */
export const fleet = [host('web-1', 'web'), host('web-2', 'web'), host('db-1', 'db')];

/** Runs plays on the folders that stand for nodes, and keeps what was told. */
export async function runOn(
  nodes: LocalNodes,
  plays: readonly Play<undefined>[],
  more: Partial<RunOptions<undefined>> = {},
) {
  const events: EventBody[] = [];
  const result = await run<undefined>({
    environment: 'test',
    runId: `20260101T000000-${Math.random().toString(16).slice(2, 6)}`,
    plays,
    context: undefined,
    hostsOf: (one) => selectHosts(fleet, one.hosts),
    transport: nodes,
    mode: 'apply',
    tags: [],
    skipTags: [],
    forks: 50,
    timeoutSeconds: 60,
    factSources: [systemFacts],
    refuse: () => undefined,
    emit: (event) => events.push(event),
    signal: new AbortController().signal,
    now: Date.now,
    origin: {
      user: 'anna',
      host: 'laptop',
      command: 'provision --env test',
      started: '2026-01-01T00:00:00Z',
    },
    ...more,
  });
  const tasks = events.filter((event): event is TaskEvent => event.type === 'task');
  return { ...result, events, tasks, line: (name: string) => result.recap.get(name) };
}

/** Nothing happened. */
export const zero = { ok: 0, changed: 0, unreachable: 0, failed: 0, skipped: 0 };
