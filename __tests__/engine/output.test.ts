import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { raw, sh } from '../../provisioner/engine/shell';
import type { Task } from '../../provisioner/engine/task';
import { canMount } from '../tasks/harness';
import { play, runOn, wantFile, zero } from './engine-run';
import { LocalNodes } from './local-nodes';
import { shells } from './shells';

jest.setTimeout(120_000);

describe.each(shells)('what a step prints, under %s', (_, shell) => {
  let nodes: LocalNodes;
  beforeEach(() => {
    nodes = new LocalNodes(shell);
  });
  afterEach(() => nodes.remove());
  const onDb = { hosts: 'db' };
  /** From here on the node has 3 MB for what bundles keep in memory. */
  function inLittleMemory(): void {
    const small = [
      'unshare',
      '-Urm',
      'sh',
      '-c',
      'mount -t tmpfs -o size=3m t "$SC_SCRATCH" && exec "$@"',
      'sh',
    ];
    nodes = new LocalNodes([...small, ...shell]);
    // The folder has to be there to be mounted on.
    const scratch = join(nodes.of('db-1'), 'scratch');
    nodes.environment = { SC_SCRATCH: scratch };
    mkdirSync(scratch, { recursive: true });
  }

  test('without end, while it applies: head and tail are kept, and the memory does not fill up', async () => {
    const endless: Task = {
      name: 'endless',
      check: sh`test -e "$NODE_ROOT/done"`,
      // It ends only when it has been cut, twice.
      apply: sh`echo the first line
cut=0
while [ "$cut" -lt 2 ]; do
  until [ -e "$SC_TMP/apply.0.cut" ]; do head -c 1000000 /dev/zero | tr '\\0' x; sleep 0.01; done
  wc -c <"$SC_TMP/apply.0" >>"$NODE_ROOT/sizes"
  rm -f "$SC_TMP/apply.0.cut"
  cut=$((cut + 1))
done
echo 20000000 >"$SC_TMP/apply.0.cut"
echo; echo the last line; touch "$NODE_ROOT/done"`,
    };
    const { tasks, line } = await runOn(nodes, [play([endless, wantFile('later', 'x')], onDb)], {
      runId: '20260101T000000-0e0e',
    });
    expect(line('db-1')).toEqual({ ...zero, ok: 2, changed: 2 });
    const output = tasks[0]?.output ?? '';
    expect(output).toMatch(/^the first line\nx+/);
    expect(output).toMatch(/x\n\[… \d{8} bytes left out …\]\nx/);
    expect(output).toMatch(/x\nthe last line\n$/);
    expect(output.length).toBeLessThan(300_000);
    expect(tasks[1]?.output).toBeUndefined();
    expect(readFileSync(join(nodes.of('db-1'), 'logs', '20260101T000000-0e0e.log'), 'utf8')).toMatch(
      /the first line\nx+\n\[… \d{8} bytes left out …\]\nx+\nthe last line\n/,
    );
    expect(existsSync(join(nodes.of('db-1'), 'scratch'))).toBe(false);
  });

  test('without end, while it only looks: it is ended, and says why', async () => {
    const { tasks, line } = await runOn(nodes, [
      play([{ name: 'yes', check: sh`exec yes`, apply: sh`:` }], onDb),
    ]);
    expect(line('db-1')).toEqual({ ...zero, failed: 1 });
    expect(tasks[0]?.error?.lastLines[0]).toContain('it printed or wrote more than 32 MiB');
    expect(tasks[0]?.diff?.length).toBeLessThan(300_000);
  });

  test('an apply that ends like that is not told what is not so', async () => {
    const { tasks } = await runOn(nodes, [
      play([{ name: 'ends', check: sh`false`, apply: sh`echo why; exit 153` }], onDb),
    ]);
    expect(tasks[0]?.error).toMatchObject({
      what: 'apply failed with exit code 153',
      lastLines: ['why'],
    });
  });

  test('an apply may write a file of any size', async () => {
    const large: Task = {
      name: 'large',
      check: sh`test -e "$NODE_ROOT/large"`,
      apply: sh`head -c 40000000 /dev/zero >"$NODE_ROOT/large"`,
    };
    expect((await runOn(nodes, [play([large], onDb)])).line('db-1')).toEqual({ ...zero, ok: 1, changed: 1 });
  });

  test('a process that a step leaves behind, with its output in hand, keeps nobody waiting', async () => {
    const leaves: Task = {
      name: 'leaves',
      check: sh`test -e "$NODE_ROOT/pid"`,
      apply: sh`sleep 600 & echo "$!" >"$NODE_ROOT/pid"`,
    };
    const site = [play([leaves, wantFile('later', 'x')], onDb)];
    const first = await runOn(nodes, site);
    expect(first.line('db-1')).toEqual({ ...zero, ok: 2, changed: 2 });
    // It holds no lock, either.
    const second = await runOn(nodes, site);
    expect(second.line('db-1')).toEqual({ ...zero, ok: 2 });
    const pid = Number(readFileSync(join(nodes.of('db-1'), 'pid'), 'utf8'));
    expect(process.kill(pid, 'SIGKILL')).toBe(true);
  });

  test('the next step has an output of its own, whatever an earlier one still writes', async () => {
    const chatty: Task = {
      name: 'chatty',
      check: sh`test -e "$NODE_ROOT/one"`,
      apply: sh`touch "$NODE_ROOT/one"
(until [ -e "$NODE_ROOT/two" ]; do echo tick; sleep 0.01; done) &`,
    };
    const next: Task = {
      name: 'next',
      check: sh`test -e "$NODE_ROOT/two"`,
      apply: sh`sleep 0.05; echo mine; touch "$NODE_ROOT/two"`,
    };
    const { tasks } = await runOn(nodes, [play([chatty, next], onDb)]);
    expect(tasks[1]?.output).toBe('mine\n');
  });

  test('what is shortened late is not shown as that of another task', async () => {
    // Does what the one that watches does, when the next task is at work already.
    const secret: Task = {
      name: 'secret',
      sensitive: true,
      check: sh`test -e "$NODE_ROOT/one"`,
      apply: sh`own=$(readlink /proc/self/fd/2); touch "$NODE_ROOT/one"; echo canary >"$own.head"
(until [ -e "$NODE_ROOT/two" ]; do sleep 0.01; done
cp "$own.head" "$own.tail"; echo 300000 >"$own.cut"; touch "$NODE_ROOT/cut") &`,
    };
    const next: Task = {
      name: 'next',
      check: sh`test -e "$NODE_ROOT/cut"`,
      apply: sh`touch "$NODE_ROOT/two"; until [ -e "$NODE_ROOT/cut" ]; do sleep 0.01; done; echo mine`,
    };
    const { tasks, events } = await runOn(nodes, [play([secret, next], onDb)]);
    expect(tasks[1]?.output).toBe('mine\n');
    expect(JSON.stringify(events)).not.toContain('canary');
  });

  test('what earlier tasks printed does not stay in memory', async () => {
    const prints: Task = {
      name: 'prints',
      check: sh`test -e "$NODE_ROOT/one"`,
      apply: sh`head -c 1000000 /dev/zero | tr '\\0' x; touch "$NODE_ROOT/one"`,
    };
    const measures: Task = {
      name: 'measures',
      check: sh`test -e "$NODE_ROOT/two"`,
      apply: sh`touch "$NODE_ROOT/two"; cat "$SC_TMP"/apply* | wc -c`,
    };
    const { tasks } = await runOn(nodes, [play([prints, measures], onDb)]);
    expect(tasks[1]?.output?.trim()).toBe('0');
  });

  (canMount ? test : test.skip)(
    'faster than anybody looks, until the memory is full: the step fails, with its reason, and the result comes back',
    async () => {
      inLittleMemory();
      const flood: Task = {
        name: 'flood',
        check: sh`false`,
        apply: sh`head -c 10000000 /dev/zero | tr '\\0' y`,
      };
      const { tasks, line } = await runOn(nodes, [play([flood], onDb)]);
      expect(line('db-1')).toEqual({ ...zero, failed: 1 });
      expect(tasks[0]?.error).toMatchObject({
        what: expect.stringContaining('apply failed with exit code 1'),
      });
      expect(tasks[0]?.output).toContain('only the end is kept');
      nodes.remove();
    },
  );

  (canMount ? test : test.skip)(
    'when not even a failure can be told, for want of memory, that is the reason',
    async () => {
      inLittleMemory();
      mkdirSync(join(nodes.of('db-1'), 'state', 'pending', 'restart'), { recursive: true });
      const fills: Task = {
        name: 'fills',
        check: sh`cat /dev/zero >"$SC_TMP/fill"`,
        apply: sh`:`,
        notify: [{ name: 'restart', apply: sh`:` }],
      };
      const { tasks } = await runOn(nodes, [play([fills], onDb)]);
      expect(tasks[0]?.error?.what).toMatch(
        /exit code 70 and no result(.|\n)*cannot write to .*scratch: is the/,
      );
      nodes.remove();
    },
  );

  test('many long texts together stay below what the controller takes', async () => {
    const noisy = Array.from(
      { length: 14 },
      (_unused, index): Task => ({
        name: `noisy ${index}`,
        check: sh`test -e "$NODE_ROOT/done-${String(index)}"`,
        apply: sh`head -c 250000 /dev/urandom | base64 -w 0 | head -c 250000; echo; echo "end of ${String(index)}"
touch "$NODE_ROOT/done-${String(index)}"`,
      }),
    );
    const { tasks, line } = await runOn(nodes, [play(noisy, onDb)]);
    expect(line('db-1')).toEqual({ ...zero, ok: 14, changed: 14 });
    expect(tasks[0]?.output).toHaveLength(250_000 + '\nend of 0\n'.length);
    expect(tasks[13]?.output).toMatch(/^\[… the result is long(.|\n)*end of 13\n$/);
    expect(tasks[13]?.output?.length).toBeLessThan(5_000);
    expect(readdirSync(nodes.of('db-1'))).not.toContain('scratch');
  });

  test('and so do short ones, however many: what failed in the end is still told', async () => {
    const says = (name: string, bytes: number, more: Partial<Task> = {}): Task => ({
      name,
      check: sh`head -c ${String(bytes)} /dev/zero | tr '\\0' x; test -e "$NODE_ROOT/${raw(name)}"`,
      apply: sh`head -c ${String(bytes)} /dev/zero | tr '\\0' x; touch "$NODE_ROOT/${raw(name)}"`,
      ...more,
    });
    const [long, short] = [4, 70].map((count) => Array.from({ length: count }, (_unused, index) => index));
    const { tasks } = await runOn(nodes, [
      play(
        [
          ...(long ?? []).map((index) => says(`long-${index}`, 250_000)),
          ...(short ?? []).map((index) => says(`short-${index}`, 7_000, { brief: true })),
          { name: 'fails', check: sh`false`, apply: sh`head -c 3000 /dev/zero | tr '\\0' x; exit 3` },
        ],
        onDb,
      ),
    ]);
    const [first, last, failed] = [tasks[4], tasks[73], tasks[74]];
    expect(first?.diff?.length).toBeLessThan(4_096);
    expect(first?.diff?.length).toBeGreaterThan(4_000);
    for (const text of [last?.diff, last?.output]) expect(text?.length).toBeLessThan(200);
    expect(failed).toMatchObject({ status: 'failed', output: 'x'.repeat(3_000) });
    const texts = tasks.flatMap(({ diff = '', output = '' }) => [diff, output]);
    expect(Buffer.byteLength(texts.join(''))).toBeLessThan(2_600_000);
  });
});
