import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventBody } from '../../provisioner/engine/events';
import { parseFacts } from '../../provisioner/engine/facts';
import { lastRunFacts, lastRunOf, type RunOrigin } from '../../provisioner/engine/last-run';
import { selectHosts } from '../../provisioner/engine/pattern';
import type { Play } from '../../provisioner/engine/play';
import { run } from '../../provisioner/engine/run';
import { raw, type Shell, sh } from '../../provisioner/engine/shell';
import { host, LocalNodes } from './local-nodes';
import { shells } from './shells';

const fleet = [host('web-1', 'web'), host('db-1', 'db')];
const origin: RunOrigin = {
  user: 'anna',
  host: 'laptop',
  command: "provision --limit 'web*'",
  started: '2026-01-01T00:00:00Z',
};

function task(name: string, apply: Shell = sh`touch "$NODE_ROOT/${raw(name)}"`) {
  return { name, check: sh`test -e "$NODE_ROOT/${raw(name)}"`, apply };
}

function play(name: string, hosts: string, ...tasks: ReturnType<typeof task>[]): Play<undefined> {
  return { name, hosts, roles: [{ name: 'demo', tasks: () => tasks }] };
}

/** A step that ends as the agent ends a script that was cancelled: the whole shell is killed. */
const killed = sh`kill -9 $$`;

describe.each(shells)('the record of the last run under %s', (_, shell) => {
  let nodes: LocalNodes;
  let runs = 0;
  beforeEach(() => {
    nodes = new LocalNodes(shell);
  });
  afterEach(() => nodes.remove());

  async function runOn(plays: readonly Play<undefined>[], more: { mode?: 'check'; origin?: RunOrigin } = {}) {
    const events: EventBody[] = [];
    runs += 1;
    await run<undefined>({
      environment: 'test',
      runId: `run-${runs}`,
      plays,
      context: undefined,
      hostsOf: (one) => selectHosts(fleet, one.hosts),
      transport: nodes,
      mode: 'apply',
      tags: [],
      skipTags: [],
      forks: 50,
      timeoutSeconds: 60,
      factSources: [lastRunFacts],
      refuse: () => undefined,
      emit: (event) => events.push(event),
      signal: new AbortController().signal,
      now: Date.now,
      origin,
      ...more,
    });
    return { runId: `run-${runs}`, events };
  }

  /** What the next run finds in the facts: it only looks. */
  async function remembered(node: string) {
    const { events } = await runOn([play('look', 'all', task('nothing'))], { mode: 'check' });
    const found = events.find((event) => event.type === 'facts' && event.node === node);
    return found?.type === 'facts' ? lastRunOf(new Map(Object.entries(found.facts))) : undefined;
  }

  test('a bare node has none, and check mode leaves none', async () => {
    await runOn([play('one', 'all', task('a'))], { mode: 'check' });
    expect(await remembered('web-1')).toBeUndefined();
    expect(existsSync(join(nodes.of('web-1'), 'state'))).toBe(false);
  });

  test('says who ran what, when, and what came of it over all plays of the node', async () => {
    const { runId } = await runOn([
      play('one', 'all', task('a'), task('b')),
      play('two', 'web', task('a'), task('c')),
    ]);
    expect(await remembered('web-1')).toEqual({
      run: runId,
      ...origin,
      play: 'two',
      state: 'finished',
      ok: 4,
      changed: 3,
      failed: 0,
      skipped: 0,
      ended: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
    expect(await remembered('db-1')).toMatchObject({ play: 'one', state: 'finished', ok: 2, changed: 2 });
    await runOn([play('one', 'all', task('a'))]);
    expect(await remembered('web-1')).toMatchObject({ play: 'one', ok: 1, changed: 0 });
  });

  test('a run that broke off in the middle of a play is visible as such, until the next one', async () => {
    await runOn([play('one', 'all', task('a')), play('two', 'web', task('b', killed))]);
    const broken = await remembered('web-1');
    expect(broken).toMatchObject({ play: 'two', state: 'running', changed: 1 });
    expect(broken).not.toHaveProperty('ended');
    expect(await remembered('db-1')).toMatchObject({ state: 'finished' });
    await runOn([play('one', 'all', task('a'))]);
    expect(await remembered('web-1')).toMatchObject({ state: 'finished', changed: 0 });
  });

  test('so is one that stopped between two plays of a node, because of another node', async () => {
    const fatal = { ...play('two', 'db', task('b', sh`false`)), anyErrorsFatal: true };
    await runOn([play('one', 'all', task('a')), fatal, play('three', 'web', task('c'))]);
    expect(await remembered('db-1')).toMatchObject({ play: 'two', state: 'failed' });
    expect(await remembered('web-1')).toMatchObject({ play: 'one', state: 'running', changed: 1 });
  });

  test('a failed task is counted, and ends the run of that node', async () => {
    await runOn([play('one', 'all', task('a'), task('b', sh`false`)), play('two', 'web', task('c'))]);
    expect(await remembered('web-1')).toMatchObject({
      play: 'one',
      state: 'failed',
      ok: 1,
      changed: 1,
      failed: 1,
    });
  });

  test('names that would be shell, lines or colours are only text', async () => {
    const hostile = {
      ...origin,
      user: "o'neil $(touch pwned) `id`\nstate=finished",
      command: 'a\u001b[31mb',
    };
    await runOn([play('one', 'all', task('a', killed))], { origin: hostile });
    expect(await remembered('web-1')).toMatchObject({
      user: "o'neil $(touch pwned) `id` state=finished",
      command: 'a [31mb',
      state: 'running',
    });
    expect(existsSync(join(nodes.of('web-1'), 'pwned'))).toBe(false);
  });

  test('a record that cannot be written does not keep the node from its tasks, and the old one stays whole', async () => {
    await runOn([play('one', 'all', task('a'))]);
    const file = join(nodes.of('web-1'), 'state', 'last-run');
    const before = readFileSync(file, 'utf8');
    mkdirSync(`${file}.new`);
    await runOn([play('one', 'all', task('b'))]);
    expect(existsSync(join(nodes.of('web-1'), 'b'))).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });
});

test('what is no record is none', () => {
  expect(lastRunOf(parseFacts('arch=amd64'))).toBeUndefined();
  expect(lastRunOf(parseFacts('last_run_run=../../etc\nlast_run_state=finished'))).toBeUndefined();
});
