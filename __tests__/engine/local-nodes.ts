import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host } from '../../provisioner/engine/play';
import { quote } from '../../provisioner/engine/shell';
import type {
  Outcome,
  RunRequest,
  Transport,
  TransportLimits,
  TransportUsage,
} from '../../provisioner/transports/transport';
import type { Carrier } from './carriers';

/** A stand-in for a fleet: each node is a folder, and a script runs in a local shell that thinks the folder its state. */
export class LocalNodes implements Transport {
  readonly name = 'local';
  readonly folder = mkdtempSync(join(tmpdir(), 'stagecraft-nodes-'));
  readonly scripts: string[] = [];
  /** How often each node was rebooted. */
  readonly reboots = new Map<string, number>();
  /** Nodes that run a script again without having been rebooted. */
  readonly neverReboots = new Set<string>();
  /** Nodes that can't be reached. */
  readonly offline = new Set<string>();
  /** Variables beside the ones that make a folder a node. */
  environment: NodeJS.ProcessEnv = {};
  /** Replaces what a node answers. */
  answer: (host: Host, outcome: Outcome, script: string) => Outcome = (_, outcome) => outcome;
  limits: TransportLimits = {
    fits: () => true,
    outputChars: 24_000,
    nodesPerScript: 50,
    streams: false,
  };

  /**
   * @param shell what runs the scripts
   * @param carrier a real transport that carries them there instead
   */
  constructor(
    private readonly shell: readonly string[] = ['sh'],
    private readonly carrier?: Carrier,
  ) {
    if (carrier !== undefined) this.limits = carrier.transport.limits;
  }

  get usage(): TransportUsage {
    return { commands: this.scripts.length, apiCalls: 0, throttles: 0 };
  }

  /** The folder of a node: `wanted` is where its tasks write. */
  of(host: Host | string): string {
    return join(this.folder, typeof host === 'string' ? host : host.name);
  }

  async reachable(hosts: readonly Host[]) {
    return new Map(
      hosts.map((host) => [
        host.name,
        this.offline.has(host.name)
          ? ({ online: false, reason: 'switched off' } as const)
          : ({ online: true } as const),
      ]),
    );
  }

  async run(request: RunRequest): Promise<void> {
    const { script, hosts, onOutcome } = request;
    this.scripts.push(script);
    await Promise.all(
      hosts.map(async (host) => {
        let outcome = await this.execute(host, request);
        while (outcome.kind === 'finished' && outcome.exitCode === 194) {
          this.reboot(host);
          outcome = await this.execute(host, request);
        }
        onOutcome(host, this.answer(host, outcome, script));
      }),
    );
  }

  async close(): Promise<void> {}

  /** What runs in memory is gone, the disk stays. */
  reboot({ name }: Host): void {
    rmSync(join(this.of(name), 'scratch'), { recursive: true, force: true });
    const count = (this.reboots.get(name) ?? 0) + 1;
    this.reboots.set(name, count);
    if (!this.neverReboots.has(name)) writeFileSync(bootIdOf(this.of(name)), `boot-${count}\n`);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private execute(host: Host, request: RunRequest): Promise<Outcome> {
    const root = this.of(host);
    mkdirSync(root, { recursive: true });
    if (!existsSync(bootIdOf(root))) writeFileSync(bootIdOf(root), 'boot-0\n');
    const environment = {
      STAGECRAFT_NODE_ID: host.id,
      SC_STATE: join(root, 'state'),
      SC_LOGS: join(root, 'logs'),
      SC_SCRATCH: join(root, 'scratch'),
      SC_BOOT_ID: bootIdOf(root),
      NODE_ROOT: root,
      ...this.environment,
    };
    if (this.carrier !== undefined) return carry(this.carrier, host, request, environment);
    const [command = 'sh', ...args] = this.shell;
    const child = spawn(command, [...args, '-s'], { cwd: root, env: environment });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => request.onOutput?.(host, chunk));
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    child.stdin.end(request.script);
    return new Promise((resolve) => {
      child.on('close', (exitCode) =>
        resolve({
          kind: 'finished',
          exitCode: exitCode ?? -1,
          stdout: stdout.slice(0, this.limits.outputChars),
          stderr,
        }),
      );
    });
  }
}

/** One script for one node through a real transport; never with leave to reboot this machine. */
async function carry(
  { transport, hostOf }: Carrier,
  host: Host,
  { script, timeoutSeconds, signal, onOutput }: RunRequest,
  environment: NodeJS.ProcessEnv,
): Promise<Outcome> {
  const variables = Object.entries(environment).map(
    ([name, value = '']) => `${name}=${quote(value)}; export ${name}\n`,
  );
  const outcomes: Outcome[] = [];
  await transport.run({
    script: `${variables.join('')}${script}`,
    hosts: [hostOf(host)],
    comment: 'test',
    forks: 1,
    timeoutSeconds,
    signal,
    onOutcome: (_, outcome) => outcomes.push(outcome),
    onOutput: (_, chunk) => onOutput?.(host, chunk),
  });
  const [outcome] = outcomes;
  if (outcome === undefined) throw new Error('the transport gave no outcome');
  return outcome;
}

/** Beside the node's folder: it is none of its files. */
function bootIdOf(root: string): string {
  return `${root}.boot-id`;
}

export function host(name: string, ...groups: string[]): Host {
  return { name, id: `i-${createHash('sha256').update(name).digest('hex').slice(0, 17)}`, groups };
}
