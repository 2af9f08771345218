import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Program, startProgram } from '../../provisioner/sandbox/cluster/program';
import { type RealApi, realApi } from '../../provisioner/sandbox/cluster/real';
import { loadIdentity } from '../../provisioner/sandbox/identity';
import { planOf } from '../../provisioner/sandbox/plan';
import { makeStateFolder, stateFolderAt } from '../../provisioner/sandbox/state-folder';
import { smallEnvironment } from '../sandbox/namespaces-support';

/** Beside etcd, kube-apiserver and kubectl: what makes pods, places them, counts budgets and lets them "run" (kwok). */
const MORE = ['kube-controller-manager', 'kube-scheduler', 'kwok'];

/** Why there is no real cluster on this machine, or undefined where there is. */
export function realClusterObstacle(): string | undefined {
  const assets = process.env.KUBEBUILDER_ASSETS ?? '';
  if (assets === '') return 'KUBEBUILDER_ASSETS is not set (etcd, kube-apiserver, kubectl)';
  const missing = MORE.filter((name) => !existsSync(join(assets, name)));
  return missing.length === 0 ? undefined : `KUBEBUILDER_ASSETS has no ${missing.join(', ')}`;
}

/** A Kubernetes cluster with the real control plane, whose nodes and pods kwok pretends. */
export class RealCluster {
  private readonly folder = mkdtempSync(join(tmpdir(), 'stagecraft-kubernetes-'));
  private readonly programs: Program[] = [];
  private api: RealApi | undefined;
  readonly kubeconfig = join(this.folder, 'admin.kubeconfig');
  readonly kubectlPath = join(process.env.KUBEBUILDER_ASSETS ?? '', 'kubectl');

  async start(nodes: readonly string[]): Promise<void> {
    const assets = process.env.KUBEBUILDER_ASSETS ?? '';
    const state = stateFolderAt(join(this.folder, 'state'));
    makeStateFolder(state);
    mkdirSync(state.kubernetes);
    const options = { state, identity: loadIdentity(state), plan: planOf(smallEnvironment()) };
    this.api = await realApi(options, assets);
    // Past the sandbox's gate: that is in this process, which waits for kubectl.
    const { address, direct } = this.api;
    writeFileSync(this.kubeconfig, this.api.adminKubeconfig().replace(address, direct), { mode: 0o600 });
    const config = `--kubeconfig=${this.kubeconfig}`;
    this.run('kube-controller-manager', config, '--leader-elect=false', '--secure-port=0');
    this.run('kube-scheduler', config, '--leader-elect=false', '--secure-port=0');
    const stages = join(this.folder, 'stages.yaml');
    writeFileSync(stages, STAGES.map((stage) => JSON.stringify(stage)).join('\n---\n'));
    this.run(
      'kwok',
      config,
      `--config=${stages}`,
      '--manage-all-nodes=true',
      '--node-lease-duration-seconds=40',
    );
    for (const name of nodes) this.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name } });
    this.kubectl('wait', '--for=condition=Ready', 'node', '--all', '--timeout=120s');
  }

  /** @throws Error with what it said when it does not end well */
  kubectl(...args: string[]): string {
    const { status, stdout, stderr } = this.call(args);
    if (status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  apply(...objects: readonly object[]): void {
    const input = objects.map((object) => JSON.stringify(object)).join('\n---\n');
    const { status, stderr } = this.call(['apply', '-f', '-'], input);
    if (status !== 0) throw new Error(stderr);
  }

  async stop(): Promise<void> {
    for (const program of this.programs.reverse()) await program.stop();
    await this.api?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private run(name: string, ...args: string[]): void {
    const path = join(process.env.KUBEBUILDER_ASSETS ?? '', name);
    this.programs.push(startProgram({ name, path, args, log: join(this.folder, `${name}.log`), marker: {} }));
  }

  private call(args: readonly string[], input?: string) {
    return spawnSync(this.kubectlPath, args, {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, KUBECONFIG: this.kubeconfig, HOME: this.folder },
      ...(input === undefined ? {} : { input }),
    });
  }
}

/** What kwok does to objects: a node is Ready, a pod with a node runs, a pod that is deleted is gone. */
const STAGES: readonly object[] = [
  stage('Node', 'node-ready', [{ key: '.status.phase', operator: 'NotIn', values: ['Running'] }], {
    statusTemplate: [
      'phase: Running',
      'conditions: [{ type: Ready, status: "True", reason: KubeletReady, message: pretended by kwok }]',
      'allocatable: { cpu: "8", memory: 16Gi, pods: "110" }',
      'capacity: { cpu: "8", memory: 16Gi, pods: "110" }',
    ].join('\n'),
  }),
  stage(
    'Pod',
    'pod-runs',
    [
      { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' },
      { key: '.spec.nodeName', operator: 'Exists' },
      { key: '.status.phase', operator: 'NotIn', values: ['Running'] },
    ],
    { statusTemplate: 'phase: Running\nconditions: [{ type: Ready, status: "True" }]' },
  ),
  stage('Pod', 'pod-ends', [{ key: '.metadata.deletionTimestamp', operator: 'Exists' }], {
    finalizers: { empty: true },
    delete: true,
  }),
];

function stage(kind: string, name: string, matchExpressions: readonly object[], next: object): object {
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name },
    spec: { resourceRef: { apiGroup: 'v1', kind }, selector: { matchExpressions }, next },
  };
}
