/** A node of the sandbox, seen as the SSM agent that runs on it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { InventoryNode } from '../../inventory/schema';
import type { Agent, AgentCommand, RunningCommand } from '../agent';
import { capture } from './capture';
import { type BootedNode, boot, enterArguments } from './namespaces';
import { writeSeed } from './seed';

export interface NodeOptions {
  readonly node: InventoryNode;
  readonly region: string;
  /** Folder of this node below the sandbox's state. */
  readonly folder: string;
  readonly procSys: string;
  readonly marker: Readonly<Record<string, string>>;
  /** What the SDKs and `curl` on the node ask: the loopback stands in for the link-local address and the regional endpoint. */
  readonly metadataUrl: string;
  readonly ssmUrl: string;
  readonly s3Url: string;
  readonly elasticacheUrl: string;
  readonly clusterUrl: string;
  readonly clusterKey: string;
  readonly supervisorPort: number;
  /** What the simulated apt-get asks for packages. */
  readonly archiveUrl: string;
  /** The host's real kubectl, where the Kubernetes API is real. */
  readonly kubectl: string | undefined;
  /** Starts what does not start by itself, after a reboot; the node counts as up when it is through. */
  readonly onReboot: (node: SandboxNode) => Promise<void>;
}

export interface SandboxNode extends Agent {
  readonly node: InventoryNode;
  readonly metadataUrl: string;
  /** The host's number of the node's PID 1; undefined when it is down. */
  readonly pid: number | undefined;
  /** False where the disk lives in memory. */
  readonly diskSurvives: boolean;
  powerOff(): Promise<void>;
}

/** The agent's PATH on Ubuntu. */
export const AGENT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Makes the disk when there is none, and boots.
 *
 * @throws UserError when the node does not come up
 */
export async function bootNode(options: NodeOptions): Promise<SandboxNode> {
  const disk = join(options.folder, 'disk');
  const seed = join(options.folder, 'seed');
  mkdirSync(disk, { recursive: true, mode: 0o700 });
  writeSeed(seed, options);
  const power = new Power();
  const booted = await boot({
    onDown: () => power.goDown(),
    onUp: () => power.comeUp(),
    name: options.node.name,
    disk,
    seed,
    procSys: options.procSys,
    kubectl: options.kubectl,
    marker: options.marker,
  });
  const made = new NamespaceNode(options, booted, power);
  power.onReboot = () => options.onReboot(made);
  return made;
}

/** Whether a node is up, and who waits for that. */
class Power {
  /** Counts the times that it went down. */
  reboots = 0;
  isUp = true;
  onReboot: () => Promise<void> = async () => {};
  private waiting: (() => void)[] = [];

  goDown(): void {
    if (!this.isUp) return;
    this.isUp = false;
    this.reboots += 1;
  }

  comeUp(): void {
    void this.onReboot().finally(() => {
      this.isUp = true;
      for (const tell of this.waiting.splice(0)) tell();
    });
  }

  whenUp(): Promise<void> {
    return new Promise((resolve) => {
      if (this.isUp) resolve();
      else this.waiting.push(resolve);
    });
  }
}

class NamespaceNode implements SandboxNode {
  readonly node: InventoryNode;
  readonly instanceId: string;
  readonly ipAddress: string;
  readonly metadataUrl: string;
  readonly diskSurvives: boolean;
  private up = true;

  constructor(
    private readonly options: NodeOptions,
    private readonly booted: BootedNode,
    private readonly power: Power,
  ) {
    this.node = options.node;
    this.instanceId = options.node.instanceId;
    this.ipAddress = options.node.privateIp;
    this.metadataUrl = options.metadataUrl;
    this.diskSurvives = booted.diskSurvives;
    void booted.gone.then(() => {
      this.up = false;
    });
  }

  /** EC2's private DNS name, which is what the agent registers with. */
  get computerName(): string {
    return `ip-${this.ipAddress.replaceAll('.', '-')}.${this.options.region}.compute.internal`;
  }

