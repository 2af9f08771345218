import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { EventBody } from '../../provisioner/engine/events';
import { parseFacts } from '../../provisioner/engine/facts';
import type { Host } from '../../provisioner/engine/play';
import type { RunOptions } from '../../provisioner/engine/run-options';
import { sh } from '../../provisioner/engine/shell';
import type { Handler, Task } from '../../provisioner/engine/task';
import type { RunRequest } from '../../provisioner/transports/transport';
import { type Carrier, carriers } from './carriers';
import { fleet, play, runOn, wantFile, zero } from './engine-run';
import { LocalNodes } from './local-nodes';
import { shells } from './shells';

/** Every shell that a node may have, and every transport that may lead there. */
const ways: readonly (readonly [
  string,
  readonly string[] | undefined,
  (() => Promise<Carrier>) | undefined,
])[] = [
  ...shells.map(([name, shell]) => [`under ${name}`, shell, undefined] as const),
  ...carriers.map(([name, start]) => [name, undefined, start] as const),
];

describe.each(ways)('a run %s', (_, shell, start) => {
  let nodes: LocalNodes;
  let carrier: Carrier | undefined;
  beforeAll(async () => {
    carrier = await start?.();
  });
  afterAll(() => carrier?.stop());
  beforeEach(() => {
    nodes = new LocalNodes(shell, carrier);
  });
  afterEach(() => nodes.remove());

  test('asks for the facts of hosts that no play is about, and changes nothing on them', async () => {
    const { events, recap } = await runOn(nodes, [], { factsOf: fleet });
    expect(events.filter(({ type }) => type === 'facts')).toHaveLength(3);
    expect([...recap.values()]).toEqual([zero, zero, zero]);
    const both = await runOn(nodes, [play([wantFile('a', 'one\n')], { hosts: 'db' })], { factsOf: fleet });
    expect(both.events.filter(({ type }) => type === 'facts')).toHaveLength(3);
    expect(both.tasks.map(({ node }) => node)).toEqual(['db-1']);
  });

  test('applies what is not as wanted, and the second run changes nothing', async () => {
    const site = [play([wantFile('a', 'one\n'), wantFile('b', "it's $(two)\n")])];
    const first = await runOn(nodes, site);
    expect(first.line('web-1')).toEqual({ ...zero, ok: 2, changed: 2 });
    expect(readFileSync(join(nodes.of('web-1'), 'b'), 'utf8')).toBe("it's $(two)\n");
    expect(first.tasks[0]?.diff).toContain('+one');
    const second = await runOn(nodes, site);
    expect(second.line('web-1')).toEqual({ ...zero, ok: 2 });
    expect(readdirSync(join(nodes.of('web-1'), 'state', 'pending'))).toEqual([]);
    expect(existsSync(join(nodes.of('web-1'), 'scratch'))).toBe(false);
  });

  test('one command a play and one for the facts, however many tasks and nodes', async () => {
    await runOn(nodes, [
      play([wantFile('a', 'x'), wantFile('b', 'x'), wantFile('c', 'x')]),
      play([wantFile('d', 'x')], { name: 'two' }),
    ]);
    expect(nodes.scripts).toHaveLength(3);
  });

  test('a task that its apply does not bring about is an error, never a silent change', async () => {
    const stubborn: Task = { name: 'stubborn', check: sh`echo 'still wrong'; false`, apply: sh`echo trying` };
    const { tasks, line } = await runOn(nodes, [play([stubborn, wantFile('later', 'x')])]);
    expect(line('web-1')).toEqual({ ...zero, failed: 1 });
    expect(tasks[0]?.error?.what).toMatch(/did not converge/);
    expect(tasks[0]?.error?.lastLines).toEqual(['still wrong']);
    expect(existsSync(join(nodes.of('web-1'), 'later'))).toBe(false);
  });

  test('set -e holds in every step: a command that fails in the middle of an apply fails the task', async () => {
    const half: Task = {
      name: 'half',
      check: sh`test -e "$NODE_ROOT/half"`,
      apply: sh`echo before
false
touch "$NODE_ROOT/half"`,
    };
    const { tasks } = await runOn(nodes, [play([half])]);
    expect(tasks[0]?.error).toMatchObject({ what: 'apply failed with exit code 1', lastLines: ['before'] });
    expect(existsSync(join(nodes.of('web-1'), 'half'))).toBe(false);
  });

  test('the whole output of a failed task is in the log on the node, readable by root only', async () => {
    const failing: Task = { name: 'fails', check: sh`false`, apply: sh`seq 1 50; exit 7` };
    const { tasks } = await runOn(nodes, [play([failing])], { runId: '20260101T000000-abcd' });
    expect(tasks[0]?.error).toMatchObject({
      what: 'apply failed with exit code 7',
      lastLines: Array.from({ length: 10 }, (_line, index) => String(41 + index)),
    });
    const log = join(nodes.of('web-1'), 'logs', '20260101T000000-abcd.log');
    expect(readFileSync(log, 'utf8')).toContain('\n1\n2\n3\n');
    expect(statSync(log).mode & 0o777).toBe(0o600);
  });

  test('a node that fails leaves the run, the others go on', async () => {
    const onlyDbFails: Task = {
      name: 'picky',
      check: sh`test -e "$NODE_ROOT/fine"`,
      apply: sh`case $NODE_ROOT in */db-1) exit 3 ;; esac; touch "$NODE_ROOT/fine"`,
    };
    const { line } = await runOn(nodes, [
      play([onlyDbFails]),
      play([wantFile('later', 'x')], { name: 'later' }),
    ]);
    expect(line('db-1')).toEqual({ ...zero, failed: 1 });
    expect(line('web-1')).toEqual({ ...zero, ok: 2, changed: 2 });
    expect(existsSync(join(nodes.of('db-1'), 'later'))).toBe(false);
  });

  test('anyErrorsFatal stops the run', async () => {
    const failing: Task = {
      name: 'fails',
      check: sh`false`,
      apply: sh`case $NODE_ROOT in */db-1) false ;; esac`,
    };
    const { stopped } = await runOn(nodes, [
      play([failing], { anyErrorsFatal: true }),
      play([wantFile('later', 'x')]),
    ]);
    expect(stopped?.reason).toMatch(/anyErrorsFatal/);
    expect(existsSync(join(nodes.of('web-1'), 'later'))).toBe(false);
  });

  test('serial: one node at a time, and a batch that failed whole ends the play', async () => {
    const failing: Task = { name: 'fails', check: sh`false`, apply: sh`touch "$NODE_ROOT/tried"; false` };
    const { stopped } = await runOn(nodes, [play([failing], { serial: 1 })]);
    expect(stopped?.reason).toMatch(/batch/);
    expect(existsSync(join(nodes.of('web-1'), 'tried'))).toBe(true);
    expect(existsSync(join(nodes.of('web-2'), 'tried'))).toBe(false);
  });

  test('check mode on a bare node: reports every change, even of what cannot be checked yet, and writes nothing', async () => {
    const needsFirst: Task = {
      name: 'needs the first',
      check: sh`cat "$NODE_ROOT/a" >/dev/null && test -e "$NODE_ROOT/z"`,
      apply: sh`touch "$NODE_ROOT/z"`,
    };
    const { line } = await runOn(nodes, [play([wantFile('a', 'x'), needsFirst])], { mode: 'check' });
    expect(line('web-1')).toEqual({ ...zero, ok: 2, changed: 2 });
    expect(readdirSync(nodes.of('web-1'))).toEqual([]);
  });

  test('a condition skips', async () => {
    const { line } = await runOn(nodes, [play([wantFile('a', 'x', { onlyIf: sh`test -e /nowhere` })])]);
    expect(line('web-1')).toEqual({ ...zero, skipped: 1 });
  });

  test('nothing of a sensitive task comes back, except what it says for the operator', async () => {
    const secret: Task = {
      name: 'secret',
      sensitive: true,
      check: sh`echo canary-check; false`,
      apply: sh`echo canary-apply; sc_say 'no access'; false`,
    };
    const { events, tasks } = await runOn(nodes, [play([secret])], { runId: '20260101T000000-5ec7' });
    expect(JSON.stringify(events)).not.toContain('canary');
    expect(tasks[0]?.error?.lastLines).toEqual(['no access']);
    expect(readFileSync(join(nodes.of('web-1'), 'logs', '20260101T000000-5ec7.log'), 'utf8')).not.toContain(
      'canary',
    );
  });

  test('a value that differs per node is found on the node, by one script for all', async () => {
    const perNode = {
      kind: 'perNode',
      values: new Map(fleet.map(({ name }) => [name, `I am ${name}'s $x\n`])),
    } as const;
    const site = [
      play([
        {
          name: 'own',
          check: sh`printf %s ${perNode} | sc_diff "$NODE_ROOT/own" own`,
          apply: sh`printf %s ${perNode} | sc_write "$NODE_ROOT/own" 644 "$(id -un)" "$(id -gn)"`,
        },
      ]),
    ];
    await runOn(nodes, site);
    for (const { name } of fleet)
      expect(readFileSync(join(nodes.of(name), 'own'), 'utf8')).toBe(`I am ${name}'s $x\n`);
  });

  describe('handlers', () => {
    const restart: Handler = { name: 'restart demo', apply: sh`echo x >>"$NODE_ROOT/restarts"` };
    const restarts = (name: string) => {
      const file = join(nodes.of(name), 'restarts');
      return existsSync(file) ? readFileSync(file, 'utf8').length / 2 : 0;
    };

    test('run once after all the tasks that notify them, and only where something changed', async () => {
      const site = [
        play([wantFile('a', 'x', { notify: [restart] }), wantFile('b', 'x', { notify: [restart] })]),
      ];
      const first = await runOn(nodes, site);
      expect(restarts('web-1')).toBe(1);
      expect(first.line('web-1')).toEqual({ ...zero, ok: 3, changed: 3 });
      writeFileSync(join(nodes.of('web-2'), 'a'), 'drift');
      const second = await runOn(nodes, site);
      expect([restarts('web-1'), restarts('web-2')]).toEqual([1, 2]);
      expect(second.line('web-1')).toEqual({ ...zero, ok: 2 });
    });

    test('a service that was just started needs no restart', async () => {
      const started: Task = {
        name: 'started',
        check: sh`test -e "$NODE_ROOT/up"`,
        apply: sh`touch "$NODE_ROOT/up"`,
        satisfies: [restart],
      };
      await runOn(nodes, [play([wantFile('a', 'x', { notify: [restart] }), started])]);
      expect(restarts('web-1')).toBe(0);
    });

    test('a run that breaks off between the change and the handler does not lose it', async () => {
      const breaks: Task = { name: 'breaks', check: sh`test -e "$NODE_ROOT/mended"`, apply: sh`false` };
      const site = [play([wantFile('a', 'x', { notify: [restart] }), breaks])];
      await runOn(nodes, site);
      expect(restarts('web-1')).toBe(0);
      for (const { name } of fleet) writeFileSync(join(nodes.of(name), 'mended'), '');
      await runOn(nodes, site);
      expect(restarts('web-1')).toBe(1);
      await runOn(nodes, site);
      expect(restarts('web-1')).toBe(1);
    });

    test('whose word cannot be kept: nothing is changed, the task fails and says so, and later tasks do not run', async () => {
      const word = join(nodes.of('web-1'), 'state', 'pending', 'restart-demo');
      mkdirSync(word, { recursive: true });
      const site = [play([wantFile('a', 'x', { notify: [restart] }), wantFile('b', 'x')])];
      const { line, tasks } = await runOn(nodes, site);
      expect(line('web-1')).toEqual({ ...zero, failed: 1 });
      expect(tasks.find(({ node }) => node === 'web-1')?.error?.lastLines).toEqual([
        expect.stringMatching(/^nothing was changed: .*"restart-demo" will be due \(Is a directory\)$/),
      ]);
      expect(existsSync(join(nodes.of('web-1'), 'a'))).toBe(false);
      expect(line('web-2')).toEqual({ ...zero, ok: 3, changed: 3 });
    });

    test('check mode tells that the handler would run', async () => {
      const { tasks } = await runOn(nodes, [play([wantFile('a', 'x', { notify: [restart] })])], {
        mode: 'check',
      });
      expect(tasks.filter(({ handler }) => handler).map(({ node, status }) => [node, status])).toContainEqual(
        ['web-1', 'changed'],
      );
      expect(restarts('web-1')).toBe(0);
    });
  });
});

