import { jsonListener } from '../../../provisioner/cli/output/json';
import { wantsColor } from '../../../provisioner/cli/output/paint';
import { plainListener } from '../../../provisioner/cli/output/plain';
import type { EventBody, RunEvent } from '../../../provisioner/engine/events';

const none = { ok: 0, changed: 0, unreachable: 0, failed: 0, skipped: 0 };

const events: EventBody[] = [
  {
    type: 'run-started',
    runId: '20260101T000000-abcd',
    environment: 'prod',
    mode: 'apply',
    transport: 'ssm',
    plays: ['base'],
    hosts: ['prod-server-1', 'prod-db-1'],
  },
  { type: 'node-unreachable', node: 'prod-db-1', reason: 'its SSM agent is ConnectionLost' },
  { type: 'play-started', play: 'base', hosts: ['prod-server-1'], tasks: 3 },
  { type: 'prerequisite', play: 'base', name: 'parameter /stagecraft/prod/k3s/token', status: 'changed' },
  {
    type: 'task',
    play: 'base',
    role: 'base',
    task: 'timezone',
    node: 'prod-server-1',
    status: 'ok',
    handler: false,
    milliseconds: 10,
  },
  {
    type: 'task',
    play: 'base',
    role: 'base',
    task: '/etc/demo',
    node: 'prod-server-1',
    status: 'changed',
    handler: false,
    milliseconds: 1500,
    diff: '@@ -1 +1 @@\n-old\n+new\n',
    output: 'written\n',
  },
  {
    type: 'task',
    play: 'base',
    role: 'base',
    task: 'packages',
    node: 'prod-server-1',
    status: 'failed',
    handler: false,
    milliseconds: 10,
    diff: 'chrony is not installed\n',
    error: {
      what: 'apply failed with exit code 100',
      lastLines: ['E: Unable to locate package chrony'],
      log: 'prod-server-1:/var/log/stagecraft/20260101T000000-abcd.log',
    },
  },
  {
    type: 'node-finished',
    play: 'base',
    node: 'prod-server-1',
    counts: { ...none, ok: 2, changed: 1, failed: 1 },
  },
  { type: 'play-finished', play: 'base', milliseconds: 2000 },
  {
    type: 'run-finished',
    recap: {
      'prod-server-1': { ...none, ok: 41, changed: 1, failed: 1, skipped: 2 },
      'prod-db-1': { ...none, unreachable: 1 },
    },
    commands: 2,
    apiCalls: 9,
    throttles: 0,
    milliseconds: 3210,
  },
];

function shown(options: { diff?: boolean; verbose?: boolean; color?: boolean } = {}): string {
  let text = '';
  const listener = plainListener({
    diff: false,
    verbose: false,
    color: false,
    ...options,
    write: (more) => (text += more),
  });
  for (const event of events) listener.on({ time: '2026-01-01T00:00:00.000Z', ...event });
  return text;
}

test('what changed, what failed and why, and the recap in the form that Ansible has', () => {
  expect(shown()).toBe(`prod: 2 nodes, 1 play over ssm (run 20260101T000000-abcd)
  unreachable: [prod-db-1] its SSM agent is ConnectionLost

PLAY [base] 1 node, 3 tasks
  made: parameter /stagecraft/prod/k3s/token
  changed: [prod-server-1] base : /etc/demo 1.5 s
  failed: [prod-server-1] base : packages
    apply failed with exit code 100
    what was not as wanted:
        | chrony is not installed
    last lines of its output:
        | E: Unable to locate package chrony
    full log: prod-server-1:/var/log/stagecraft/20260101T000000-abcd.log
  [prod-server-1] ok=2 changed=1 failed=1 skipped=0
  2.0 s

RECAP
prod-server-1 : ok=41 changed=1 unreachable=0 failed=1 skipped=2
prod-db-1     : ok=0 changed=0 unreachable=1 failed=0 skipped=0
2 commands, 9 API calls, 3.2 s
`);
});

test('--diff shows diffs, coloured where colours are wanted', () => {
  expect(shown()).not.toContain('+new');
  expect(shown({ diff: true })).toContain('    -old\n    +new\n');
  expect(shown({ diff: true, color: true })).toContain('\u001b[32m+new\u001b[39m');
});

test('-v shows every task and what it printed', () => {
  expect(shown({ verbose: true })).toContain('  ok: [prod-server-1] base : timezone\n');
  expect(shown({ verbose: true })).toContain('    | written\n');
});

test('json is one event a line', () => {
  let text = '';
  const listener = jsonListener({ write: (more) => (text += more) });
  for (const event of events) listener.on({ time: '2026-01-01T00:00:00.000Z', ...event });
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line): RunEvent => JSON.parse(line));
  expect(lines.map(({ type }) => type)).toEqual(events.map(({ type }) => type));
});

test.each([
  [{ isTTY: true }, {}, true],
  [{ isTTY: false }, {}, false],
  [{ isTTY: true }, { NO_COLOR: '1' }, false],
  [{ isTTY: true }, { TERM: 'dumb' }, false],
  [{ isTTY: false }, { FORCE_COLOR: '1' }, true],
])('colours on %j with %j: %s', (stream, env, expected) => {
  expect(wantsColor(stream, env)).toBe(expected);
});

describe('what a node says cannot pass for what the controller says', () => {
  const forged = '\u001b[2Jno facts\nRECAP\nprod-general-1 : ok=41 changed=0\n';
  const end: Extract<EventBody, { type: 'run-finished' }> = {
    type: 'run-finished',
    recap: {},
    commands: 1,
    apiCalls: 0,
    throttles: 0,
    milliseconds: 0,
  };
  const failed: EventBody = {
    type: 'task',
    play: 'base',
    role: 'base',
    task: 'packages',
    node: 'prod-db-1',
    status: 'failed',
    handler: false,
    milliseconds: 10,
    error: { what: forged, lastLines: [], log: 'there' },
  };

  test.each<[string, EventBody, string]>([
    ['unreachable', { type: 'node-unreachable', node: 'n', reason: forged }, '  unreachable: [n] no facts'],
    ['cancelled', { type: 'node-cancelled', node: 'n', reason: forged }, '  cancelled: [n] no facts'],
    [
      'stopped',
      {
        type: 'disruption-finished',
        play: 'base',
        node: 'n',
        outcome: 'stopped',
        reason: forged,
        milliseconds: 0,
      },
      '  stopped: [n] no facts 0.0 s',
    ],
    ['stopped', { ...end, stopped: forged }, 'stopped: no facts'],
    ['failed', failed, '    no facts'],
  ])('%s', (_, event, first) => {
    const lines = told(event).split('\n');
    expect(lines).toEqual(expect.arrayContaining([first, expect.stringMatching(/^ {4,}\| RECAP$/)]));
    expect(lines).not.toContain('prod-general-1 : ok=41 changed=0');
    expect(lines.join('')).not.toMatch(/\p{Cc}/u);
  });

  test('a warning has its two lines', () => {
    const warning = { about: 'membership', nodes: ['x'] } as const;
    const said = { ...warning, what: 'x\u001b[2J\nRECAP', next: '`remove x\u001b[2J`\nRECAP' };
    expect(told({ ...end, warnings: [said] })).toContain('\nwarning: x RECAP\n  `remove x` RECAP\n');
  });

  function told(event: EventBody): string {
    let text = '';
    plainListener({ diff: false, verbose: false, color: false, write: (more) => (text += more) }).on({
      time: '2026-01-01T00:00:00.000Z',
      ...event,
    });
    return text;
  }
});
