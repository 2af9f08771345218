import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeValue } from '../../provisioner/engine/shell';
import type { Task } from '../../provisioner/engine/task';
import { dataVolume } from '../../provisioner/roles/data-volume';
import { type Bench, type BenchOptions, bench, shells } from '../tasks/harness';
import { Disk, diskObstacle, hasCapability, Mounts } from './disk';
import { exampleContext, exampleInventory, valueOn } from './example';

const obstacle = diskObstacle();
if (obstacle !== undefined) console.warn(`skipped: data volumes on real block devices: ${obstacle}`);
const maybe = obstacle === undefined ? describe : describe.skip;

const growsOnline = hasCapability(24);
if (!growsOnline) console.warn('skipped: growing a mounted file system: it needs CAP_SYS_RESOURCE');

jest.setTimeout(120_000);

describe('the role data-volume', () => {
  it('has nothing to do where no node has a volume', () => {
    const inventory = exampleInventory();
    const nodes = inventory.nodes.map(({ dataVolumeId: _, ...node }) => node);
    expect(dataVolume.tasks(exampleContext({}, { ...inventory, nodes }))).toEqual([]);
  });

  it('is for the nodes that have one', () => {
    const values: NodeValue[] = valuesIn(dataVolume.tasks(exampleContext()));
    for (const value of values) {
      expect(valueOn(value, 'test-database-1')).toBe('vol0123456789abcdef0');
      expect(valueOn(value, 'test-general-1')).toBe('');
    }
    expect(dataVolume.tasks(exampleContext()).every(({ onlyIf }) => onlyIf !== undefined)).toBe(true);
  });
});

// Busybox as the shell, with the programs of the system: its own have neither blkid's options nor mkfs.ext4.
const shellsOnly = shells.map((shell) => ({ ...shell, applets: false }));

