/** A copy of the kernel's settings, so that a sysctl of a node is a file and the host's kernel never hears of it. */
import { type Dirent, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Settings of modules that a fresh instance has not loaded: they appear with `modprobe`. */
const OF_MODULES = ['net/bridge', 'net/netfilter', 'net/nf_conntrack_max'];

/** Settings that roles use, for a host whose kernel was built without them. */
const EXPECTED: Readonly<Record<string, string>> = {
  'vm/overcommit_memory': '0',
  'vm/panic_on_oom': '0',
  'vm/max_map_count': '1048576',
  'vm/swappiness': '60',
  'kernel/panic': '0',
  'kernel/panic_on_oops': '0',
  'kernel/pid_max': '4194304',
  'kernel/keys/root_maxbytes': '25000000',
  'kernel/keys/root_maxkeys': '1000000',
  'net/ipv4/ip_forward': '0',
  'net/ipv4/conf/all/forwarding': '0',
  'net/ipv6/conf/all/forwarding': '0',
  'net/core/somaxconn': '4096',
  'fs/inotify/max_user_instances': '128',
  'fs/inotify/max_user_watches': '65536',
  'fs/inotify/max_queued_events': '16384',
  'fs/file-max': '9223372036854775807',
};

/** What a freshly booted Ubuntu says, whatever the host was tuned to: roles must have something to do. */
const FRESH = [
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'fs/inotify/max_user_instances',
  'fs/inotify/max_user_watches',
  'net/ipv4/ip_forward',
];

/** Copies `/proc/sys` into a folder, values and modes. Takes some tens of milliseconds. */
export function copyProcSys(to: string): void {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true, mode: 0o755 });
  copyFolder('/proc/sys', to, '');
  for (const [name, value] of Object.entries(EXPECTED)) {
    const path = join(to, name);
    const known = FRESH.includes(name) ? undefined : statSync(path, { throwIfNoEntry: false });
    if (known !== undefined) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${value}\n`, { mode: 0o644 });
  }
}

function copyFolder(from: string, to: string, relative: string): void {
  for (const entry of entriesOf(from)) {
    const name = join(relative, entry.name);
    if (OF_MODULES.includes(name)) continue;
    if (entry.isDirectory()) {
      mkdirSync(join(to, entry.name), { recursive: true, mode: 0o755 });
      copyFolder(join(from, entry.name), join(to, entry.name), name);
    } else if (entry.isFile()) {
      writeFileSync(join(to, entry.name), contentOf(join(from, entry.name)), {
        mode: modeOf(join(from, entry.name)),
      });
    }
  }
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // Not ours to read, then not a node's either.
  }
}

/** Some settings can only be written, and some answer with an error where the hardware lacks them. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}
