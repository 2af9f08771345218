import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureSandbox, readSandbox, type SandboxHandle } from '../../provisioner/sandbox';
import { runningDaemon } from '../../provisioner/sandbox/handle';
import { currentStatus, down, reset, up } from '../../provisioner/sandbox/lifecycle';
import { planOf } from '../../provisioner/sandbox/plan';
import { markedProcesses, mountsBelow } from '../../provisioner/sandbox/process-table';
import { stateFolder } from '../../provisioner/sandbox/state-folder';
import { itWithNamespaces, ownStateFolder, runThrough, smallEnvironment } from './namespaces-support';

// Starting a daemon is seconds on a busy machine.
jest.setTimeout(180_000);

const maybe = itWithNamespaces();
const SERVER = 'sandbox-server-1';
const AGENT = 'sandbox-general-1';

describe('a sandbox from up to down', () => {
  const state = ownStateFolder();
  afterAll(async () => {
    await reset();
    state.remove();
  });
  const isUp = async (): Promise<SandboxHandle> => ensureSandbox(smallEnvironment());

  maybe('gives an endpoint that the AWS SDK drives, and nodes with an inventory', async () => {
    const sandbox = await isUp();
    expect(sandbox.inventory.nodes.map(({ name }) => name)).toEqual([SERVER, AGENT]);
    const { Status, StandardOutputContent } = await runThrough(sandbox, SERVER, 'id -u; cat /etc/os-release');
    expect(Status).toBe('Success');
    expect(StandardOutputContent).toMatch(/^0\n/);
    expect(StandardOutputContent).toContain('Ubuntu 24.04 LTS (simulated)');
  });

  maybe(
    "runs a script with the agent's environment: no HOME, no TERM, its own folder and process group",
    async () => {
      const sandbox = await isUp();
      const { StandardOutputContent } = await runThrough(
        sandbox,
        SERVER,
        'echo "HOME=${HOME-none} TERM=${TERM-none}"; echo "$PATH"; pwd; echo "$AWS_SSM_INSTANCE_ID"; [ "$(ps -o pgid= -p $$ | tr -d " ")" = "$$" ] && echo leader',
      );
      const [home, path, folder, id, leader] = (StandardOutputContent ?? '').split('\n');
      expect(home).toBe('HOME=none TERM=none');
      expect(path).toBe('/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin');
      expect(folder).toMatch(
        /^\/var\/lib\/amazon\/ssm\/i-[0-9a-f]+\/document\/orchestration\/.*\/0\.awsrunShellScript$/,
      );
      expect(id).toBe(sandbox.inventory.nodes[0]?.instanceId);
      expect(leader).toBe('leader');
    },
  );

  maybe('keeps whatever a node does away from the host', async () => {
    const sandbox = await isUp();
    const watched = [
      '/proc/sys/vm/overcommit_memory',
      '/proc/sys/kernel/panic',
      '/proc/swaps',
      '/etc/hostname',
      '/etc/passwd',
    ];
    const seen = () =>
      [
        ...watched.map((path) => (existsSync(path) ? readFileSync(path, 'utf8') : '')),
        spawnSync('hostname').stdout.toString(),
      ].join('');
    const before = seen();
    const { Status, StandardOutputContent } = await runThrough(
      sandbox,
      SERVER,
      [
        'set -e',
        'sysctl -w vm.overcommit_memory=1 kernel.panic=77 >/dev/null',
        'modprobe br_netfilter && test -d /sys/module/br_netfilter && cat /proc/sys/net/bridge/bridge-nf-call-iptables',
        'swapoff -a && wc -l </proc/swaps',
        'hostname elsewhere && hostname',
        'echo elsewhere >/etc/hostname; echo "x:x:4242:4242::/:/bin/sh" >>/etc/passwd',
        'touch /usr/bin/made-by-a-node /made-by-a-node',
        'cat /proc/sys/kernel/panic',
      ].join('\n'),
    );
    expect(Status).toBe('Success');
    expect(StandardOutputContent).toBe('1\n1\nelsewhere\n77\n');
    expect(seen()).toBe(before);
    expect(existsSync('/usr/bin/made-by-a-node') || existsSync('/made-by-a-node')).toBe(false);
  });

  maybe('refuses what would reach the kernel, and hides the host from a node', async () => {
    const sandbox = await isUp();
    const { StandardOutputContent } = await runThrough(
      sandbox,
      SERVER,
      [
        'date -s 2001-01-01 >/dev/null 2>&1 || echo no clock',
        'mount -t proc proc /mnt 2>/dev/null || echo no proc',
        'umount /proc/sys 2>/dev/null || echo no umount',
        'mount -o remount,rw /sys 2>/dev/null || echo no sys',
        `ls ${state.folder} ${process.cwd()} 2>/dev/null || echo no host`,
        'ls -A /root /home/ubuntu /run/secrets 2>/dev/null | grep -v : ; ps ax -o pid= | wc -l',
      ].join('\n'),
    );
    const lines = (StandardOutputContent ?? '').trim().split('\n');
    expect(lines.slice(0, 5)).toEqual(['no clock', 'no proc', 'no umount', 'no sys', 'no host']);
    expect(Number(lines.at(-1))).toBeLessThan(20);
  });

  maybe('listens on loopback and nowhere else', async () => {
    await isUp();
    const daemon = runningDaemon(stateFolder());
    const inodes = new Set(
      spawnSync('find', [`/proc/${daemon?.pid}/fd`, '-lname', 'socket:*', '-printf', '%l\\n'])
        .stdout.toString()
        .match(/\d+/g) ?? [],
    );
    const listening = ['/proc/net/tcp', '/proc/net/tcp6']
      .filter((path) => existsSync(path))
      .flatMap((path) => readFileSync(path, 'utf8').split('\n'))
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === '0A' && inodes.has(fields[9] ?? ''))
      .map((fields) => fields[1]?.split(':')[0]);
    // SSM, mirror, control, cluster, and one metadata listener a node.
    expect(listening.length).toBeGreaterThanOrEqual(6);
    // 127.0.0.1, least significant byte first.
    expect(new Set(listening)).toEqual(new Set(['0100007F']));
  });

  maybe('lets nobody but its owner into its state', async () => {
    await isUp();
    const mode = (path: string) => statSync(path).mode & 0o777;
    expect(mode(stateFolder().root)).toBe(0o700);
    for (const file of [stateFolder().daemon, stateFolder().identity, stateFolder().log])
      expect(mode(file) & 0o077).toBe(0);
  });

  maybe('is one sandbox however often and however concurrently it is brought up', async () => {
    const first = await currentStatus();
    await Promise.all([isUp(), isUp(), isUp()]);
    expect((await currentStatus())?.pid).toBe(first?.pid);
  });

  maybe('applies settings to the running sandbox and takes them back', async () => {
    const plan = planOf(smallEnvironment());
    const changed = await up(plan, { settings: { offline: [AGENT], latencyMs: 5 } });
    expect(changed.status.nodes.map(({ online }) => online)).toEqual([true, false]);
    expect(changed.status.settings).toEqual({ offline: [AGENT], latencyMs: 5 });
    await expect(up(plan, { settings: { offline: ['nobody'] } })).rejects.toThrow(/no node "nobody"/);
    const healthy = await up(plan, { resetFaults: true });
    expect(healthy.status.settings).toEqual({});
  });

  maybe('follows a changed environment: a new node comes up, one that is gone goes', async () => {
    const more = await up(planOf(smallEnvironment(2)));
    expect(more.status.nodes.filter(({ running }) => running)).toHaveLength(3);
    expect(readSandbox()?.inventory.nodes).toHaveLength(3);
    const fewer = await up(planOf(smallEnvironment(1)));
    expect(fewer.status.nodes).toHaveLength(2);
    expect(readSandbox()?.inventory.nodes).toHaveLength(2);
  });

  maybe('brings a node back whose init was killed', async () => {
    const victim = (await currentStatus())?.nodes[0]?.pid ?? 0;
    expect(victim).toBeGreaterThan(1);
    process.kill(victim, 'SIGKILL');
    while (existsSync(`/proc/${victim}`)) await new Promise((resolve) => setTimeout(resolve, 10));
    const { status } = await up(planOf(smallEnvironment()));
    expect(status.nodes[0]?.running).toBe(true);
    expect(status.nodes[0]?.pid).not.toBe(victim);
  });

  maybe('leaves no process and no mount after down, but the disks', async () => {
    const sandbox = await isUp();
    await runThrough(sandbox, SERVER, 'echo kept >/etc/kept; nohup sleep 1000 >/dev/null 2>&1 &');
    const pids = (await currentStatus())?.nodes.map(({ pid }) => pid ?? 0) ?? [];
    expect(await down()).toBe(true);
    expect(markedProcesses(stateFolder().root)).toEqual([]);
    expect(mountsBelow(state.folder)).toEqual([]);
    expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
    expect(readSandbox()).toBeUndefined();
    const again = await isUp();
    expect(again.endpoint).toBe(sandbox.endpoint);
    expect(again.credentials).toEqual(sandbox.credentials);
    expect((await runThrough(again, SERVER, 'cat /etc/kept')).StandardOutputContent).toBe('kept\n');
  });

  maybe('survives the end of its daemon by SIGKILL: nodes end with it, the next up starts anew', async () => {
    await isUp();
    const status = await currentStatus();
    process.kill(status?.pid ?? 0, 'SIGKILL');
    const again = await isUp();
    expect((await currentStatus())?.pid).not.toBe(status?.pid);
    const left = status?.nodes.filter(({ pid }) => existsSync(`/proc/${pid}`)) ?? [];
    expect(left).toEqual([]);
    expect((await runThrough(again, AGENT, 'echo well')).StandardOutputContent).toBe('well\n');
  });

  maybe('is not fooled by a stale record, a stale lock or rubbish in their place', async () => {
    await down();
    writeFileSync(stateFolder().lock, JSON.stringify({ pid: 1, startTime: 'never' }));
    writeFileSync(stateFolder().daemon, '{"pid": 1');
    expect(readSandbox()).toBeUndefined();
    await isUp();
    expect(readSandbox()).toBeDefined();
  });

  maybe('throws disks, parameters and keys away on reset', async () => {
    const before = await isUp();
    await reset();
    expect(existsSync(join(stateFolder().root, 'nodes'))).toBe(false);
    const after = await isUp();
    expect(after.credentials).not.toEqual(before.credentials);
    const { StandardOutputContent } = await runThrough(
      after,
      SERVER,
      'ls /etc/kept 2>/dev/null || echo bare',
    );
    expect(StandardOutputContent).toBe('bare\n');
  });
});
