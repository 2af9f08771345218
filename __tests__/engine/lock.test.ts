import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { compile } from '../../provisioner/engine/compile';
import { newNonce } from '../../provisioner/engine/dispatch';
import { sh } from '../../provisioner/engine/shell';
import type { Task } from '../../provisioner/engine/task';
import type { Outcome } from '../../provisioner/transports/transport';
import { play, runOn, wantFile, zero } from './engine-run';
import { host, LocalNodes } from './local-nodes';
import { itWith, shells } from './shells';

jest.setTimeout(120_000);

const withFlock = itWith('flock');

describe.each(shells)('bundles on one node, under %s', (_, shell) => {
  let nodes: LocalNodes;
  let scratch: string;
  let root: string;
  beforeEach(() => {
    nodes = new LocalNodes(shell);
    root = nodes.of('db-1');
    scratch = join(root, 'scratch');
  });
  afterEach(() => nodes.remove());

  /** A task that is alone on its node, or fails; it stays until it is let go. */
  const alone = (name: string): Task => ({
    name,
    check: sh`test -e "$NODE_ROOT/done-${name}"`,
    apply: sh`mkdir "$NODE_ROOT/inside"
touch "$NODE_ROOT/began-${name}"
until [ -e "$NODE_ROOT/go-${name}" ]; do sleep 0.02; done
rmdir "$NODE_ROOT/inside"
touch "$NODE_ROOT/done-${name}"`,
  });
  const db = host('db-1', 'db');
  const there = (name: string) => existsSync(join(root, name));
  const letGo = (name: string) => writeFileSync(join(root, `go-${name}`), '');
  /** How many wait for the lock, on whatever file of that name; proc(5) marks those with an arrow. */
  const waiting = () => {
    const own = existsSync(join(scratch, 'lock')) ? statSync(join(scratch, 'lock')).ino : -1;
    const lines = readFileSync('/proc/locks', 'utf8').split('\n');
    return lines.filter((line) => line.includes('->') && line.includes(`:${own} `)).length;
  };
  /** Its bundle alone, without the facts: the exit code tells whether the task went well. */
  async function start(name: string, nonce = newNonce()): Promise<Outcome | undefined> {
    const [bundle] = compile({
      steps: [{ role: 'demo', task: alone(name), tags: new Set() }],
      handlers: [],
      hosts: [db],
      mode: 'apply',
      runId: `20260101T000000-000${name}`,
      nonce,
      inlineChars: 20_000,
      fits: () => true,
    });
    let outcome: Outcome | undefined;
    await nodes.run({
      script: bundle?.script ?? '',
      hosts: [db],
      comment: 'test',
      forks: 1,
      timeoutSeconds: 60,
      signal: new AbortController().signal,
      onOutcome: (_host, one) => {
        outcome = one;
      },
    });
    return outcome;
  }
  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  withFlock('of three, never two are at work at once, though each removes the file of the lock', async () => {
    const a = start('a');
    await until(() => there('began-a'));
    const b = start('b');
    await until(() => waiting() === 1);
    letGo('a');
    await a;
    await until(() => there('began-b'));
    let ended = false;
    const c = start('c').finally(() => {
      ended = true;
    });
    await until(() => waiting() === 1 || ended);
    expect(ended).toBe(false);
    letGo('b');
    letGo('c');
    for (const outcome of [await a, await b, await c])
      expect(outcome).toMatchObject({ kind: 'finished', exitCode: 0 });
    expect(existsSync(scratch)).toBe(false);
  });

  describe('the same bundle twice, for nobody knew whether it had arrived', () => {
    const nonce = newNonce();

    withFlock('the second waits, and has its turn when the first is over', async () => {
      const first = start('a', nonce);
      await until(() => there('began-a'));
      let ended = false;
      const second = start('a', nonce).finally(() => {
        ended = true;
      });
      await until(() => waiting() === 1 || ended);
      letGo('a');
      for (const outcome of [await first, await second])
        expect(outcome).toMatchObject({ kind: 'finished', exitCode: 0, stderr: '' });
      expect(existsSync(scratch)).toBe(false);
    });

    withFlock('the second gives up without a trace in the first', async () => {
      const first = start('a', nonce);
      await until(() => there('began-a'));
      nodes.environment = { SC_PATIENCE: '1' };
      expect(await start('a', nonce)).toMatchObject({ kind: 'finished', exitCode: 75 });
      letGo('a');
      expect(await first).toMatchObject({ kind: 'finished', exitCode: 0, stderr: '' });
      expect(existsSync(scratch)).toBe(false);
    });
  });

  withFlock('a bundle that waited in vain leaves nothing', async () => {
    const first = start('a');
    await until(() => there('began-a'));
    nodes.environment = { SC_PATIENCE: '1' };
    expect(await start('b')).toMatchObject({ kind: 'finished', exitCode: 75 });
    letGo('a');
    expect(await first).toMatchObject({ kind: 'finished', exitCode: 0 });
    expect(existsSync(scratch)).toBe(false);
  });

  test('what killed bundles left in memory goes when it is a day old, not before', async () => {
    const yesterday = new Date(Date.now() - 25 * 3_600_000);
    for (const name of ['20260101T000000-0001', '20260101T000000-0002']) {
      mkdirSync(join(scratch, name), { recursive: true });
      writeFileSync(join(scratch, name, 'result'), 'R 0 o 1 0\n');
    }
    writeFileSync(join(scratch, '0011223344556677.spool'), 'x');
    for (const name of ['20260101T000000-0001', '0011223344556677.spool'])
      utimesSync(join(scratch, name), yesterday, yesterday);
    const { line } = await runOn(nodes, [play([wantFile('a', 'x')], { hosts: 'db' })]);
    expect(line('db-1')).toEqual({ ...zero, ok: 1, changed: 1 });
    expect(readdirSync(scratch)).toEqual(['20260101T000000-0002']);
  });

  test('what a killed write left beside its file goes with the next write there', async () => {
    mkdirSync(root, { recursive: true });
    writeFileSync(join(root, '.stagecraft.Ab12Cd'), 'half');
    await runOn(nodes, [play([wantFile('a', 'x')], { hosts: 'db' })]);
    expect(readdirSync(root).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});