describe.each(shells)('limits of the transport, under %s', (_, shell) => {
  let nodes: LocalNodes;
  beforeEach(() => {
    nodes = new LocalNodes(shell);
  });
  afterEach(() => nodes.remove());

  test('a result that is longer than one output comes back whole, in pages, and leaves nothing on the node', async () => {
    nodes.limits = { ...nodes.limits, outputChars: 3_000 };
    // Noise does not compress, so the result stays long.
    const noise = gzipSync(
      Array.from({ length: 6_000 }, (_unused, index) => String(Math.sin(index))).join(''),
    )
      .toString('base64')
      .slice(0, 20_000);
    const long: Task = {
      name: 'long',
      check: sh`test -e "$NODE_ROOT/done"`,
      apply: sh`echo ${noise}; touch "$NODE_ROOT/done"`,
    };
    const { tasks } = await runOn(nodes, [play([long], { hosts: 'db' })]);
    expect(tasks[0]?.output).toBe(`${noise}\n`);
    expect(nodes.scripts.length).toBeGreaterThan(5);
    expect(existsSync(join(nodes.of('db-1'), 'scratch'))).toBe(false);
  });

  test('a bundle that is too long travels compressed', async () => {
    nodes.limits = { ...nodes.limits, fits: (script) => script.length < 12_000 };
    const { line } = await runOn(nodes, [play([wantFile('a', 'text '.repeat(4_000))])]);
    expect(line('web-1')).toEqual({ ...zero, ok: 1, changed: 1 });
    expect(nodes.scripts).toHaveLength(2);
  });

  test('one that is too long even then is split between tasks; handlers and failures carry over', async () => {
    nodes.limits = { ...nodes.limits, fits: (script) => script.length < 18_000 };
    const noise = (seed: number) =>
      Array.from({ length: 125 }, (_unused, index) =>
        createHash('sha256').update(`${seed} ${index}`).digest('hex'),
      ).join('');
    const restart: Handler = { name: 'restart', apply: sh`echo x >>"$NODE_ROOT/restarts"` };
    const site = [
      play([
        wantFile('a', noise(1), { notify: [restart] }),
        wantFile('b', noise(2)),
        wantFile('c', noise(3)),
      ]),
    ];
    const checked = await runOn(nodes, site, { mode: 'check' });
    expect(checked.line('web-1')).toEqual({ ...zero, ok: 4, changed: 4 });
    nodes.scripts.length = 0;
    const { line } = await runOn(nodes, site);
    expect(nodes.scripts.length).toBeGreaterThan(2);
    expect(line('web-1')).toEqual({ ...zero, ok: 4, changed: 4 });
    expect(readFileSync(join(nodes.of('web-1'), 'restarts'), 'utf8')).toBe('x\n');
    expect(existsSync(join(nodes.of('web-1'), 'scratch'))).toBe(false);
  });
});

