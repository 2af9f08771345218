/** Brings the sandbox up, down, and back to nothing; the commands' side. */
import { spawn } from 'node:child_process';
import { existsSync, openSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { UserError } from '../errors';
import { isAlive, type ProcessIdentity } from '../process-identity';
import { PROJECT } from '../state-directory';
import { type ApplyRequest, applyTo, rebootIn, statusOf } from './control';
import { type DaemonRecord, runningDaemon } from './handle';
import { withLock } from './lock';
import type { SandboxPlan } from './plan';
import { MARKER, markedProcesses, mountsBelow } from './process-table';
import { requireNamespaces } from './requirements';
import { makeStateFolder, type StateFolder, stateFolder } from './state-folder';
import type { SandboxStatus } from './status';

export interface UpOptions {
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly resetFaults?: boolean;
}

/** How long an orderly end may take before it is forced, in milliseconds. */
const ORDERLY_MS = 10_000;

/**
 * Brings the sandbox up; on a running one it applies what has changed.
 *
 * @throws UserError when this machine can't hold one, or it did not come up
 */
export async function up(
  plan: SandboxPlan,
  options: UpOptions = {},
): Promise<{ daemon: DaemonRecord; status: SandboxStatus }> {
  const state = stateFolder(plan.environment);
  const request: ApplyRequest = {
    plan,
    settings: { ...options.settings },
    resetFaults: options.resetFaults === true,
  };
  const running = runningDaemon(state);
  if (running === undefined) requireNamespaces();
  makeStateFolder(state);
  return withLock(state.lock, async () => {
    const found = runningDaemon(state);
    if (found !== undefined) {
      const status = await applyTo(found, request);
      return { daemon: runningDaemon(state) ?? found, status };
    }
    await cleanUp(state);
    await startDaemon(state, request);
    const daemon = runningDaemon(state);
    if (daemon === undefined)
      throw new UserError('the sandbox ended right after its start', `Its log: ${state.log}`);
    return { daemon, status: await statusOf(daemon) };
  });
}

/**
 * Reboots a node of the running sandbox and waits until it is up again.
 *
 * @throws UserError when the sandbox is not up or has no such node
 */
export async function reboot(node: string, environment?: string): Promise<void> {
  const daemon = runningDaemon(stateFolder(environment));
  if (daemon === undefined) throw new UserError('the sandbox is not up', 'Run `npm run sandbox -- up`.');
  await rebootIn(daemon, node);
}

/** Ends the sandbox and waits until nothing of it is left; the disks stay. Says whether there was anything. */
export async function down(environment?: string): Promise<boolean> {
  const state = stateFolder(environment);
  if (!isThere(state)) return false;
  return withLock(state.lock, () => end(state));
}

/** Ends the sandbox and throws its disks, parameters, keys and ports away. Says whether it was running. */
export async function reset(environment?: string): Promise<boolean> {
  const state = stateFolder(environment);
  if (!isThere(state)) return false;
  return withLock(state.lock, async () => {
    const wasUp = await end(state);
    for (const name of readdirSync(state.root))
      if (!name.startsWith('lock')) rmSync(join(state.root, name), { recursive: true, force: true });
    return wasUp;
  });
}

/** @throws UserError where this user may not even look */
function isThere(state: StateFolder): boolean {
  runningDaemon(state);
  return existsSync(state.root);
}

/** What is running; undefined when nothing is. */
export async function currentStatus(environment?: string): Promise<SandboxStatus | undefined> {
  const daemon = runningDaemon(stateFolder(environment));
  return daemon === undefined ? undefined : statusOf(daemon);
}

async function end(state: StateFolder): Promise<boolean> {
  const daemon = runningDaemon(state);
  if (daemon !== undefined) {
    kill(daemon.pid, 'SIGTERM');
    await gone(daemon, ORDERLY_MS);
  }
  const left = await cleanUp(state);
  return daemon !== undefined || left;
}

/**
 * Clears away what a daemon has left that was killed, or that did not end. Nodes end with their daemon by themselves, and
 * their mounts with them; this is for whatever went wrong there.
 */
async function cleanUp(state: StateFolder): Promise<boolean> {
  const left = markedProcesses(state.root);
  for (const pid of left) kill(pid, 'SIGKILL');
  for (const until = Date.now() + ORDERLY_MS; markedProcesses(state.root).length > 0; await sleep(20)) {
    if (Date.now() < until) continue;
    const pids = markedProcesses(state.root).join(', ');
    throw new UserError(
      `processes of the sandbox can't be ended: ${pids}`,
      'End them as root, then try again.',
    );
  }
  for (const point of mountsBelow(state.root).reverse()) await unmount(point);
  rmSync(state.daemon, { force: true });
  return left.length > 0;
}

async function unmount(point: string): Promise<void> {
  await new Promise<void>((resolve) => {
    const child = spawn('umount', ['--lazy', point], { stdio: 'ignore' });
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  if (mountsBelow(point).includes(point))
    throw new UserError(`${point} is still mounted`, `Unmount it as root (umount ${point}), then try again.`);
}

const outcome = z.strictObject({ ok: z.boolean(), what: z.string().optional(), next: z.string().optional() });

async function startDaemon(state: StateFolder, request: ApplyRequest): Promise<void> {
  const log = openSync(state.log, 'w', 0o600);
  const child = spawn(
    process.execPath,
    ['--import', pathToFileURL(require.resolve('tsx')).href, join(__dirname, 'daemon.ts'), state.root],
    {
      cwd: PROJECT,
      detached: true,
      stdio: ['pipe', log, log, 'pipe'],
      env: { ...daemonEnvironment(), [MARKER]: state.root },
    },
  );
  child.stdin?.on('error', () => {}); // A daemon that ended at once: its report, or the lack of one, tells.
  child.stdin?.end(JSON.stringify(request));
  // The fourth of stdio is a pipe, as asked for above.
  const report = child.stdio[3] as Readable;
  const line = await firstLine(report);
  report.destroy();
  child.unref();
  if (line === undefined)
    throw new UserError('the sandbox ended while it was starting', `Its log: ${state.log}`);
  const said = outcome.parse(JSON.parse(line));
  if (!said.ok)
    throw new UserError(said.what ?? 'the sandbox did not start', said.next ?? `Its log: ${state.log}`);
}

/** Nothing of the operator's environment but what decides what is started: no keys, no tokens. */
function daemonEnvironment(): Record<string, string> {
  const kept = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'KUBEBUILDER_ASSETS'];
  return Object.fromEntries(
    kept.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function firstLine(stream: Readable): Promise<string | undefined> {
  return new Promise((resolve) => {
    const reader = createInterface({ input: stream });
    reader.once('line', resolve);
    reader.once('close', () => resolve(undefined));
  });
}

async function gone(identity: ProcessIdentity, milliseconds: number): Promise<void> {
  for (const until = Date.now() + milliseconds; isAlive(identity) && Date.now() < until; ) await sleep(20);
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Ended meanwhile.
  }
}
