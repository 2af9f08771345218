import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventBody } from '../../provisioner/engine/events';
import type { Disruption, Host, Play } from '../../provisioner/engine/play';
import { sh } from '../../provisioner/engine/shell';
import type { Handler, Role, Task } from '../../provisioner/engine/task';
import { fleet, play, runOn, wantFile, zero } from './engine-run';
import { LocalNodes } from './local-nodes';
import { shells } from './shells';

/** Stands for replacing what serves others: it wants a file of this content. */
const replace = (content: string, more: Partial<Task> = {}): Task =>
  wantFile('binary', content, { disruptive: true, ...more });

/** A role whose one task notes that it ran, on the node that acts. */
const notes = (name: string, apply = sh`:`): Role<undefined> => ({
  name,
  tasks: () => [
    {
      name,
      check: sh`[ -e "$NODE_ROOT/${{ kind: 'shell', parts: [name] }}" ]`,
      apply: sh`${apply}
touch "$NODE_ROOT/${{ kind: 'shell', parts: [name] }}"`,
    },
  ],
});

const disruption: Disruption<undefined> = {
  on: 'web',
  before: ({ name }) => [notes(`drain-${name}`)],
  after: ({ name }) => [notes(`uncordon-${name}`)],
  state: 'cordoned and drained',
  undo: ({ name }) => `kubectl uncordon ${name}`,
};

const around = (more: Partial<Disruption<undefined>> = {}): Partial<Play<undefined>> => ({
  disruption: () => ({ ...disruption, ...more }),
});

/** The most nodes that were out of service at one time, by the events alone. */
function mostOutOfService(events: readonly EventBody[]): number {
  let out = 0;
  let most = 0;
  for (const { type } of events) {
    if (type === 'disruption-started') out += 1;
    if (type === 'disruption-finished') out -= 1;
    most = Math.max(most, out);
  }
  return most;
}

const read = (nodes: LocalNodes, node: string, file: string) =>
  existsSync(join(nodes.of(node), file)) ? readFileSync(join(nodes.of(node), file), 'utf8') : undefined;

describe.each(shells)('disruptive tasks under %s', (_, shell) => {
  let nodes: LocalNodes;
  beforeEach(() => {
    nodes = new LocalNodes(shell);
  });
  afterEach(() => nodes.remove());

  test('are done one node at a time, in play order, each between before and after on another host', async () => {
    const site = [play([wantFile('a', 'x'), replace('v2'), wantFile('z', 'x')], around())];
    const { events, line } = await runOn(nodes, site);
    expect(mostOutOfService(events)).toBe(1);
    const story = events.flatMap((event) => {
      if (event.type === 'node-held') return [`held ${event.node}`];
      if (event.type === 'disruption-started') return [`start ${event.node} by ${event.by}`];
      if (event.type === 'disruption-finished') return [`${event.outcome} ${event.node}`];
      if (event.type === 'task') return [`${event.task} on ${event.node}`];
      return [];
    });
    expect(story.slice(0, 6).sort()).toEqual([
      'a on db-1',
      'a on web-1',
      'a on web-2',
      'held db-1',
      'held web-1',
      'held web-2',
    ]);
    expect(story.slice(6)).toEqual(
      [
        ['web-1', 'web-2'],
        ['web-2', 'web-1'],
        ['db-1', 'web-1'],
      ].flatMap(([node, by]) => [
        `start ${node} by ${by}`,
        `drain-${node} on ${by}`,
        `binary on ${node}`,
        `z on ${node}`,
        `uncordon-${node} on ${by}`,
        `back ${node}`,
      ]),
    );
    expect(line('db-1')).toEqual({ ...zero, ok: 3, changed: 3 });
    expect(line('web-1')).toEqual({ ...zero, ok: 7, changed: 7 });
    expect(existsSync(join(nodes.of('db-1'), 'state', 'disrupted'))).toBe(false);
    expect(read(nodes, 'db-1', 'state/last-run')).toMatch(/state=finished\nok=3\nchanged=3\nfailed=0/);
  });

  test('a run with nothing to do is one command a play, and disrupts nothing', async () => {
    const site = [play([wantFile('a', 'x'), replace('v2')], around())];
    await runOn(nodes, site);
    nodes.scripts.length = 0;
    const { events, line } = await runOn(nodes, site);
    expect(nodes.scripts).toHaveLength(2);
    expect(events.filter(({ type }) => /held|disruption/.test(type))).toEqual([]);
    expect(line('web-1')).toEqual({ ...zero, ok: 2 });
  });

  test('only the nodes that need it are taken, the others are done in one go', async () => {
    const site = [play([replace('v2')], around())];
    await runOn(nodes, site);
    writeFileSync(join(nodes.of('db-1'), 'binary'), 'v1');
    const { events } = await runOn(nodes, site);
    expect(events.flatMap((event) => (event.type === 'disruption-started' ? [event.node] : []))).toEqual([
      'db-1',
    ]);
  });

  test('check mode reports them as any other change and writes nothing', async () => {
    const { events, line } = await runOn(nodes, [play([replace('v2'), wantFile('z', 'x')], around())], {
      mode: 'check',
    });
    expect(line('web-1')).toEqual({ ...zero, ok: 2, changed: 2 });
    expect(events.filter(({ type }) => /held|disruption/.test(type))).toEqual([]);
    expect(readdirSync(nodes.of('web-1'))).toEqual([]);
  });

  test('without a disruption of the play they are done one node at a time all the same', async () => {
    const { events, line } = await runOn(nodes, [play([replace('v2')])]);
    expect(mostOutOfService(events)).toBe(1);
    expect(events.filter(({ type }) => type === 'disruption-started')).toHaveLength(3);
    expect(line('db-1')).toEqual({ ...zero, ok: 1, changed: 1 });
  });

  test('handlers wait until the node has had its turn, and run once', async () => {
    const restart: Handler = { name: 'restart', apply: sh`echo x >>"$NODE_ROOT/restarts"` };
    const site = [play([wantFile('a', 'x', { notify: [restart] }), replace('v2')], around())];
    const { line } = await runOn(nodes, site);
    expect(read(nodes, 'db-1', 'restarts')).toBe('x\n');
    expect(line('db-1')).toEqual({ ...zero, ok: 3, changed: 3 });
  });

  test('a sensitive one tells nothing of what it found', async () => {
    const { events } = await runOn(nodes, [play([replace('canary', { sensitive: true })])]);
    expect(JSON.stringify(events)).not.toContain('canary');
  });

  test('a bundle in several parts is held and taken up where it was', async () => {
    nodes.limits = { ...nodes.limits, fits: (script) => script.length < 40_000 };
    const long = (seed: number) =>
      Array.from({ length: 25_000 }, (_unused, index) => (index * seed) % 9).join('');
    const site = [
      play([wantFile('a', long(7)), replace('v2'), wantFile('y', long(5)), wantFile('z', long(11))]),
    ];
    const { line } = await runOn(nodes, site);
    expect(line('web-1')).toEqual({ ...zero, ok: 4, changed: 4 });
    expect((await runOn(nodes, site)).line('web-1')).toEqual({ ...zero, ok: 4 });
  });
});