  /** Looks itself, too: the news of an end may still be on its way. */
  get nodeName(): string {
    return this.node.name;
  }

  get running(): boolean {
    return this.up && this.power.isUp && existsSync(`/proc/${this.booted.pid}`);
  }

  get pid(): number | undefined {
    return this.up && existsSync(`/proc/${this.booted.pid}`) ? this.booted.pid : undefined;
  }

  start(command: AgentCommand): RunningCommand {
    const folder = orchestrationFolder(this.instanceId, command.commandId);
    const child = spawn(
      'nsenter',
      [
        ...enterArguments(this.booted.pid),
        '/bin/sh',
        '-c',
        RUN_SCRIPT,
        'ssm-agent',
        folder,
        command.workingDirectory ?? '',
      ],
      { stdio: ['pipe', 'pipe', 'pipe'], env: this.environment(), cwd: '/' },
    );
    child.stdin.on('error', () => {}); // Killed before it read its script: the exit code tells.
    child.stdin.end(`${command.lines.join('\n')}\n`);
    return { result: this.watched(capture(child), this.power.reboots), kill: () => killGroup(child) };
  }

  async reboot(): Promise<void> {
    this.power.goDown();
    this.booted.reboot();
    await this.power.whenUp();
  }

  goAway(): void {
    this.power.goDown();
    void this.powerOff();
  }

  private async watched(result: RunningCommand['result'], reboots: number): RunningCommand['result'] {
    const end = await result;
    // News that the node went down by itself may come after the end of its processes.
    if (end.exitCode === KILLED && this.power.reboots === reboots) await wait(NEWS_MS);
    return this.power.reboots === reboots && this.up ? end : { ...end, lost: true };
  }

  async powerOff(): Promise<void> {
    await this.booted.powerOff();
    this.up = false;
  }

  /** What the agent's own process has: nothing of a login. */
  private environment(): Record<string, string> {
    return {
      PATH: AGENT_PATH,
      AWS_SSM_INSTANCE_ID: this.instanceId,
      AWS_SSM_REGION_NAME: this.options.region,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: this.options.metadataUrl,
      AWS_ENDPOINT_URL_SSM: this.options.ssmUrl,
      AWS_ENDPOINT_URL_S3: this.options.s3Url,
      AWS_ENDPOINT_URL_ELASTICACHE: this.options.elasticacheUrl,
    };
  }
}

/** 128 + SIGKILL. */
const KILLED = 137;
const NEWS_MS = 300;

/** Where the agent of SSM keeps a script, on real instances too. */
function orchestrationFolder(instanceId: string, commandId: string): string {
  return `/var/lib/amazon/ssm/${instanceId}/document/orchestration/${commandId}/awsrunShellScript/0.awsrunShellScript`;
}

/**
 * Runs in the node: the script arrives on standard input, so that no path of the node is ever followed from outside.
 * A session of its own makes the process group that a time-out or a cancel kills.
 */
const RUN_SCRIPT = [
  'umask 022',
  'mkdir -p -- "$1" && chmod 0700 "$1" && cat >"$1/_script.sh" && chmod 0700 "$1/_script.sh" || exit 1',
  'cd -- "${2:-$1}" || exit 1',
  'script=$1/_script.sh',
  'unset OLDPWD',
  'exec </dev/null',
  'exec setsid sh "$script"',
].join('\n');

/** The script leads a session inside: it is the only child of nsenter, which waits for it outside. */
function killGroup(child: ChildProcess): void {
  const inside = child.pid === undefined ? undefined : onlyChildOf(child.pid);
  for (const target of inside === undefined ? [] : [-inside, inside]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // Ended by itself meanwhile, or no session of its own yet.
    }
  }
  if (inside === undefined) child.kill('SIGKILL');
}

function onlyChildOf(pid: number): number | undefined {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return children === '' ? undefined : Number(children.split(' ')[0]);
  } catch {
    return undefined;
  }
}