maybe.each(shellsOnly)('a data volume under $name', (shell) => {
  let on: Bench;
  let mounts: Mounts;
  let disk: Disk;
  let tasks: readonly Task[];

  beforeEach(async () => {
    tasks = dataVolume.tasks(exampleContext());
    const options: { -readonly [K in keyof BenchOptions]: BenchOptions[K] } = {
      shell,
      values: new Map(valuesIn(tasks).map((value) => [value, 'vol0123456789abcdef0'])),
    };
    on = bench(options);
    for (const name of ['etc', 'srv', 'block']) mkdirSync(join(on.dir, name));
    on.write('etc/passwd', 'root:x:0:0::/root:/bin/sh\n');
    on.write('etc/group', 'root:x:0:\n');
    on.write('etc/fstab', 'LABEL=cloudimg-rootfs / ext4 defaults 0 1\n# /srv/data is not this line\n');
    on.write('calls', '');
    // /etc/alternatives is not there: awk is named through it.
    on.fake('awk', 'exec busybox awk "$@"');
    on.fake('systemctl', `case $1 in show) echo no ;; *) echo "$*" >>'${on.dir}/calls' ;; esac`);
    // Where a test wants the deadline to be over at once.
    on.fake('sleep', 'exec /bin/sleep 0.05');
    mounts = new Mounts({
      '/etc': join(on.dir, 'etc'),
      '/srv': join(on.dir, 'srv'),
      '/sys/block': join(on.dir, 'block'),
    });
    await mounts.ready();
    options.inside = mounts.inside;
    disk = new Disk(on.dir, 64);
  });
  afterEach(async () => {
    await mounts.remove();
    disk.remove();
    // Made immutable by the role.
    unlock(join(on.dir, 'srv/data'));
    on.remove();
  });

  const task = (name: string): Task => {
    const found = tasks.find((one) => one.name.includes(name));
    if (found === undefined) throw new Error(`no task ${name}`);
    return found;
  };
  const converge = () => tasks.map((one) => on.check(one).code === 0 || on.converge(one));
  const asWanted = () => tasks.filter((one) => on.check(one).code === 0).map(({ name }) => name);
  const failure = (name: string) => {
    expect(on.check(task(name)).code).not.toBe(0);
    const { code, output } = on.apply(task(name));
    expect(code).not.toBe(0);
    return output;
  };

  it('gets a file system and a place, once; a second run changes nothing', () => {
    disk.attach('vol0123456789abcdef0');
    converge();
    expect(asWanted()).toEqual(tasks.map(({ name }) => name));
    expect(mounts.run('findmnt', '-rn', '-o', 'SOURCE,FSTYPE', '--mountpoint', '/srv/data').trim()).toBe(
      `${disk.device} ext4`,
    );
    const fstab = on.read('etc/fstab').trim().split('\n');
    expect(fstab.slice(0, 2)).toEqual([
      'LABEL=cloudimg-rootfs / ext4 defaults 0 1',
      '# /srv/data is not this line',
    ]);
    expect(fstab[2]).toMatch(/^UUID=[0-9a-f-]{36} \/srv\/data ext4 [^ ]*\bnofail\b[^ ]* 0 2$/);
    expect(on.read('calls')).toBe('daemon-reload\n');
  });

  it('keeps its data when another instance gets it', () => {
    disk.attach('vol0123456789abcdef0');
    converge();
    mounts.run('sh', '-c', 'echo kept >/srv/data/file; umount /srv/data');
    // The next instance has another root disk.
    on.write('etc/fstab', '');
    unlock(join(on.dir, 'srv/data'));
    mounts.run('rm', '-r', '/srv/data');
    expect(on.check(task('has a file system')).code).toBe(0);
    converge();
    expect(mounts.run('cat', '/srv/data/file')).toBe('kept\n');
  });

  it('is told apart from other devices by its serial number only', () => {
    disk.attach('vol0fffffffffffffff0');
    expect(on.check(task('attached')).output).toContain('not so yet');
    for (const one of tasks.slice(1)) expect(on.check(one).output).toMatch(/not attached/);
  });

  it('that is away is a clear error, and nothing is written anywhere in its place', () => {
    const blank = disk.sum();
    expect(failure('has a file system')).toContain('vol0123456789abcdef0 is not attached');
    expect(failure('mounted at /srv/data')).toContain('not attached');
    expect(disk.sum()).toBe(blank);
    expect(mounts.run('ls', '/srv').trim()).toBe('');
    expect(on.read('etc/fstab')).not.toContain('UUID');
  });

  it('that goes away later leaves a place where not even root can write', () => {
    disk.attach('vol0123456789abcdef0');
    converge();
    mounts.run('umount', '/srv/data');
    expect(() => mounts.run('sh', '-c', 'exec 2>/dev/null; echo x >/srv/data/file')).toThrow();
    expect(asWanted()).not.toContain('data volume is mounted at /srv/data');
    converge();
    mounts.run('sh', '-c', 'echo x >/srv/data/file');
  });

  it.each([
    ['another file system', (device: string) => ['mkfs.ext2', '-q', device]],
    [
      'a partition table',
      (device: string) => [
        'sh',
        '-c',
        `printf '\\125\\252' | dd of=${device} bs=1 seek=510 && printf '\\203' | dd of=${device} bs=1 seek=450`,
      ],
    ],
    ['swap', (device: string) => ['mkswap', device]],
    [
      'bytes that nobody knows',
      (device: string) => ['sh', '-c', `printf x | dd of=${device} bs=1 seek=70000`],
    ],
  ])('with %s is never formatted', (_, spoil) => {
    disk.attach('vol0123456789abcdef0');
    mounts.run(...spoil(disk.device));
    const before = disk.sum();
    expect(failure('has a file system')).toContain('left as it is');
    expect(disk.sum()).toBe(before);
  });

  it('does not hide files that lie on the root disk', () => {
    disk.attach('vol0123456789abcdef0');
    on.write('srv/data/written-before', 'x');
    on.converge(task('has a file system'));
    on.converge(task('at boot'));
    expect(failure('mounted at /srv/data')).toContain('move them away');
  });

  it('is mended: the entry of the table, the mount, and a wrong mount is told', () => {
    disk.attach('vol0123456789abcdef0');
    converge();
    on.write('etc/fstab', '/dev/sdf /srv/data xfs defaults 0 0\n');
    on.converge(task('at boot'));
    expect(on.read('etc/fstab').trim().split('\n')).toEqual([expect.stringMatching(/^UUID=/)]);
    mounts.run('umount', '/srv/data');
    on.converge(task('mounted at /srv/data'));
    mounts.run('sh', '-c', 'umount /srv/data && mount -t tmpfs tmpfs /srv/data');
    expect(on.check(task('mounted at /srv/data')).output).toContain('something else');
    expect(failure('mounted at /srv/data')).toContain('tmpfs');
  });

  it('that is read-only after an error is told, and not remounted', () => {
    disk.attach('vol0123456789abcdef0');
    converge();
    mounts.run('mount', '-o', 'remount,ro', disk.device, '/srv/data');
    expect(on.check(task('mounted at /srv/data')).output).toContain('read-only');
    expect(failure('mounted at /srv/data')).toContain('e2fsck');
  });

  it('whose file system has met an error is told, whatever the kernel shows of it, and is healthy once it was checked', () => {
    disk.attach('vol0123456789abcdef0');
    converge();
    const name = disk.device.replace('/dev/', '');
    // As a real error, for tests of the kernel's own: since Linux 6.12 the mount stays "rw".
    mounts.run('sh', '-c', `echo boom >/sys/fs/ext4/${name}/trigger_fs_error`);
    expect(on.check(task('mounted at /srv/data')).code).not.toBe(0);
    expect(failure('mounted at /srv/data')).toContain('e2fsck');
    mounts.run('sh', '-c', `umount /srv/data && mount ${disk.device} /srv/data`);
    // Writable again, and still to be checked.
    expect(on.check(task('mounted at /srv/data')).output).toContain('has met 1 errors');
    mounts.run('sh', '-c', `umount /srv/data; e2fsck -fy ${disk.device} || [ $? -eq 1 ]`);
    on.converge(task('mounted at /srv/data'));
  });

  it('is mounted at boot only once systemd has read the table', () => {
    disk.attach('vol0123456789abcdef0');
    converge();
    // A run that was killed after it had written the table.
    on.write('stale', '');
    on.fake(
      'systemctl',
      `cd '${on.dir}'
case $1 in
  daemon-reload) rm -f stale ;;
  show) if [ "$*" = 'show -P NeedDaemonReload srv-data.mount' ] && [ -e stale ]; then echo yes; else echo no; fi ;;
esac`,
    );
    expect(on.converge(task('at boot')).before.output).toContain('systemd has not read');
  });

  it('that grew has its file system grown, without loss', () => {
    disk.attach('vol0123456789abcdef0');
    converge();
    mounts.run('sh', '-c', 'echo kept >/srv/data/file');
    disk.grow(512);
    // Without the capability, only one that is not mounted can be grown here.
    if (!growsOnline) mounts.run('sh', '-c', `umount /srv/data && e2fsck -fy ${disk.device}`);
    const { before } = on.converge(task('fills'));
    expect(before.output).toContain('448 MiB');
    converge();
    expect(
      Number(mounts.run('df', '--output=size', '-m', '/srv/data').trim().split('\n')[1]),
    ).toBeGreaterThan(400);
    expect(mounts.run('cat', '/srv/data/file')).toBe('kept\n');
  });
});

/** The role makes the folder below the mount immutable, where nothing is mounted. */
function unlock(path: string): void {
  spawnSync('chattr', ['-i', path]);
}

/** The node values in the shell of tasks. */
function valuesIn(tasks: readonly Task[]): NodeValue[] {
  return tasks
    .flatMap(({ define, check, apply, onlyIf }) => [define, check, apply, onlyIf])
    .flatMap((piece) => piece?.parts ?? [])
    .flatMap((part) => (typeof part === 'string' ? [] : part.quoted))
    .filter((value): value is NodeValue => typeof value !== 'string');
}