describe('when something fails on the way', () => {
  let nodes: LocalNodes;
  beforeEach(() => {
    nodes = new LocalNodes();
  });
  afterEach(() => nodes.remove());
  const started = (events: readonly EventBody[]) =>
    events.flatMap((event) => (event.type === 'disruption-started' ? [event.node] : []));
  const later = play([wantFile('later', 'x')], { name: 'later' });

  test('before: the node is not touched, no other is disrupted, and the message says how to go on or back', async () => {
    const fails = around({ before: () => [notes('drain', sh`echo 'PDB forbids'; false`)] });
    const { events, stopped } = await runOn(nodes, [play([replace('v2')], fails), later]);
    expect(started(events)).toEqual(['web-1']);
    expect(stopped).toEqual({
      kind: 'failed',
      reason:
        'web-1 was not changed, but taking it out of service on web-2 broke off: "drain : drain" apply failed with exit code 1. It may be cordoned and drained in part. Repair that and run again: it goes on there. To put it back as it is: kubectl uncordon web-1',
    });
    for (const { name } of fleet) expect(read(nodes, name, 'binary')).toBeUndefined();
    expect(read(nodes, 'db-1', 'later')).toBeUndefined();
    expect(events.at(-2)).toMatchObject({ type: 'play-finished' });
    expect(events.filter(({ type }) => type === 'disruption-finished')).toMatchObject([
      { node: 'web-1', outcome: 'stopped', reason: stopped?.reason },
    ]);
  });

  test('the bundle: it stays out of service, the next run goes on there and puts it back', async () => {
    const broken = play(
      [replace('v2', { apply: sh`[ -e "$NODE_ROOT/mended" ]; printf v2 >"$NODE_ROOT/binary"` })],
      around(),
    );
    const first = await runOn(nodes, [broken]);
    expect(first.stopped?.reason).toMatch(
      /^web-1 broke off while it was out of service: "demo : binary" apply failed.*still cordoned and drained; no other node is\..*kubectl uncordon web-1$/,
    );
    expect(read(nodes, 'web-2', 'uncordon-web-1')).toBeUndefined();
    // Repaired by hand: nothing is left to do on it, and it is put back all the same.
    writeFileSync(join(nodes.of('web-1'), 'binary'), 'v2');
    for (const { name } of fleet) writeFileSync(join(nodes.of(name), 'mended'), '');
    const second = await runOn(nodes, [broken]);
    expect(second.stopped).toBeUndefined();
    expect(second.events.filter(({ type }) => type === 'disruption-started')).toMatchObject([
      { node: 'web-1', resumed: true },
      { node: 'web-2' },
      { node: 'db-1' },
    ]);
    expect(read(nodes, 'web-2', 'uncordon-web-1')).toBe('');
    expect(existsSync(join(nodes.of('web-1'), 'state', 'disrupted'))).toBe(false);
    expect(started((await runOn(nodes, [broken])).events)).toEqual([]);
  });

  test('after: the node is as wanted, the message says that it is still out of service; the next run puts it back', async () => {
    const fails = around({
      after: ({ name }) => [notes(`uncordon-${name}`, sh`[ -e "$NODE_ROOT/mended" ]`)],
    });
    const site = [play([replace('v2')], fails)];
    const first = await runOn(nodes, site);
    expect(first.stopped?.reason).toMatch(
      /^web-1 is as wanted, but putting it back .* still cordoned and drained/,
    );
    for (const { name } of fleet) writeFileSync(join(nodes.of(name), 'mended'), '');
    expect((await runOn(nodes, site)).stopped).toBeUndefined();
    expect(read(nodes, 'web-2', 'uncordon-web-1')).toBe('');
  });

  test('a node that was interrupted while it was out of service is told', async () => {
    const abort = new AbortController();
    nodes.answer = (_at, outcome, script) => {
      if (!script.includes('drain-web-1')) return outcome;
      abort.abort();
      return { kind: 'cancelled', reason: 'cancelled', stdout: '>0\n' };
    };
    const { stopped } = await runOn(nodes, [play([replace('v2')], around())], { signal: abort.signal });
    expect(stopped).toEqual({
      kind: 'interrupted',
      reason: expect.stringMatching(/^web-1 was not changed.*interrupted.*kubectl uncordon web-1$/),
    });
  });

  test('what changed on a node while it waited is told, and counted once as ok', async () => {
    const spoils = around({ before: () => [notes('drain', sh`rm "$NODE_ROOT/../db-1/a"`)] });
    const site = [play([wantFile('a', 'x'), replace('v2')], { ...spoils, hosts: 'db' })];
    const { tasks, line } = await runOn(nodes, site, { everyHost: fleet });
    expect(
      tasks.filter(({ node, task }) => node === 'db-1' && task === 'a').map(({ status }) => status),
    ).toEqual(['changed', 'changed']);
    expect(line('db-1')).toEqual({ ...zero, ok: 2, changed: 3 });
  });
});

