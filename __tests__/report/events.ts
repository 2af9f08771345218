import type { EventBody, RunEvent, TaskEvent } from '../../provisioner/engine/events';
import { noCounts } from '../../provisioner/engine/events';

export const START = Date.UTC(2026, 0, 1, 12);
export const RUN = '20260101T120000-abcd';

/** An event of a test's run, so many milliseconds after it began. */
export function at(milliseconds: number, body: EventBody): RunEvent {
  return { time: new Date(START + milliseconds).toISOString(), ...body };
}

export function started(hosts: readonly string[], plays: readonly string[] = ['base']): RunEvent {
  return at(0, {
    type: 'run-started',
    runId: RUN,
    environment: 'prod',
    mode: 'apply',
    transport: 'ssm',
    plays,
    hosts,
    origin: { user: 'kim', host: 'laptop', command: 'provision --env prod', started: '2026-01-01T12:00:00Z' },
  });
}

export function task(
  milliseconds: number,
  node: string,
  name: string,
  more: Partial<TaskEvent> = {},
): RunEvent {
  return at(milliseconds, {
    type: 'task',
    play: 'base',
    role: 'base',
    task: name,
    node,
    status: 'ok',
    handler: false,
    milliseconds: 10,
    ...more,
  });
}

/** A failing run on two nodes, one of which can't be reached. */
export const failing: readonly RunEvent[] = [
  started(['web-1', 'db-1'], ['base', 'k3s']),
  at(500, { type: 'node-unreachable', node: 'db-1', reason: 'its SSM agent is ConnectionLost' }),
  at(800, { type: 'facts', node: 'web-1', facts: { arch: 'arm64' } }),
  at(1000, { type: 'play-started', play: 'base', hosts: ['web-1'], tasks: 4 }),
  at(1000, { type: 'prerequisite', play: 'base', name: 'parameter /p/token', status: 'changed' }),
  at(1000, { type: 'batch-started', play: 'base', hosts: ['web-1'] }),
  task(5000, 'web-1', 'timezone', { milliseconds: 100 }),
  task(5000, 'web-1', '/etc/demo', {
    status: 'changed',
    milliseconds: 400,
    diff: '@@ -1 +1 @@\n-old\n+new\n',
    output: 'written\n',
  }),
  task(5000, 'web-1', 'swap is off', { status: 'skipped', milliseconds: 0 }),
  task(5000, 'web-1', 'packages', {
    status: 'failed',
    milliseconds: 1500,
    diff: 'chrony is not installed\n',
    error: {
      what: 'apply failed with exit code 100',
      exitCode: 100,
      lastLines: ['E: Unable to locate package chrony'],
      log: `web-1:/var/log/stagecraft/${RUN}.log`,
    },
  }),
  at(5000, {
    type: 'node-finished',
    play: 'base',
    node: 'web-1',
    counts: { ...noCounts, ok: 2, changed: 1, failed: 1, skipped: 1 },
  }),
  at(5100, { type: 'play-finished', play: 'base', milliseconds: 4100 }),
  at(5100, { type: 'play-skipped', play: 'k3s', reason: 'none of its nodes is left' }),
  at(5200, {
    type: 'run-finished',
    recap: {
      'web-1': { ...noCounts, ok: 2, changed: 1, failed: 1, skipped: 1 },
      'db-1': { ...noCounts, unreachable: 1 },
    },
    commands: 2,
    apiCalls: 9,
    throttles: 0,
    milliseconds: 5200,
  }),
];
