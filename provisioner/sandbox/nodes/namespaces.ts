/** Starts the namespaces of a node and says how to enter them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { UserError } from '../../errors';

export interface BootOptions {
  readonly name: string;
  /** Folder that keeps the disk. */
  readonly disk: string;
  /** Folder with what is laid over it, see `seed.ts`. */
  readonly seed: string;
  /** The copy of `/proc/sys` that all nodes share. */
  readonly procSys: string;
  /** The host's real kubectl, to be seen in the node. */
  readonly kubectl?: string | undefined;
  /** The node goes down to reboot. */
  readonly onDown: () => void;
  /** It is up again after a reboot. */
  readonly onUp: () => void;
  /** Marks the process as one of this sandbox, so that a left-over is found. */
  readonly marker: Readonly<Record<string, string>>;
}

/** A node that is up. */
export interface BootedNode {
  /** The host's number of the node's PID 1. */
  readonly pid: number;
  /** False where the disk had to be made in memory: it does not survive `down`. */
  readonly diskSurvives: boolean;
  /** Settles when the node's last process is gone. */
  readonly gone: Promise<void>;
  /** Begins a reboot; `onDown` and `onUp` tell. */
  reboot(): void;
  /** Pulls the plug. */
  powerOff(): Promise<void>;
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Identity for the ids that a distribution uses: files keep their owners, and nothing beyond is root of anything. */
const ID_MAP = '0 0 65536';

/**
 * Boots a node: mount, pid and ipc namespaces first, then, with the host out of sight, user and UTS namespaces.
 *
 * @throws UserError with what the boot script said when a step of it failed
 */
export async function boot(options: BootOptions): Promise<BootedNode> {
  const child = spawn(
    'unshare',
    [
      '--mount',
      '--pid',
      '--ipc',
      '--fork',
      '--kill-child',
      '--propagation',
      'private',
      '/bin/sh',
      join(__dirname, 'boot.sh'),
    ],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
      cwd: '/',
      env: {
        PATH,
        ...options.marker,
        SANDBOX_DISK: options.disk,
        SANDBOX_SEED: options.seed,
        SANDBOX_PROC_SYS: options.procSys,
        SANDBOX_KUBECTL: options.kubectl ?? '',
      },
    },
  );
  child.stdin.on('error', () => {}); // A node that ends first closes it; `gone` tells.
  const gone = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  const state = await bootProgress(child, options);
  return {
    pid: state.pid,
    diskSurvives: !state.volatile,
    gone,
    reboot: () => signal(state.pid, 'SIGINT'),
    powerOff: async () => {
      // SIGKILL of a namespace's init takes every process in it along; unshare follows its child.
      signal(state.pid, 'SIGKILL');
      await gone;
    },
  };
}

/** Arguments of nsenter that lead into a node; a command follows. */
export function enterArguments(pid: number): string[] {
  return ['--target', String(pid), '--user', '--mount', '--uts', '--ipc', '--pid', '--'];
}

interface Progress {
  pid: number;
  volatile: boolean;
}

function bootProgress(child: ChildProcess, { name, onDown, onUp }: BootOptions): Promise<Progress> {
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null)
    throw new Error('the pipes of a node are missing');
  return new Promise((resolve, reject) => {
    const progress: Progress = { pid: 0, volatile: false };
    let complaints = '';
    let isUp = false;
    stderr.on('data', (chunk: Buffer) => {
      complaints = `${complaints}${chunk.toString()}`.slice(-4000);
    });
    const fail = (why: string) =>
      reject(
        new UserError(
          `sandbox node ${name} did not boot: ${why}${complaints === '' ? '' : `\n${complaints.trimEnd()}`}`,
          '`npm run sandbox -- reset` gives the nodes new disks.',
        ),
      );
    child.once('error', (error) => fail(error.message));
    child.once('close', (code, killedBy) =>
      fail(killedBy === null ? `exit code ${code}` : `killed by ${killedBy}`),
    );
    createInterface({ input: stdout }).on('line', (line) => {
      const [word, value] = line.split(' ');
      if (word === 'pid') progress.pid = Number(value);
      if (word === 'volatile') progress.volatile = true;
      if (word === 'userns') {
        try {
          writeFileSync(`/proc/${progress.pid}/uid_map`, ID_MAP);
          writeFileSync(`/proc/${progress.pid}/gid_map`, ID_MAP);
        } catch (error) {
          signal(progress.pid, 'SIGKILL');
          fail(`its user ids can't be mapped (${error instanceof Error ? error.message : String(error)})`);
          return;
        }
        stdin.write('go\n');
      }
      if (word === 'down') onDown();
      if (word !== 'ready') return;
      if (isUp) onUp();
      isUp = true;
      resolve(progress);
    });
  });
}

function signal(pid: number, name: 'SIGKILL' | 'SIGINT'): void {
  try {
    if (pid > 1) process.kill(pid, name);
  } catch {
    // Gone already.
  }
}