describe('who acts', () => {
  let nodes: LocalNodes;
  beforeEach(() => {
    nodes = new LocalNodes();
  });
  afterEach(() => nodes.remove());
  const by = (events: readonly EventBody[]) =>
    events.flatMap((event) => (event.type === 'disruption-started' ? [event.by] : []));
  const dbOnly = (one: Host[]) => ({ hostsOf: () => one, everyHost: fleet });
  const db = fleet.filter(({ name }) => name === 'db-1');

  test('one that the run leaves out, where the run has none', async () => {
    const { events, stopped } = await runOn(nodes, [play([replace('v2')], around())], dbOnly(db));
    expect(stopped).toBeUndefined();
    expect(by(events)).toEqual(['web-1']);
  });

  test('the next, where one cannot be reached or says that it belongs elsewhere', async () => {
    nodes.offline.add('web-1');
    expect(by((await runOn(nodes, [play([replace('v2')], around())], dbOnly(db))).events)).toEqual(['web-2']);
    rmSync(nodes.of('db-1'), { recursive: true });
    nodes.offline.clear();
    const refuse = ({ name }: Host) => (name === 'web-1' ? 'it belongs to prod' : undefined);
    const run = await runOn(nodes, [play([replace('v2')], around())], { ...dbOnly(db), refuse });
    expect(by(run.events)).toEqual(['web-2']);
  });

  test('nobody: the node is not touched, and the run says why', async () => {
    nodes.offline.add('web-1').add('web-2');
    const { stopped } = await runOn(nodes, [play([replace('v2')], around())], dbOnly(db));
    expect(stopped?.reason).toMatch(
      /^db-1 was not touched: no host of "web" can act for it \(web-1: switched off; /,
    );
    expect(read(nodes, 'db-1', 'binary')).toBeUndefined();
  });

  test('the node itself, where it is the only one', async () => {
    const { events, stopped } = await runOn(nodes, [play([replace('v2')], around({ on: 'db' }))], {
      hostsOf: () => db,
    });
    expect(stopped).toBeUndefined();
    expect(by(events)).toEqual(['db-1']);
  });

  test('the mark of another play is left alone', async () => {
    mkdirSync(join(nodes.of('db-1'), 'state'), { recursive: true });
    writeFileSync(join(nodes.of('db-1'), 'state', 'disrupted'), 'other-play\n');
    const { events } = await runOn(nodes, [play([wantFile('a', 'x')], around())]);
    expect(by(events)).toEqual([]);
    expect(read(nodes, 'db-1', 'state/disrupted')).toBe('other-play\n');
  });
});
