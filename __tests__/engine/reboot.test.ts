import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sh } from '../../provisioner/engine/shell';
import type { Task } from '../../provisioner/engine/task';
import { fleet, play, runOn, wantFile, zero } from './engine-run';
import { LocalNodes } from './local-nodes';
import { shells } from './shells';

/** Wants the node to have been rebooted since the file `due` was there; a reboot of these nodes removes nothing. */
const reboot: Task = {
  name: 'reboot',
  reboots: true,
  check: sh`if [ -e "$NODE_ROOT/due" ] && [ "$(cat "$SC_BOOT_ID")" = boot-0 ]; then
  echo 'a new kernel waits'
  exit 1
fi`,
  apply: sh`echo asking
exit 194`,
};
const loud: Task = {
  name: 'loud',
  check: sh`test -e "$NODE_ROOT/loud"`,
  apply: sh`echo "before the reboot"; touch "$NODE_ROOT/loud"`,
};
const counted: Task = {
  name: 'counted',
  check: sh`test -e "$NODE_ROOT/ran"`,
  apply: sh`echo x >>"$NODE_ROOT/ran"`,
};

/** Under every shell, and where results are told while the bundle runs. */
const ways = [
  ...shells.map(([name, shell]) => [name, shell, false] as const),
  ...shells.slice(0, 1).map(([name, shell]) => [`${name}, streaming`, shell, true] as const),
];

describe.each(ways)('a reboot under %s', (_, shell, streams) => {
  let nodes: LocalNodes;
  beforeEach(() => {
    nodes = new LocalNodes(shell);
    nodes.limits = { ...nodes.limits, streams };
    for (const { name } of fleet) {
      mkdirSync(nodes.of(name), { recursive: true });
      writeFileSync(join(nodes.of(name), 'due'), '');
    }
  });
  afterEach(() => nodes.remove());

  test('goes on with the task after it, and nothing that was told before is lost or told twice', async () => {
    const { tasks, line, events } = await runOn(nodes, [play([loud, counted, reboot, wantFile('z', 'x')])]);
    expect(line('web-1')).toEqual({ ...zero, ok: 4, changed: 4 });
    const own = tasks.filter(({ node }) => node === 'web-1');
    expect(own.map(({ task, status }) => [task, status])).toEqual([
      ['loud', 'changed'],
      ['counted', 'changed'],
      ['reboot', 'changed'],
      ['z', 'changed'],
    ]);
    expect(own[0]?.output).toBe('before the reboot\n');
    expect(own[2]).toMatchObject({ diff: 'a new kernel waits\n', output: 'asking\n' });
    expect(readFileSync(join(nodes.of('web-1'), 'ran'), 'utf8')).toBe('x\n');
    expect([...nodes.reboots.values()]).toEqual([1, 1, 1]);
    expect(events.filter(({ type }) => type === 'disruption-started')).toHaveLength(3);
    expect(readdirSync(join(nodes.of('web-1'), 'state'))).not.toContain('resume');
    expect(readFileSync(join(nodes.of('web-1'), 'state', 'last-run'), 'utf8')).toMatch(
      /state=finished\nok=4\nchanged=4\nfailed=0/,
    );
    expect(existsSync(join(nodes.of('web-1'), 'scratch'))).toBe(false);
  });

  test('is not done where it is not needed, and the second run changes nothing', async () => {
    const site = [play([reboot, wantFile('z', 'x')])];
    await runOn(nodes, site);
    const { line } = await runOn(nodes, site);
    expect(line('web-1')).toEqual({ ...zero, ok: 2 });
    expect(nodes.reboots.get('web-1')).toBe(1);
  });

  test('what waits on the disk meanwhile is for root only', async () => {
    const modes: number[] = [];
    const onReboot = nodes.reboot.bind(nodes);
    nodes.reboot = (one) => {
      const kept = join(nodes.of(one), 'state', 'resume');
      modes.push(statSync(kept).mode & 0o777);
      onReboot(one);
    };
    await runOn(nodes, [play([loud, reboot], { hosts: 'db' })]);
    expect(modes).toEqual([0o700]);
  });

  test('a task that still needs one afterwards did not converge; there is no second reboot', async () => {
    const never: Task = { ...reboot, check: sh`echo 'still the old kernel'; false` };
    const { tasks, line } = await runOn(nodes, [play([never, wantFile('z', 'x')], { hosts: 'db' })]);
    expect(line('db-1')).toEqual({ ...zero, failed: 1 });
    expect(tasks[0]?.error).toMatchObject({
      what: expect.stringMatching(/did not converge/),
      lastLines: ['still the old kernel'],
    });
    expect(nodes.reboots.get('db-1')).toBe(1);
    expect(readdirSync(join(nodes.of('db-1'), 'state'))).not.toContain('resume');
  });

  test('a script that is run again without a reboot fails, and does not loop', async () => {
    nodes.neverReboots.add('db-1');
    const { tasks } = await runOn(nodes, [play([reboot], { hosts: 'db' })]);
    expect(tasks[0]?.error?.lastLines).toContain('the script was run again, but the node was not rebooted');
    expect(nodes.reboots.get('db-1')).toBe(1);
  });

  test('what an earlier run left behind is not taken for this one', async () => {
    const kept = join(nodes.of('db-1'), 'state', 'resume');
    mkdirSync(kept, { recursive: true });
    writeFileSync(join(kept, 'point'), '0123456789abcdef 1 boot-9 0\n');
    writeFileSync(join(kept, 'result'), 'R 0 o 0 0\n');
    const { line } = await runOn(nodes, [play([wantFile('a', 'x'), wantFile('b', 'x')], { hosts: 'db' })]);
    expect(line('db-1')).toEqual({ ...zero, ok: 2, changed: 2 });
    expect(existsSync(kept)).toBe(false);
  });

  test('two in one bundle are two reboots', async () => {
    const second: Task = {
      ...reboot,
      name: 'second',
      check: sh`[ "$(cat "$SC_BOOT_ID")" = boot-2 ]`,
    };
    const { line } = await runOn(nodes, [
      play([reboot, counted, second, wantFile('z', 'x')], { hosts: 'db' }),
    ]);
    expect(line('db-1')).toEqual({ ...zero, ok: 4, changed: 4 });
    expect(nodes.reboots.get('db-1')).toBe(2);
    expect(readFileSync(join(nodes.of('db-1'), 'ran'), 'utf8')).toBe('x\n');
  });
});

test('a transport that cannot reboot leaves a task that says what to do', async () => {
  const nodes = new LocalNodes();
  try {
    nodes.answer = (_at, outcome, script) =>
      script.includes('SC_EXCLUSIVE=1')
        ? { kind: 'finished', exitCode: 194, stdout: '>0\n', stderr: '' }
        : outcome;
    mkdirSync(nodes.of('db-1'), { recursive: true });
    writeFileSync(join(nodes.of('db-1'), 'due'), '');
    const { tasks } = await runOn(nodes, [play([reboot], { hosts: 'db' })]);
    expect(tasks).toMatchObject([
      { task: 'reboot', error: { what: expect.stringContaining('reboot it by hand') } },
    ]);
  } finally {
    nodes.remove();
  }
});
