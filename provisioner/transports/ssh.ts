import { inParallel } from '../engine/in-parallel';
import type { Host } from '../engine/play';
import { REBOOT } from '../engine/task';
import { type SshConnection, SshConnector, type SshTimes, usualTimes } from './ssh-connection';
import { HostKeys } from './ssh-host-keys';
import { IdentityReader } from './ssh-identities';
import { SshProblem } from './ssh-problem';
import { rebootOverSsh } from './ssh-reboot';
import { runOverSsh } from './ssh-script';
import type { SshTarget } from './ssh-target';
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

/** What differs per node is in the script: with more nodes it would grow without need. */
const NODES_PER_SCRIPT = 50;

/** Connections that are opened at once: each costs this machine some milliseconds of arithmetic. */
const OPEN_AT_ONCE = 64;

export interface SshOptions {
  readonly targetOf: (host: Host) => SshTarget;
  /** The operator's home folder, which has the usual keys. */
  readonly home: string;
  readonly times?: SshTimes;
}

/**
 * Runs scripts over SSH: one connection a node, opened before the first script and kept until `close`; a script costs a
 * channel in it. Scripts go through standard input, never into an argument list, and run as root.
 */
export class SshTransport implements Transport {
  readonly name = 'ssh';
  readonly limits: TransportLimits = {
    fits: () => true,
    outputChars: OUTPUT_BYTES,
    nodesPerScript: NODES_PER_SCRIPT,
    streams: true,
  };

  private readonly connector: SshConnector;
  private readonly connections = new Map<string, Promise<SshConnection>>();
  private commands = 0;

  constructor(private readonly options: SshOptions) {
    const identities = new IdentityReader(options.home);
    this.connector = new SshConnector(new HostKeys(), identities, options.times ?? usualTimes);
  }

  get usage(): TransportUsage {
    return { commands: this.commands, apiCalls: 0, throttles: 0 };
  }

  async reachable(hosts: readonly Host[], signal: AbortSignal): Promise<ReadonlyMap<string, Reachability>> {
    const found = new Map<string, Reachability>();
    await inParallel(hosts, OPEN_AT_ONCE, async (host) => {
      found.set(host.name, await this.reach(host, signal));
    });
    return found;
  }

  async run(request: RunRequest): Promise<void> {
    await inParallel(request.hosts, request.forks, async (host) =>
      request.onOutcome(host, await this.runOn(host, request)),
    );
  }

  async close(): Promise<void> {
    const all = [...this.connections.values()];
    this.connections.clear();
    for (const connection of await Promise.allSettled(all))
      if (connection.status === 'fulfilled') connection.value.close();
    await this.connector.close();
  }

  private async reach(host: Host, signal: AbortSignal): Promise<Reachability> {
    if (signal.aborted) return { online: false, reason: 'interrupted before it was connected to' };
    try {
      await unlessAborted(this.connection(host), signal);
      return { online: true };
    } catch (error) {
      return { online: false, reason: reasonOf(error) };
    }
  }

  private async runOn(host: Host, request: RunRequest): Promise<Outcome> {
    if (request.signal.aborted) return interrupted;
    try {
      return await this.passes(await unlessAborted(this.connection(host), request.signal), host, request);
    } catch (error) {
      if (request.signal.aborted) return interrupted;
      return { kind: 'unreachable', reason: reasonOf(error) };
    }
  }

  /** The script once, and again after each reboot that it asks for. */
  private async passes(first: SshConnection, host: Host, request: RunRequest): Promise<Outcome> {
    const script = {
      user: this.options.targetOf(host).user,
      script: request.script,
      nodeId: host.id,
      timeoutSeconds: request.timeoutSeconds,
      signal: request.signal,
      outputBytes: OUTPUT_BYTES,
      onOutput: (chunk: Buffer) => request.onOutput?.(host, chunk),
    };
    for (let connection = first; ; ) {
      this.commands += 1;
      const { outcome, bootId } = await runOverSsh(connection, script);
      const { rebootSeconds: seconds } = request;
      if (outcome.kind !== 'finished' || outcome.exitCode !== REBOOT) return outcome;
      if (bootId === undefined || seconds === undefined) return outcome;
      const connect = () => this.newConnection(host);
      const back = await rebootOverSsh(connection, { script, bootId, seconds, connect });
      if ('kind' in back) return back;
      connection = back;
    }
  }

  /** The node's connection; a new one where the last was lost between two scripts. */
  private async connection(host: Host): Promise<SshConnection> {
    const standing = await this.connections.get(host.name)?.catch(() => undefined);
    if (standing !== undefined && standing.lost === undefined) return standing;
    return this.newConnection(host);
  }

  private newConnection(host: Host): Promise<SshConnection> {
    const opening = this.connector.open(this.options.targetOf(host));
    this.connections.set(host.name, opening);
    return opening;
  }
}

const interrupted: Outcome = { kind: 'cancelled', reason: 'interrupted before it was sent', stdout: '' };

/** A connection that is being made is not waited for after Ctrl-C. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new Error('interrupted before it was connected to'));
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** Whatever it was, it is about this node: the others go on. */
function reasonOf(error: unknown): string {
  if (error instanceof SshProblem) return error.message;
  return error instanceof Error ? error.message : String(error);
}
