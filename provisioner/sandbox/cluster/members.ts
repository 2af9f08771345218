/** Who is in the cluster: servers and agents, joined by token, for as long as their k3s process holds its connection. */
import { randomUUID } from 'node:crypto';
import type { SandboxPlan } from '../plan';
import { digestOf } from './digest';
import { type K3sConfig, K3sFatal } from './k3s-config';
import { type Member, memberOf } from './member';

export type { Member } from './member';

/** Where nodes are shown: the simulated cluster's objects, or a real API. */
export interface NodeRegistry {
  ready(member: Member): Promise<void>;
  notReady(name: string): Promise<void>;
  /** Names of the Node objects there are. */
  names(): Promise<readonly string[]>;
}

/** What the servers of a cluster keep in their database. */
export interface ClusterRecords {
  /** Digest of the token that made the cluster. */
  tokenDigest(): string | undefined;
  setTokenDigest(digest: string): void;
  /** Names of the servers whose data is in etcd; empty while one server keeps it in SQLite. */
  etcdMembers(): readonly string[];
  setEtcdMembers(names: readonly string[]): void;
}

/** What a process brings along on its disk. */
export interface Disk {
  /** It has been a member of etcd. */
  readonly etcd: boolean;
  /** host:port of the servers that it has met: what K3s's own load balancer keeps. */
  readonly servers: readonly string[];
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
  readonly disk: Disk;
}

export class Members {
  private readonly planned = new Map<string, Planned>();
  private readonly sessions = new Map<string, Member>();
  private readonly present = new Map<string, Member>();
  private readonly listeners = new Map<string, (line: string) => void>();
  private answered = false;
  /** Servers that are up and wait for a majority. */
  private waiting: (() => void)[] = [];

  constructor(
    private plan: SandboxPlan,
    private readonly registry: NodeRegistry,
    private readonly records: ClusterRecords,
    /** Address of the Kubernetes API: host:port. */
    private readonly address: string,
    /** Called when the API begins to answer and when it no longer does. */
    private readonly onAnswer: (answers: boolean) => Promise<void>,
  ) {}

  replan(plan: SandboxPlan): void {
    this.plan = plan;
  }

  /** Whether the API answers: with etcd, a majority of its members runs; with SQLite, the server does. */
  get answers(): boolean {
    const running = this.servers().map(({ name }) => name);
    const members = this.records.etcdMembers();
    if (members.length === 0) return running.length > 0;
    return members.filter((name) => running.includes(name)).length > members.length / 2;
  }

  /** Whether the API answers on this node: a server asks its own process, an agent any server. */
  answersOn(nodeName: string): boolean {
    const role = this.plan.nodes.find(({ name }) => name === nodeName)?.role;
    return this.answers && (role !== 'server' || this.servers().some(({ node }) => node === nodeName));
  }

  /** Whether K3s runs on this node, and takes part. */
  runsOn(nodeName: string): boolean {
    return [...this.present.values()].some(({ node }) => node === nodeName);
  }

  /** Arguments of the kube-apiserver that this node asks: a server its own, an agent any. */
  apiserverArgumentsFor(nodeName: string): readonly string[] {
    const servers = this.servers();
    return (servers.find(({ node }) => node === nodeName) ?? servers[0])?.apiserverArguments ?? [];
  }

  /** Whether a server at this address takes connections. */
  answersAt(ip: string): boolean {
    return this.answers && this.servers().some((server) => server.ip === ip);
  }

  /** host:port of the servers that answer. */
  serverAddresses(): string[] {
    return this.answers ? this.servers().map(({ ip }) => `${ip}:6443`) : [];
  }

  /** Whether a server of this name runs and keeps its data in etcd. */
  isEtcdUp(name: string): boolean {
    return [...this.present.values()].some((member) => member.name === name && member.etcd);
  }

  /** Remembers what a process wants to be; the result names it in `join`. */
  prepare(
    nodeName: string,
    config: K3sConfig,
    process: { readonly version: string; readonly hostname: string; readonly disk: Disk },
  ): { id: string; member: Member } {
    const planned = this.plan.nodes.find(({ name }) => name === nodeName);
    const member = memberOf(nodeName, planned, config, process);
    const id = randomUUID();
    this.planned.set(id, { member, config, disk: process.disk });
    return { id, member };
  }

  /**
   * Lets a process in that knows the token.
   *
   * @throws NotYet when no server is up or the token is wrong; K3sFatal when it gives up, as the real one does
   */
  async join(id: string, token: string): Promise<string> {
    const found = this.planned.get(id);
    if (found === undefined) throw new K3sFatal('the sandbox was restarted meanwhile');
    const digest = digestOf(passwordOf(token));
    if (found.member.role === 'server') await this.joinAsServer(found, digest);
    else this.joinAsAgent(found, digest);
    this.planned.delete(id);
    const session = randomUUID();
    this.sessions.set(session, found.member);
    return session;
  }

  memberOfSession(session: string): Member | undefined {
    return this.sessions.get(session);
  }

  /** Tells every server that runs something: a line on its connection. */
  tell(line: string): void {
    for (const write of this.listeners.values()) write(line);
  }

  /** @param write puts a line on the connection of a server's process, while it lasts */
  listen(session: string, write: (line: string) => void): void {
    if (this.sessions.get(session)?.role === 'server') this.listeners.set(session, write);
  }