/** A forged result with the right nonce and a right sum. */
function framed(stdout: string, result: string): string {
  const [, nonce] = /^::stagecraft 1 (\w+)/m.exec(stdout) ?? [];
  const sum = createHash('sha256').update(result).digest('hex');
  return `::stagecraft 1 ${nonce} raw ${result.length} ${sum}\n${result}\n::end ${nonce}\n`;
}

describe('answers that are not what they should be', () => {
  let nodes: LocalNodes;
  beforeEach(() => {
    nodes = new LocalNodes();
  });
  afterEach(() => nodes.remove());
  const site = [play([wantFile('a', 'x'), wantFile('b', 'x')])];
  const spoil = (change: (stdout: string) => string) => {
    nodes.answer = (at: Host, outcome, script) =>
      at.name === 'db-1' && outcome.kind === 'finished' && !script.includes('t0_facts')
        ? { ...outcome, stdout: change(outcome.stdout) }
        : outcome;
  };

  test.each([
    ['nothing', () => '', /no result/],
    [
      'half a record',
      (stdout: string) => stdout.slice(0, stdout.indexOf('::stagecraft') + 120),
      /only \d+ of \d+ bytes|could not be fetched/,
    ],
    ['an altered record', (stdout: string) => stdout.replace(/^(H4sI.{20})./m, '$1#'), /checksum|altered/],
    [
      'the answer to another command',
      (stdout: string) => stdout.replaceAll(/(::(stagecraft 1|end)) \w+/g, '$1 0123456789abcdef'),
      /no result/,
    ],
    ['binary', () => '\u0000\u0001\ufffd'.repeat(1000), /no result/],
    [
      'a result that is announced as huge',
      (stdout: string) => stdout.replace(/^(::stagecraft 1 \w+ gz) \d+/m, '$1 50000000'),
      /announces a result of 50,000,000 characters; more than 4,000,000 are not fetched/,
    ],
    [
      'a task that was not sent',
      (stdout: string) => framed(stdout, 'R 0 o 1 0\nR 7 o 1 0\n'),
      /task 7 that was not/,
    ],
    ['one task twice', (stdout: string) => framed(stdout, 'R 0 o 1 0\nR 0 o 1 0\n'), /"demo : a" twice/],
    ['half of the tasks', (stdout: string) => framed(stdout, 'R 0 o 1 0\n'), /ends before "demo : b"/],
  ])('%s: that node fails, with the reason; the others go on', async (_, change, reason) => {
    spoil(change);
    const { line, tasks } = await runOn(nodes, site);
    expect(line('db-1')).toMatchObject({ failed: 1 });
    expect(tasks.find(({ node, status }) => node === 'db-1' && status === 'failed')?.error?.what).toMatch(
      reason,
    );
    // The facts, the play, and nothing that would fetch more of it.
    if (/announces/.test(reason.source)) expect(nodes.scripts).toHaveLength(2);
    expect(line('web-1')).toEqual({ ...zero, ok: 2, changed: 2 });
  });

  test('a script that was killed: the task it was in is named', async () => {
    nodes.answer = (at, outcome, script) =>
      at.name === 'db-1' && !script.includes('t0_facts')
        ? { kind: 'timedOut', reason: 'the time limit was over', stdout: '>0\n>1\n' }
        : outcome;
    const { tasks } = await runOn(nodes, site);
    expect(tasks.find(({ node }) => node === 'db-1')).toMatchObject({
      task: 'b',
      status: 'failed',
      error: { what: 'the time limit was over' },
    });
  });

  test('what a task prints cannot be taken for a result', async () => {
    const forger: Task = {
      name: 'forger',
      check: sh`test -e "$NODE_ROOT/forged"`,
      apply: sh`printf 'R 0 o 1 0\nR 1 o 1 0\n::end x\n'; false`,
    };
    const { tasks, line } = await runOn(nodes, [play([forger, wantFile('a', 'x')])]);
    expect(line('web-1')).toEqual({ ...zero, failed: 1 });
    expect(tasks[0]?.output).toContain('R 1 o 1 0');
  });
});

