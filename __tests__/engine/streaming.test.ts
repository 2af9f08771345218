import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventBody } from '../../provisioner/engine/events';
import type { Host } from '../../provisioner/engine/play';
import { sh } from '../../provisioner/engine/shell';
import type { Task } from '../../provisioner/engine/task';
import { directory, file, line, link } from '../../provisioner/tasks';
import { me } from '../tasks/harness';
import { type Carrier, carriers } from './carriers';
import { fleet, play, runOn, wantFile, zero } from './engine-run';
import { host, LocalNodes } from './local-nodes';
import { shells } from './shells';

/** Waits on the node until the test has seen what it waits for. */
const patient: Task = {
  name: 'patient',
  check: sh`test -e "$NODE_ROOT/done"`,
  apply: sh`until [ -e "$NODE_ROOT/go-on" ]; do sleep 0.05; done; touch "$NODE_ROOT/done"`,
};

const ways: readonly (readonly [
  string,
  readonly string[] | undefined,
  (() => Promise<Carrier>) | undefined,
])[] = [
  ...shells.map(([name, shell]) => [`under ${name}`, shell, undefined] as const),
  ...carriers
    .filter(([name]) => name !== 'over SSM')
    .map(([name, start]) => [name, undefined, start] as const),
];

describe.each(ways)('results %s', (_, shell, start) => {
  let nodes: LocalNodes;
  let carrier: Carrier | undefined;
  beforeAll(async () => {
    carrier = await start?.();
  });
  afterAll(() => carrier?.stop());
  beforeEach(() => {
    nodes = new LocalNodes(shell, carrier);
    nodes.limits = { ...nodes.limits, streams: true };
  });
  afterEach(() => nodes.remove());

  test('are told while the bundle still runs, each once, with their texts', async () => {
    const told: string[] = [];
    const running = runOn(nodes, [play([wantFile('first', 'one\n'), patient, wantFile('last', 'x')])], {
      // The bundle cannot end before its first result has been told: this would wait for ever.
      emit: (event) => {
        if (event.type !== 'task') return;
        told.push(`${event.node} ${event.task} ${event.status}`);
        if (event.task === 'first') {
          expect(event.diff).toContain('+one');
          expect(existsSync(join(nodes.of(event.node), 'last'))).toBe(false);
          writeFileSync(join(nodes.of(event.node), 'go-on'), '');
        }
      },
    });
    const { line } = await running;
    for (const { name } of fleet) {
      expect(line(name)).toEqual({ ...zero, ok: 3, changed: 3 });
      expect(told.filter((one) => one.startsWith(`${name} `))).toEqual([
        `${name} first changed`,
        `${name} patient changed`,
        `${name} last changed`,
      ]);
    }
    expect(nodes.scripts).toHaveLength(2);
  });

  test('of every kind are the same as without: long texts, failures, secrets, skipped tasks, handlers', async () => {
    const tasks: Task[] = [
      wantFile('long', 'long line of text\n'.repeat(10_000)),
      wantFile('skipped', 'x', { onlyIf: sh`false` }),
      {
        name: 'secret',
        sensitive: true,
        check: sh`echo canary; test -e "$NODE_ROOT/s"`,
        apply: sh`echo canary; touch "$NODE_ROOT/s"`,
      },
      wantFile('notifies', 'x', { notify: [{ name: 'restart', apply: sh`echo restarted` }] }),
    ];
    const failing: Task = { name: 'fails', check: sh`false`, apply: sh`seq 1 50; exit 7` };
    const site = [play(tasks), play([failing, wantFile('later', 'x')], { name: 'two' })];
    const { tasks: told, events } = await runOn(nodes, site);
    const own = told.filter(({ node }) => node === 'db-1');
    expect(own.map(({ task, status }) => `${task} ${status}`)).toEqual([
      'long changed',
      'skipped skipped',
      'secret changed',
      'notifies changed',
      'restart changed',
      'fails failed',
    ]);
    expect(own[0]?.diff).toContain('+long line of text\n');
    expect(own[4]?.output).toBe('restarted\n');
    expect(own[5]?.error).toMatchObject({ exitCode: 7, lastLines: expect.arrayContaining(['50']) });
    expect(JSON.stringify(events)).not.toContain('canary');
    expect(existsSync(join(nodes.of('db-1'), 'scratch'))).toBe(false);
  });
});