  /** The process holds its connection from now on. Resolves when the node takes part: a server waits for a majority. */
  async attach(session: string, gone: Promise<void>): Promise<void> {
    const member = this.sessions.get(session);
    if (member === undefined) throw new K3sFatal('unknown session');
    this.present.set(session, member);
    await this.changed();
    if (member.role === 'server' && !this.answers)
      await Promise.race([gone, new Promise<void>((resolve) => this.waiting.push(resolve))]);
    if (this.present.has(session)) await this.registry.ready(member);
  }

  /** The process is gone, or its node. */
  async detach(session: string): Promise<void> {
    const member = this.present.get(session);
    this.sessions.delete(session);
    this.listeners.delete(session);
    if (member === undefined) return;
    this.present.delete(session);
    // Another process may hold the same node meanwhile: a restart.
    if (![...this.present.values()].some(({ name }) => name === member.name))
      await this.registry.notReady(member.name);
    await this.forgetDeleted();
    await this.changed();
  }

  private servers(): Member[] {
    return [...this.present.values()].filter(({ role }) => role === 'server');
  }

  private async changed(): Promise<void> {
    const { answers } = this;
    if (answers !== this.answered) {
      this.answered = answers;
      await this.onAnswer(answers);
    }
    if (!answers) return;
    for (const go of this.waiting.splice(0)) go();
  }

  private async joinAsServer({ member, config, disk }: Planned, digest: string): Promise<void> {
    await this.forgetDeleted();
    const members = this.records.etcdMembers();
    const returns = disk.etcd && members.includes(member.name);
    const url = config.value('server');
    if (returns) this.requireToken(digest);
    else if (url === undefined) this.foundCluster(member, digest);
    else this.joinEtcd(member, url, digest);
    if (member.etcd && !members.includes(member.name)) this.records.setEtcdMembers([...members, member.name]);
  }

  /** Deleting the Node of a server takes it out of etcd: K3s's own controller does so. */
  private async forgetDeleted(): Promise<void> {
    const members = this.records.etcdMembers();
    const nodes = await this.registry.names();
    const running = this.servers().map(({ name }) => name);
    const left = members.filter((name) => nodes.includes(name) || running.includes(name));
    if (left.length < members.length) this.records.setEtcdMembers(left);
  }

  /** The first server decides on the token; itself after a restart must know it. */
  private foundCluster(member: Member, digest: string): void {
    const others = this.records.etcdMembers().filter((name) => name !== member.name);
    if (others.length > 0)
      throw new K3sFatal(
        `${member.name} has no data and would make a second cluster beside that of ${others.join(', ')} (the simulated one refuses; the real one would do it)`,
      );
    if (this.records.tokenDigest() === undefined) this.records.setTokenDigest(digest);
    else this.requireToken(digest);
  }

  private requireToken(digest: string): void {
    if (this.records.tokenDigest() !== digest)
      throw new K3sFatal(
        'starting kubernetes: preparing server: bootstrap data already found and encrypted with different token',
      );
  }

  /** Another server gives up where an agent would wait: systemd starts it again. */
  private joinEtcd(member: Member, url: string, digest: string): void {
    const address = addressIn(url);
    if (!this.serverAddresses().includes(address) && !(this.answers && address === this.address))
      throw new K3sFatal(
        `starting kubernetes: preparing server: failed to get CA certs: Get ${url}/cacerts: dial tcp ${address}: connect: connection refused`,
      );
    if (this.records.tokenDigest() !== digest)
      throw new K3sFatal(
        'starting kubernetes: preparing server: failed to validate token: token is not valid: 401 Unauthorized',
      );
    if (this.records.etcdMembers().includes(member.name))
      throw new K3sFatal(
        'etcd cluster join failed: duplicate node name found, please use a unique name for this node',
      );
  }

  private joinAsAgent({ config, disk }: Planned, digest: string): void {
    const url = config.value('server');
    if (url === undefined) throw new K3sFatal('--server is required');
    const address = addressIn(url);
    const known = this.answers ? [this.address, ...this.serverAddresses()] : [];
    if (![address, ...disk.servers].some((candidate) => known.includes(candidate)))
      throw new NotYet(
        503,
        `failed to get CA certs: Get ${url}/cacerts: dial tcp ${address}: connect: connection refused`,
      );
    if (this.records.tokenDigest() !== digest)
      throw new NotYet(
        401,
        `failed to retrieve configuration from server: ${url}/v1-k3s/config: 401 Unauthorized: token is not valid`,
      );
  }
}

function addressIn(url: string): string {
  const address = /^https:\/\/([^/]+)\/?$/.exec(url)?.[1];
  if (address !== undefined) return address;
  throw new K3sFatal(`Invalid server url, failed to parse: ${url}: server url must be https://host:port`);
}

/** The token in the form in which K3s keeps it. */
export function fullToken(ca: string, token: string): string {
  return `K10${digestOf(ca)}::server:${passwordOf(token)}`;
}

/** `K10<digest>::server:<password>` or the password alone. */
export function passwordOf(token: string): string {
  const trimmed = token.trim();
  return /^K10[0-9a-f]+::(?:[^:]*:)?(.*)$/.exec(trimmed)?.[1] ?? trimmed;
}