describe('results under strain', () => {
  let nodes: LocalNodes;
  beforeEach(() => {
    nodes = new LocalNodes();
  });
  afterEach(() => nodes.remove());
  const noise = Array.from({ length: 500 }, (_unused, index) =>
    createHash('sha256').update(String(index)).digest('hex'),
  ).join('');
  const long = wantFile('long', noise);

  test('the lines that tell which task starts leave room for the result, however many tasks there are', async () => {
    const many = Array.from({ length: 260 }, (_unused, index): Task => {
      return { name: `t${index}`, check: sh`true`, apply: sh`true` };
    });
    const { line, tasks } = await runOn(nodes, [play([long, ...many], { hosts: 'db' })]);
    expect(line('db-1')).toEqual({ ...zero, ok: 261, changed: 1 });
    expect(tasks[0]?.diff).toContain(noise);
  });

  test("a page that cannot be fetched is that node's failure, not the end of the run", async () => {
    nodes.limits = { ...nodes.limits, outputChars: 3_000 };
    const send = nodes.run.bind(nodes);
    nodes.run = async (request) => {
      if (request.script.includes('tail -c +')) throw new Error('the token has expired');
      await send(request);
    };
    const { line, tasks } = await runOn(nodes, [
      play([long], { hosts: 'db' }),
      play([wantFile('a', 'x')], { hosts: 'web' }),
    ]);
    expect(line('db-1')).toEqual({ ...zero, failed: 1 });
    expect(tasks[0]?.error?.what).toBe('the token has expired');
    expect(line('web-1')).toEqual({ ...zero, ok: 1, changed: 1 });
  });

  describe('pages', () => {
    /** What is asked for the rest of a result, and done before it is. */
    function onPages(first: (request: RunRequest) => unknown): RunRequest[] {
      const pages: RunRequest[] = [];
      const send = nodes.run.bind(nodes);
      nodes.limits = { ...nodes.limits, outputChars: 3_000 };
      nodes.run = async (request) => {
        if (!request.script.includes('tail -c +')) return send(request);
        pages.push(request);
        await first(request);
        return send(request);
      };
      return pages;
    }

    test('take a minute each, not as long as the script, and reboot nothing', async () => {
      const pages = onPages(() => {});
      const reboots: Task = {
        name: 'reboots',
        check: sh`test -e "$NODE_ROOT/done"`,
        apply: sh`printf %s ${noise}; touch "$NODE_ROOT/done"`,
        reboots: true,
      };
      const { line } = await runOn(nodes, [play([reboots], { hosts: 'db' })], { timeoutSeconds: 3600 });
      expect(line('db-1')).toEqual({ ...zero, ok: 1, changed: 1 });
      expect(pages.length).toBeGreaterThan(3);
      for (const page of pages) expect([page.timeoutSeconds, page.rebootSeconds]).toEqual([60, undefined]);
    });

    test('take together no longer than the script may', async () => {
      const pages = onPages(() => new Promise((resolve) => setTimeout(resolve, 800)));
      const { tasks } = await runOn(nodes, [play([long], { hosts: 'db' })], { timeoutSeconds: 1 });
      expect(pages).toHaveLength(2);
      expect(tasks[0]?.error?.what).toMatch(/could not be fetched \(not all of it has come in 1 s\)/);
    });

    test('are no longer asked for when the run is interrupted', async () => {
      const abort = new AbortController();
      const pages = onPages(() => abort.abort());
      const { events } = await runOn(nodes, [play([long], { hosts: 'db' })], { signal: abort.signal });
      expect(pages).toHaveLength(1);
      expect(events).toContainEqual(
        expect.objectContaining({
          type: 'node-cancelled',
          node: 'db-1',
          reason: expect.stringContaining('could not be fetched (interrupted)'),
        }),
      );
    });
  });

  test('a process that a task leaves behind, still writing, does not spoil the result', async () => {
    const chatty: Task = {
      name: 'chatty',
      check: sh`test -e "$NODE_ROOT/done"`,
      apply: sh`touch "$NODE_ROOT/done"
(i=0; while [ "$i" -lt 20000 ]; do echo tick; i=$((i + 1)); done) &`,
    };
    const { line } = await runOn(nodes, [play([chatty, wantFile('a', 'x')])]);
    expect(line('web-1')).toEqual({ ...zero, ok: 2, changed: 2 });
  });
});