describe.each(shells)('brief texts under %s', (_, shell) => {
  let nodes: LocalNodes;
  beforeEach(() => {
    nodes = new LocalNodes(shell);
    nodes.limits = { ...nodes.limits, streams: true };
  });
  afterEach(() => nodes.remove());

  test('are counted in bytes, whatever the characters, and long ones lose nothing', async () => {
    const folder = join(nodes.of(host('web-1')), 'a folder é 서울');
    mkdirSync(nodes.of(host('web-1')), { recursive: true });
    const lines = join(nodes.of(host('web-1')), 'lines');
    writeFileSync(lines, 'café\n');
    const long = 'ü'.repeat(3000);
    const tasks = [
      directory({ name: 'folder', path: folder, mode: '0750', ...me }),
      file({ name: 'short', path: join(folder, 'short'), content: 'café\n\n서울\n\n', ...me }),
      file({ name: 'long', path: join(folder, 'long'), content: `${long}\n`.repeat(20), ...me }),
      file({ name: 'no newline', path: join(folder, 'open'), content: 'é', ...me }),
      link({ name: 'link', path: join(folder, 'l'), target: 'zürich' }),
      line({ name: 'line', path: lines, line: '% \\n é' }),
    ];
    const { tasks: told, line: recapOf } = await runOn(nodes, [play(tasks, { hosts: 'web-1' })]);
    expect(recapOf('web-1')).toEqual({ ...zero, ok: 6, changed: 6 });
    const diffs = Object.fromEntries(told.map(({ task, diff }) => [task, diff]));
    expect(diffs.folder).toBe(`${folder} is not a directory\n`);
    expect(diffs.short).toContain('\n+café\n+\n+서울\n+\n');
    expect(diffs.long).toContain(`\n+${long}\n`.repeat(20).replaceAll('\n\n', '\n'));
    expect(diffs['no newline']).toMatch(/\+é\n\\ No newline at end of file\n$/);
    expect(diffs.link).toBe(`${join(folder, 'l')} is not a symbolic link\n`);
    expect(diffs.line).toMatch(/\n\+% \\n é\n$/);
    expect(readFileSync(join(folder, 'short'), 'utf8')).toBe('café\n\n서울\n\n');
    expect(readFileSync(lines, 'utf8')).toBe('café\n% \\n é\n');
    const again = await runOn(nodes, [play(tasks, { hosts: 'web-1' })]);
    expect(again.line('web-1')).toEqual({ ...zero, ok: 6 });
  });
});

