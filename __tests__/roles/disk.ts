import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const MIB = 2 ** 20;

/** A loop device that stands for an EBS volume: `serial` is what the fake /sys/block says of it. */
export class Disk {
  readonly #image: string;
  readonly device: string;

  constructor(
    private readonly dir: string,
    sizeMiB: number,
  ) {
    this.#image = join(dir, 'disk.img');
    writeFileSync(this.#image, '');
    truncateSync(this.#image, sizeMiB * MIB);
    this.device = run('losetup', '--find', '--show', this.#image).trim();
  }

  /** The node sees it, under this serial number. */
  attach(serial: string): void {
    const folder = join(this.dir, 'block', basename(this.device), 'device');
    mkdirSync(folder, { recursive: true });
    // Controllers fill the 20 characters of the field with spaces.
    writeFileSync(join(folder, 'serial'), `${serial.padEnd(20)}\n`);
  }

  detach(): void {
    run('rm', '-r', join(this.dir, 'block', basename(this.device)));
  }

  grow(sizeMiB: number): void {
    truncateSync(this.#image, sizeMiB * MIB);
    run('losetup', '--set-capacity', this.device);
  }

  /** Of all its bytes: the same as before where nothing was written. */
  sum(): string {
    return run('sha256sum', this.#image);
  }

  remove(): void {
    spawnSync('losetup', ['--detach', this.device]);
  }
}

/** A mount namespace that lasts: what is mounted in it stays from one script to the next. */
export class Mounts {
  readonly #holder;

  /** @param binds target → a folder that stands there */
  constructor(binds: Readonly<Record<string, string>>) {
    const mounts = Object.entries(binds).map(([target, source]) => `mount --bind '${source}' '${target}'`);
    const script = ['mount --make-rprivate /', ...mounts, 'echo ready', 'exec sleep 600'].join(' && ');
    this.#holder = spawn('unshare', ['--mount', 'sh', '-c', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  async ready(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#holder.stdout.once('data', () => resolve());
      this.#holder.once('exit', (code) => reject(new Error(`the mounts failed, exit code ${code}`)));
    });
  }

  /** Starts a command in it. */
  get inside(): readonly string[] {
    return ['nsenter', '--mount', '--target', String(this.#holder.pid), '--'];
  }

  /** What a command prints there. */
  run(...command: readonly string[]): string {
    const [program = '', ...args] = [...this.inside, ...command];
    return run(program, ...args);
  }

  async remove(): Promise<void> {
    const gone = new Promise((resolve) => this.#holder.once('exit', resolve));
    this.#holder.kill('SIGKILL');
    await gone;
  }
}

/** Why this machine cannot have disks for tests; undefined where it can. */
export function diskObstacle(): string | undefined {
  if (process.getuid?.() !== 0) return 'loop devices need root';
  for (const tool of ['losetup', 'mkfs.ext4', 'blkid', 'wipefs', 'chattr', 'resize2fs', 'nsenter'])
    if (spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0) return `no ${tool} on this machine`;
  if (spawnSync('losetup', ['--find']).status !== 0) return 'no loop device can be had here';
  const mount = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']);
  return mount.status === 0 ? undefined : 'mounts are not permitted here';
}

/** Whether this process has a capability, by its number in capabilities(7)'s header, linux/capability.h. */
export function hasCapability(number: number): boolean {
  const [, mask = '0'] = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return ((BigInt(`0x${mask}`) >> BigInt(number)) & 1n) === 1n;
}

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8' });
}