describe('a run that cannot go on', () => {
  let nodes: LocalNodes;
  beforeEach(() => {
    nodes = new LocalNodes();
  });
  afterEach(() => nodes.remove());

  test('tells the recap so far before it says what broke it', async () => {
    const events: EventBody[] = [];
    const prerequisites = () => [
      {
        name: 'secret',
        check: async () => {
          throw new Error('no access to the secret');
        },
        apply: async () => {},
      },
    ];
    const site = [play([wantFile('a', 'x')]), play([wantFile('b', 'x')], { name: 'two', prerequisites })];
    const broken = runOn(nodes, site, { emit: (event) => events.push(event) });
    await expect(broken).rejects.toThrow('no access to the secret');
    expect(events.at(-1)).toMatchObject({
      type: 'run-finished',
      stopped: 'no access to the secret',
      recap: { 'web-1': { changed: 1 } },
    });
  });

  test('an interrupted node is neither failed nor unreachable', async () => {
    const abort = new AbortController();
    nodes.answer = (_at, outcome, script) => {
      if (script.includes('t0_facts')) return outcome;
      abort.abort();
      return { kind: 'cancelled', reason: 'cancelled', stdout: '>0\n' };
    };
    const { events, stopped, line } = await runOn(
      nodes,
      [play([wantFile('a', 'x')], { anyErrorsFatal: true })],
      { signal: abort.signal },
    );
    expect(stopped?.kind).toBe('interrupted');
    expect(line('web-1')).toEqual(zero);
    expect(events).toContainEqual({ type: 'node-cancelled', node: 'web-1', reason: 'cancelled', task: 'a' });
  });

  test('a node that another run holds is left alone', async () => {
    const scratch = join(nodes.of('db-1'), 'scratch');
    mkdirSync(scratch, { recursive: true });
    const holder = spawn('flock', [join(scratch, 'lock'), 'sleep', '60'], { stdio: 'ignore' });
    try {
      await new Promise((resolve) => holder.once('spawn', resolve));
      while (!existsSync(join(scratch, 'lock'))) await new Promise((resolve) => setTimeout(resolve, 10));
      nodes.environment = { SC_PATIENCE: '0' };
      const { line, events } = await runOn(nodes, [play([wantFile('a', 'x')])]);
      expect(line('db-1')).toEqual({ ...zero, unreachable: 1 });
      expect(line('web-1')).toMatchObject({ changed: 1 });
      expect(events).toContainEqual(
        expect.objectContaining({ node: 'db-1', reason: expect.stringMatching(/^locked/) }),
      );
      // Whoever only asks for facts sees them, and leaves the lock to the run that holds it.
      const look = await runOn(nodes, [], { factsOf: fleet });
      expect(look.events.filter(({ type }) => type === 'facts')).toHaveLength(3);
      expect(existsSync(join(scratch, 'lock'))).toBe(true);
    } finally {
      holder.kill('SIGKILL');
    }
  });
});

