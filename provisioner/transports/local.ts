import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { messageOf } from '../aws-errors';
import { inParallel } from '../engine/in-parallel';
import type { Host } from '../engine/play';
import { ScriptOutput } from './script-end';
import { scriptStop, settlesWithin } from './script-limits';
import { killArguments, standardInput, startArguments } from './shell-start';
import type {
  Outcome,
  Reachability,
  RunRequest,
  Transport,
  TransportLimits,
  TransportUsage,
} from './transport';

/** Most bytes of standard output that are kept of a script. */
const OUTPUT_BYTES = 1024 * 1024;

/** How long the end of a killed script is waited for, in milliseconds. */
const KILL_MS = 5_000;

/** How long output may still trickle in after the script's end, in milliseconds. */
const GRACE_MS = 200;

/** Runs scripts on this machine, which is the node: as root, or through sudo without a password. */
export class LocalTransport implements Transport {
  readonly name = 'local';
  readonly limits: TransportLimits = {
    fits: () => true,
    outputChars: OUTPUT_BYTES,
    nodesPerScript: 50,
    streams: true,
  };

  private commands = 0;

  get usage(): TransportUsage {
    return { commands: this.commands, apiCalls: 0, throttles: 0 };
  }

  async reachable(hosts: readonly Host[]): Promise<ReadonlyMap<string, Reachability>> {
    return new Map(hosts.map((host) => [host.name, { online: true }]));
  }

  async run(request: RunRequest): Promise<void> {
    await inParallel(request.hosts, request.forks, async (host) =>
      request.onOutcome(host, await this.runOn(host, request)),
    );
  }

  async close(): Promise<void> {}

  private async runOn(host: Host, request: RunRequest): Promise<Outcome> {
    if (request.signal.aborted)
      return { kind: 'cancelled', reason: 'interrupted before it was started', stdout: '' };
    this.commands += 1;
    const output = new ScriptOutput(OUTPUT_BYTES, (chunk) => request.onOutput?.(host, chunk));
    const [command, ...args] = startArguments(isRoot());
    // A session of its own makes the process group that a time limit or Ctrl-C kills.
    const child = spawn(command, args, { detached: true, cwd: '/', env: { PATH: process.env.PATH } });
    child.stdout.on('data', (chunk: Buffer) => output.addStdout(chunk));
    child.stderr.on('data', (chunk: Buffer) => output.addStderr(chunk));
    child.stdin.on('error', () => {}); // It ended before it had read the script: the exit code tells.
    child.stdin.end(standardInput(request.script, host.id));
    return outcomeOf(child, output, request);
  }
}

async function outcomeOf(
  child: ChildProcess,
  output: ScriptOutput,
  request: Pick<RunRequest, 'timeoutSeconds' | 'signal'>,
): Promise<Outcome> {
  const ended = endOf(child);
  const stop = scriptStop(request);
  try {
    const end = await Promise.race([ended, stop.promise]);
    if (typeof end === 'number') return output.finished(end);
    killGroup(output.started?.group ?? child.pid);
    const doubt = (await settlesWithin(ended, KILL_MS)) ? '' : '; its end was not seen yet';
    return { ...end, reason: `${end.reason}${doubt}`, stdout: output.text };
  } catch (error) {
    return { kind: 'unreachable', reason: `no shell can be started: ${messageOf(error)}` };
  } finally {
    stop.forget();
  }
}

/** The exit code. A service that the script started may keep the streams open for years: they are not waited for. */
function endOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, killedBy) => {
      const exitCode = code ?? 128 + (killedBy === null ? 0 : constants.signals[killedBy]);
      const late = setTimeout(() => resolve(exitCode), GRACE_MS);
      child.once('close', () => {
        clearTimeout(late);
        resolve(exitCode);
      });
    });
  });
}

function killGroup(group: number | undefined): void {
  if (group === undefined) return;
  const [command, ...args] = killArguments(isRoot(), group);
  spawn(command, args, { stdio: 'ignore' }).on('error', () => {});
}

function isRoot(): boolean {
  return process.geteuid?.() === 0;
}