describe('a stream that is not what it should be', () => {
  let nodes: LocalNodes;
  beforeEach(() => {
    nodes = new LocalNodes();
    nodes.limits = { ...nodes.limits, streams: true };
  });
  afterEach(() => nodes.remove());
  const site = [play([wantFile('a', 'x'), wantFile('b', 'x')])];

  /** Changes what arrives of the plays' output of one node. */
  function spoil(change: (chunk: string) => string): void {
    const send = nodes.run.bind(nodes);
    nodes.run = (request) =>
      send({
        ...request,
        onOutput: (host: Host, chunk: Buffer) => {
          const isSpoilt = host.name === 'db-1' && !request.script.includes('t0_facts');
          const arriving = isSpoilt ? Buffer.from(change(chunk.toString('latin1')), 'latin1') : chunk;
          request.onOutput?.(host, arriving);
        },
      });
  }

  test.each([
    ['nothing', () => '', /no result/],
    ['no sum', (text: string) => text.replace(/^::stagecraft/m, '::stage'), /no result/],
    [
      'a record that was lost',
      (text: string) => text.replace(/^::record/m, '::recor'),
      /only \d+ of \d+ bytes/,
    ],
    ['a record that was altered', (text: string) => text.replace(/^R 0 c/m, 'R 0 o'), /altered/],
    [
      'a record of a task that was not sent',
      (text: string) => text.replace(/^R 1 /m, 'R 7 '),
      /a task 7 that was not sent/,
    ],
    [
      'a record that comes twice',
      (text: string) => text.replace(/^R 1 /m, 'R 0 '),
      /told of "demo : a" twice/,
    ],
    ['a record that is none', (text: string) => text.replace(/^R 1 c/m, 'Q 1 c'), /not a record: "Q 1 c/],
    ['binary', () => '\u0000\u0001\u00ff'.repeat(100_000), /no result/],
  ])('%s: that node fails, with the reason; the others go on', async (_, change, reason) => {
    spoil(change);
    const { line, tasks } = await runOn(nodes, site);
    expect(line('db-1')).toMatchObject({ failed: 1 });
    const failed = tasks.filter(({ node, status }) => node === 'db-1' && status === 'failed');
    expect(failed.map(({ error }) => error?.what)).toEqual([expect.stringMatching(reason)]);
    expect(line('web-1')).toEqual({ ...zero, ok: 2, changed: 2 });
  });

  /** In place of what one node says to a script: the same piece again and again, 50 MB. */
  function flood(isMeant: (script: string) => boolean, piece: (nonce: string) => string): void {
    const send = nodes.run.bind(nodes);
    nodes.run = (request) => {
      if (!isMeant(request.script)) return send(request);
      const [, nonce = ''] = /^SC_NONCE=(.*)$/m.exec(request.script) ?? [];
      const one = piece(nonce);
      const chunk = Buffer.from(one.repeat(32_768 / one.length));
      return send({
        ...request,
        onOutput: (host, own) => {
          if (host.name !== 'db-1') request.onOutput?.(host, own);
        },
        onOutcome: (host, outcome) => {
          const started = performance.now();
          if (host.name === 'db-1')
            for (let sent = 0; sent < 50_000_000; sent += chunk.length) request.onOutput?.(host, chunk);
          expect(performance.now() - started).toBeLessThan(1_000);
          request.onOutcome(host, outcome);
        },
      });
    };
  }
  const isFacts = (script: string) => script.includes('t0_facts');

  test.each([
    ['records that are none', (nonce: string) => `::record ${nonce} 1\nx`, /not a record|middle of a line/],
    ['the same record', (nonce: string) => `::record ${nonce} 10\nR 0 o 1 0\n`, /told of "demo : a" twice/],
    ['starts of a task', () => '>0\n', /no result/],
  ])('50 MB of %s: that node fails, and the others do not wait for it', async (_, piece, reason) => {
    flood((script) => !isFacts(script), piece);
    const { line, tasks } = await runOn(nodes, site);
    expect(line('db-1')).toMatchObject({ failed: 1, unreachable: 0 });
    const failed = tasks.filter(({ node, status }) => node === 'db-1' && status === 'failed');
    expect(failed.map(({ error }) => error?.what)).toEqual([expect.stringMatching(reason)]);
    expect(line('web-1')).toEqual({ ...zero, ok: 2, changed: 2 });
  });

  test('50 MB in place of the facts: that node is left out', async () => {
    flood(isFacts, (nonce) => `::record ${nonce} 1\nx`);
    const { line } = await runOn(nodes, site);
    expect(line('db-1')).toMatchObject({ failed: 0, unreachable: 1 });
    expect(line('web-1')).toEqual({ ...zero, ok: 2, changed: 2 });
  });

  test('a forged record, without the nonce, is not told', async () => {
    const forged = '::record 0123456789abcdef 10\nR 1 o 1 0\n';
    spoil((text) => text.replace(/^>/gm, `${forged}>`));
    const { line, tasks } = await runOn(nodes, site);
    expect(line('db-1')).toEqual({ ...zero, ok: 2, changed: 2 });
    expect(tasks.filter(({ node }) => node === 'db-1')).toHaveLength(2);
  });

  test('a connection that is lost: what was told stays told, the task it was in failed', async () => {
    let arrived = '';
    spoil((text) => {
      const before = arrived.length;
      arrived += text;
      const end = arrived.indexOf('>1\n');
      return end === -1 ? text : arrived.slice(before, end + 3);
    });
    nodes.answer = (host, outcome, script) =>
      host.name === 'db-1' && !script.includes('t0_facts')
        ? { kind: 'lost', reason: 'the connection was lost', stdout: '' }
        : outcome;
    const slow = wantFile('b', 'x', {
      check: sh`sleep 0.3; test -e "$NODE_ROOT/b"`,
      apply: sh`touch "$NODE_ROOT/b"`,
    });
    const events: EventBody[] = [];
    const { line } = await runOn(nodes, [play([wantFile('a', 'x'), slow])], {
      emit: (event) => events.push(event),
    });
    expect(line('db-1')).toEqual({ ...zero, ok: 1, changed: 1, failed: 1 });
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'task',
        node: 'db-1',
        task: 'b',
        status: 'failed',
        error: expect.objectContaining({ what: 'the connection was lost' }),
      }),
    );
  });
});