describe('before the first play', () => {
  let nodes: LocalNodes;
  beforeEach(() => {
    nodes = new LocalNodes();
  });
  afterEach(() => nodes.remove());

  test('nodes that cannot be reached are told and left out', async () => {
    nodes.offline.add('web-2');
    const { line, events } = await runOn(nodes, [play([wantFile('a', 'x')])]);
    expect(line('web-2')).toEqual({ ...zero, unreachable: 1 });
    expect(line('web-1')).toEqual({ ...zero, ok: 1, changed: 1 });
    expect(events).toContainEqual({ type: 'node-unreachable', node: 'web-2', reason: 'switched off' });
  });

  test('a node that has to be refused stops the run before anything is changed', async () => {
    const { stopped } = await runOn(nodes, [play([wantFile('a', 'x')])], {
      refuse: ({ name }) => (name === 'db-1' ? 'it belongs to "prod"' : undefined),
    });
    expect(stopped?.reason).toMatch(/db-1: it belongs to "prod"/);
    expect(existsSync(join(nodes.of('web-1'), 'a'))).toBe(false);
  });

  test('facts come from the node', async () => {
    mkdirSync(join(nodes.of('db-1'), 'state', 'pending'), { recursive: true });
    writeFileSync(join(nodes.of('db-1'), 'state', 'pending', 'restart-k3s'), '');
    const { events } = await runOn(nodes, [play([wantFile('a', 'x')], { hosts: 'db' })]);
    const facts = events.find((event) => event.type === 'facts');
    expect(facts).toMatchObject({
      node: 'db-1',
      facts: { arch: expect.stringMatching(/^(amd64|arm64)$/), 'pending_handler_restart-k3s': 'due' },
    });
  });

  test('what is not key=value is not a fact', () => {
    expect(parseFacts('a=1\nno\n=2\nB=3\nc=x=y\n')).toEqual(
      new Map([
        ['a', '1'],
        ['c', 'x=y'],
      ]),
    );
  });

  test('an aborted run sends nothing', async () => {
    const abort = new AbortController();
    abort.abort();
    const { stopped } = await runOn(nodes, [play([wantFile('a', 'x')])], { signal: abort.signal });
    expect(stopped?.kind).toBe('interrupted');
    expect(existsSync(join(nodes.of('web-1'), 'a'))).toBe(false);
  });
});

