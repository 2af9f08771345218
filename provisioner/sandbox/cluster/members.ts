/** Who is in the cluster: servers and agents, joined by token, for as long as their k3s process holds its connection. */
import { randomUUID } from 'node:crypto';
import type { SandboxPlan } from '../plan';
import { type K3sConfig, K3sFatal } from './k3s-config';
import { digestOf } from './objects';

/** What the cluster is told of a node that joins. */
export interface Member {
  readonly name: string;
  readonly role: 'server' | 'agent';
  /** Keeps data in etcd rather than in SQLite. */
  readonly etcd: boolean;
  readonly ip: string;
  readonly version: string;
  readonly arch: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  readonly providerId: string;
}

/** Where nodes are shown: the simulated cluster's objects, or a real API. */
export interface NodeRegistry {
  ready(member: Member): Promise<void>;
  notReady(name: string): Promise<void>;
}

/** Keeps the digest of the token that made the cluster. */
export interface TokenKeeper {
  tokenDigest(): string | undefined;
  setTokenDigest(digest: string): void;
}

/** A join that may succeed later: the process tries again. */
export class NotYet extends Error {
  constructor(
    readonly status: 401 | 503,
    message: string,
  ) {
    super(message);
  }
}

interface Planned {
  readonly member: Member;
  readonly config: K3sConfig;
}

export class Members {
  private readonly planned = new Map<string, Planned>();
  private readonly sessions = new Map<string, Member>();
  private readonly present = new Map<string, Member>();

  constructor(
    private plan: SandboxPlan,
    private readonly registry: NodeRegistry,
    private readonly tokens: TokenKeeper,
    /** Address of the Kubernetes API: host:port. */
    private readonly address: string,
    /** Called when the first server is up and when the last one is gone. */
    private readonly onServers: (up: boolean) => Promise<void>,
  ) {}

  replan(plan: SandboxPlan): void {
    this.plan = plan;
  }

  get serverUp(): boolean {
    return [...this.present.values()].some(({ role }) => role === 'server');
  }

  /** Whether a server of this name runs and keeps its data in etcd. */
  isEtcdUp(name: string): boolean {
    return [...this.present.values()].some((member) => member.name === name && member.etcd);
  }

  /** Remembers what a process wants to be; the result names it in `join`. */
  prepare(
    nodeName: string,
    config: K3sConfig,
    version: string,
    hostname: string,
  ): { id: string; member: Member } {
    const member = this.memberOf(nodeName, config, version, hostname);
    const id = randomUUID();
    this.planned.set(id, { member, config });
    return { id, member };
  }

  /**
   * Lets a process in that knows the token.
   *
   * @throws NotYet when the server is not up or the token is wrong; K3sFatal when it can never succeed
   */
  join(id: string, token: string): string {
    const found = this.planned.get(id);
    if (found === undefined) throw new K3sFatal('the sandbox was restarted meanwhile');
    const digest = digestOf(passwordOf(token));
    const url = found.config.value('server');
    if (found.member.role === 'server' && url === undefined) this.foundCluster(digest);
    else this.joinCluster(url, digest);
    this.planned.delete(id);
    const session = randomUUID();
    this.sessions.set(session, found.member);
    return session;
  }

  memberOfSession(session: string): Member | undefined {
    return this.sessions.get(session);
  }

  /** The process holds its connection from now on. */
  async attach(session: string): Promise<Member> {
    const member = this.sessions.get(session);
    if (member === undefined) throw new K3sFatal('unknown session');
    const hadServer = this.serverUp;
    this.present.set(session, member);
    if (!hadServer && this.serverUp) await this.onServers(true);
    await this.registry.ready(member);
    return member;
  }

  /** The process is gone, or its node. */
  async detach(session: string): Promise<void> {
    const member = this.present.get(session);
    this.sessions.delete(session);
    if (member === undefined) return;
    this.present.delete(session);
    // Another process may hold the same node meanwhile: a restart.
    if (![...this.present.values()].some(({ name }) => name === member.name))
      await this.registry.notReady(member.name);
    if (member.role === 'server' && !this.serverUp) await this.onServers(false);
  }

  /** The first server decides on the token; later ones, and itself after a restart, must know it. */
  private foundCluster(digest: string): void {
    const known = this.tokens.tokenDigest();
    if (known === undefined) this.tokens.setTokenDigest(digest);
    else if (known !== digest)
      throw new K3sFatal(
        'starting kubernetes: preparing server: bootstrap data already found and encrypted with different token',
      );
  }

  private joinCluster(url: string | undefined, digest: string): void {
    if (url === undefined) throw new K3sFatal('--server is required');
    const address = /^https:\/\/([^/]+)\/?$/.exec(url)?.[1];
    if (address === undefined)
      throw new K3sFatal(`Invalid server url, failed to parse: ${url}: server url must be https://host:port`);
    if (!this.serverUp || !this.serverAddresses().includes(address))
      throw new NotYet(
        503,
        `failed to get CA certs: Get ${url}/cacerts: dial tcp ${address}: connect: connection refused`,
      );
    if (this.tokens.tokenDigest() !== digest)
      throw new NotYet(
        401,
        `failed to retrieve configuration from server: ${url}/v1-k3s/config: 401 Unauthorized: token is not valid`,
      );
  }

  private serverAddresses(): string[] {
    const servers = [...this.present.values()].filter(({ role }) => role === 'server');
    return [this.address, ...servers.map(({ ip }) => `${ip}:6443`)];
  }

  private memberOf(nodeName: string, config: K3sConfig, version: string, hostname: string): Member {
    const node = this.plan.nodes.find(({ name }) => name === nodeName);
    const ip = config.value('node-ip')?.split(',')[0] ?? node?.privateIp ?? '127.0.0.1';
    return {
      name: (config.value('node-name') ?? hostname).toLowerCase(),
      role: config.role,
      etcd:
        config.role === 'server' && (config.isTrue('cluster-init') || config.value('server') !== undefined),
      ip,
      version,
      arch: node?.arch ?? 'amd64',
      labels: Object.fromEntries(config.values('node-label').map((label) => keyAndValue(label, '='))),
      taints: config.values('node-taint').map(taintOf),
      providerId:
        config
          .values('kubelet-arg')
          .find((argument) => argument.startsWith('provider-id='))
          ?.slice('provider-id='.length) ?? `k3s://${nodeName}`,
    };
  }
}

/** `K10<digest>::server:<password>` or the password alone. */
export function passwordOf(token: string): string {
  const trimmed = token.trim();
  return /^K10[0-9a-f]+::(?:[^:]*:)?(.*)$/.exec(trimmed)?.[1] ?? trimmed;
}

function taintOf(text: string): Member['taints'][number] {
  const [rest, effect] = keyAndValue(text, ':');
  if (!['NoSchedule', 'PreferNoSchedule', 'NoExecute'].includes(effect))
    throw new K3sFatal(`invalid taint effect: ${effect}, unsupported taint effect`);
  const [key, value] = keyAndValue(rest, '=');
  return value === '' ? { key, effect } : { key, value, effect };
}

function keyAndValue(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
