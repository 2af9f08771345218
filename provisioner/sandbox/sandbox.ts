/** The sandbox itself, as it lives in the daemon: services on loopback and the nodes. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../errors';
import { type Cluster, createCluster } from './cluster';
import {
  type CredentialStore,
  createCredentialStore,
  createSettingsStore,
  isTerminated,
  type Listener,
  type SettingsStore,
  sandboxSettings,
} from './endpoint';
import type { SandboxHandle } from './handle';
import { type Identity, loadIdentity } from './identity';
import { inventoryOf, parameterPrefixOf } from './inventory';
import { createMetadataServer } from './metadata';
import { ARCHIVE_PATH } from './mirror';
import { bootNode, type SandboxNode } from './nodes/node';
import { copyProcSys } from './nodes/proc-sys';
import type { PlannedSandboxNode, SandboxPlan } from './plan';
import { MARKER } from './process-table';
import { type Services, startServices, stopServices } from './services';
import { isOneOf, type NodeNames, refuseWrongNodes } from './setting-nodes';
import { createNodeSsh, type NodeSsh } from './ssh';
import type { StateFolder } from './state-folder';
import { awsEnvironment, type SandboxStatus, simulatedParts } from './status';

export class Sandbox {
  /** Called when the handle has changed. */
  onChange: () => void = () => {};
  private readonly nodes = new Map<string, SandboxNode>();
  private readonly metadata = new Map<string, Listener>();
  private readonly ssh: NodeSsh;

  private constructor(
    private readonly state: StateFolder,
    private plan: SandboxPlan,
    private readonly identity: Identity,
    private readonly settings: SettingsStore,
    private readonly credentials: CredentialStore,
    private readonly cluster: Cluster,
    private readonly services: Services,
  ) {
    this.ssh = createNodeSsh(state, identity);
  }

  /** Starts services and nodes. */
  static async start(state: StateFolder, plan: SandboxPlan, settingsPatch: object): Promise<Sandbox> {
    refuseWrongNodes(plan, settingsPatch);
    const identity = loadIdentity(state);
    const settings = createSettingsStore();
    settings.set(settingsPatch);
    const credentials = createCredentialStore();
    credentials.addOperator(identity.accessKeyId, identity.secretAccessKey);
    // A request may come in while the nodes are still being made.
    let made: Sandbox | undefined;
    const services = await startServices({
      state,
      plan,
      identity,
      settings,
      credentials,
      agents: {
        all: () => [...(made?.nodes.values() ?? [])].filter((node) => !isTerminated(node, settings.get())),
        tagsOf: (instanceId) => made?.tagsOf(instanceId) ?? {},
      },
    });
    const cluster = await createCluster({ state, identity, plan });
    const sandbox = new Sandbox(state, plan, identity, settings, credentials, cluster, services);
    made = sandbox;
    try {
      copyProcSys(state.procSys);
      await sandbox.bootMissing();
    } catch (error) {
      await sandbox.stop();
      throw error;
    }
    return sandbox;
  }

  get handle(): SandboxHandle {
    return {
      endpoint: this.services.ssm.url,
      region: this.plan.region,
      credentials: {
        accessKeyId: this.identity.accessKeyId,
        secretAccessKey: this.identity.secretAccessKey,
      },
      artifacts: this.services.mirror.url,
      inventory: inventoryOf(this.plan, {
        kubernetesApi: this.cluster.address,
        artifacts: this.services.mirror.url,
      }),
      ssh: this.ssh.handle,
    };
  }

  /** Makes a running sandbox what is asked for: nodes that are new or down come up, those that are gone go. */
  async apply(plan: SandboxPlan, settingsPatch: object, resetFaults: boolean): Promise<void> {
    refuseWrongNodes(plan, settingsPatch);
    if (plan.region !== this.plan.region || plan.accountId !== this.plan.accountId)
      throw new UserError(
        `the running sandbox is of region ${this.plan.region} and account ${this.plan.accountId}`,
        'Run `npm run sandbox -- down`, then `up`: both are part of every request.',
      );
    if (resetFaults) this.settings.reset();
    this.settings.set(settingsPatch);
    const wanted = new Map(plan.nodes.map((node) => [node.name, node]));
    for (const [name, node] of this.nodes)
      if (
        !node.running ||
        this.isTerminated(node.node) ||
        JSON.stringify(wanted.get(name)) !== JSON.stringify(this.plannedNode(name))
      )
        await this.remove(name);
    this.plan = plan;
    this.cluster.planned(plan);
    await this.bootMissing();
    this.onChange();
  }

  status(): SandboxStatus {
    const { handle, plan } = this;
    return {
      pid: process.pid,
      endpoint: handle.endpoint,
      region: handle.region,
      accountId: plan.accountId,
      credentials: handle.credentials,
      artifacts: handle.artifacts,
      kubernetes: { kind: this.cluster.kind, address: this.cluster.address },
      nodes: plan.nodes.map((node) => this.nodeStatus(node)),
      ssh: handle.ssh,
      settings: this.unusualSettings(),
      calls: { ...this.services.endpoint.calls() },
      simulated: simulatedParts(this.cluster.kind),
      env: awsEnvironment(handle),
    };
  }

  /** Ends everything; resolves when it is gone. */
  async stop(): Promise<void> {
    await this.services.endpoint.close();
    await Promise.all([...this.nodes.keys()].map((name) => this.remove(name)));
    await Promise.all([this.cluster.stop(), stopServices(this.services)]);
  }

  private async bootMissing(): Promise<void> {
    await Promise.all(
      this.plan.nodes
        .filter((node) => !this.nodes.has(node.name) && !this.isTerminated(node))
        .map((node) => this.bootOne(node)),
    );
  }

  /** AWS has it no more: it does not run, and does not come back while that holds. */
  private isTerminated(node: NodeNames): boolean {
    return isOneOf(this.settings.get().terminated, node);
  }

  private async bootOne(planned: PlannedSandboxNode): Promise<void> {
    const { instanceType, ...node } = planned;
    const prefix = parameterPrefixOf(this.plan);
    const server = createMetadataServer({
      node: {
        ...node,
        instanceType,
        region: this.plan.region,
        accountId: this.plan.accountId,
        tags: this.tagsOf(node.instanceId),
      },
      roleName: `${this.plan.project}-${this.plan.environment}-node`,
      credentials: () => this.credentials.forNode(node.instanceId, prefix),
      isTakenBack: () => isOneOf(this.settings.get().spotNotice, node),
    });
    const listener = await this.identity.listen(`metadata-${node.name}`, server.handler);
    this.metadata.set(node.name, listener);
    const booted = await bootNode({
      node,
      region: this.plan.region,
      folder: join(this.state.nodes, node.name),
      procSys: this.state.procSys,
      marker: { [MARKER]: this.state.root },
      metadataUrl: listener.url,
      ssmUrl: this.services.ssm.url,
      s3Url: this.services.s3.url,
      elasticacheUrl: this.services.elasticache.url,
      clusterUrl: this.cluster.standInUrl,
      clusterKey: this.identity.clusterKey,
      supervisorPort: this.cluster.supervisorPort,
      kubectl: this.cluster.kubectl,
      archiveUrl: `${this.services.mirror.url}${ARCHIVE_PATH}`,
      onReboot: async (rebooted) => {
        this.ssh.forget(node.name);
        await this.startSsh(rebooted);
      },
    });
    this.nodes.set(node.name, booted);
    await this.startSsh(booted);
  }

  private async startSsh({ node, pid, metadataUrl }: SandboxNode): Promise<void> {
    await this.ssh.start({
      name: node.name,
      pid: pid ?? 0,
      environment: {
        AWS_EC2_METADATA_SERVICE_ENDPOINT: metadataUrl,
        AWS_ENDPOINT_URL_SSM: this.services.ssm.url,
        AWS_ENDPOINT_URL_ELASTICACHE: this.services.elasticache.url,
        AWS_ENDPOINT_URL_S3: this.services.s3.url,
      },
      marker: { [MARKER]: this.state.root },
    });
  }

  /**
   * Reboots a node, as from the console of EC2: what runs on it is not asked. Resolves when it is up again.
   *
   * @throws UserError when there is no such node up
   */
  async reboot(name: string): Promise<void> {
    const node = [...this.nodes.values()].find((one) => one.nodeName === name || one.instanceId === name);
    if (node === undefined || !node.running)
      throw new UserError(
        `the sandbox has no node "${name}" that is up`,
        `It has ${[...this.nodes.keys()].join(', ')}.`,
      );
    await node.reboot();
  }

  private async remove(name: string): Promise<void> {
    await this.nodes.get(name)?.powerOff();
    this.nodes.delete(name);
    this.ssh.forget(name);
    await this.metadata.get(name)?.close();
    this.metadata.delete(name);
    rmSync(join(this.state.nodes, name, 'seed'), { recursive: true, force: true });
  }

  private plannedNode(name: string): PlannedSandboxNode | undefined {
    return this.plan.nodes.find((node) => node.name === name);
  }

  /** The tags that `stacks/` gives an instance. */
  private tagsOf(instanceId: string): Record<string, string> {
    const name = this.plan.nodes.find((node) => node.instanceId === instanceId)?.name ?? '';
    return {
      Name: name,
      'stagecraft:project': this.plan.project,
      'stagecraft:environment': this.plan.environment,
    };
  }

  private nodeStatus(node: PlannedSandboxNode): SandboxStatus['nodes'][number] {
    const running = this.nodes.get(node.name);
    const { offline, terminated } = this.settings.get();
    const isOffline = isOneOf([...offline, ...terminated], node);
    return {
      name: node.name,
      id: node.instanceId,
      instanceId: node.instanceId,
      role: node.role,
      privateIp: node.privateIp,
      zone: node.zone,
      groups: node.groups,
      online: running?.running === true && !isOffline,
      running: running?.running === true,
      pid: running?.pid ?? null,
      diskSurvives: running?.diskSurvives ?? true,
      metadata: this.metadata.get(node.name)?.url ?? '',
      sshPort: this.ssh.portOf(node.name),
    };
  }

  private unusualSettings(): Record<string, unknown> {
    const healthy = sandboxSettings.parse({});
    return Object.fromEntries(
      Object.entries(this.settings.get()).filter(
        ([key, value]) => JSON.stringify(value) !== JSON.stringify(Reflect.get(healthy, key)),
      ),
    );
  }
}