describe('selection', () => {
  let nodes: LocalNodes;
  beforeEach(() => {
    nodes = new LocalNodes();
  });
  afterEach(() => nodes.remove());
  const site = [
    play([
      wantFile('a', 'x', { tags: ['files'] }),
      wantFile('b', 'x', { tags: ['always'] }),
      wantFile('c', 'x', { tags: ['never', 'rare'] }),
      wantFile('d', 'x'),
    ]),
  ];
  const ran = async (more: Partial<RunOptions<undefined>>) =>
    (await runOn(nodes, site, { mode: 'check', ...more })).tasks
      .filter(({ node }) => node === 'db-1')
      .map(({ task }) => task);

  test.each([
    [{}, ['a', 'b', 'd']],
    [{ tags: ['files'] }, ['a', 'b']],
    [{ tags: ['demo'] }, ['a', 'b', 'd']],
    [{ tags: ['rare'] }, ['b', 'c']],
    [{ skipTags: ['files'] }, ['b', 'd']],
    [{ skipTags: ['always'] }, ['a', 'd']],
    [{ tags: ['all'], skipTags: ['demo'] }, []],
    [{ startAtTask: 'd' }, ['d']],
    [{ startAtTask: 'demo : b' }, ['b', 'd']],
    [{ startAtTask: 'demo : ?' }, ['a', 'b', 'd']],
  ])('%j runs %j', async (options, expected) => {
    expect(await ran(options)).toEqual(expected);
  });
});
