import type { Observation } from '../../../provisioner/cli/observe';
import type { Evidence } from '../../../provisioner/cli/status/evidence';
import type { TaskEvent } from '../../../provisioner/engine/events';
import { exampleContext } from '../../roles/example';

export const now = new Date('2026-11-25T14:30:00Z');

const context = exampleContext();
export const nodeNames = context.inventory.nodes.map(({ name }) => name);

/** Facts of a node that is as it should be. */
export function healthy(more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return {
    os_pretty_name: 'Ubuntu 24.04.3 LTS',
    kernel: '6.8.0-31-generic',
    k3s_version: 'v1.34.4+k3s1',
    k3s_certificate_expires: '2027-11-01T00:00:00Z',
    ...lastRun(),
    ...more,
  };
}

/** What a node remembers of a run. */
export function lastRun(more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const record = {
    run: '20261125T123000-ab12',
    started: '2026-11-25T12:30:00Z',
    user: 'anna',
    host: 'laptop',
    command: 'provision --env test',
    play: 'k3s agents',
    state: 'finished',
    ok: '30',
    changed: '2',
    failed: '0',
    skipped: '1',
    ended: '2026-11-25T12:31:00Z',
    ...more,
  };
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [`last_run_${key}`, value]));
}

export function wouldChange(node: string, task: string, more: Partial<TaskEvent> = {}): TaskEvent {
  return {
    type: 'task',
    play: 'base',
    role: 'base',
    task,
    node,
    status: 'changed',
    handler: false,
    milliseconds: 5,
    ...more,
  };
}

/** A lease of a run that is at work. */
export const held = {
  state: 'held',
  user: 'anna',
  host: 'laptop',
  command: 'provision --env test',
  run: '20261125T142730-cd34',
  started: '2026-11-25T14:27:30.000Z',
  doing: 'play "base"',
} as const;

/** Evidence of a fleet that is well, with what a test changes of it. */
export function evidence(
  observed: Partial<Observation> = {},
  more: Partial<Omit<Evidence, 'observation'>> = {},
): Evidence {
  return {
    environment: context.environment,
    hosts: context.inventory.nodes.map(({ name, instanceId }) => ({ name, id: instanceId, groups: [] })),
    observation: {
      facts: new Map(nodeNames.map((name) => [name, healthy()])),
      unreachable: new Map(),
      warnings: [],
      tasks: [],
      result: { recap: new Map() },
      ...observed,
    },
    driftChecked: true,
    driftWanted: true,
    lease: { state: 'free' },
    now,
    ...more,
  };
}
