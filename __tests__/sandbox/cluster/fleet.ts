import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadEnvironment } from '../../../environments';
import { runKubectl } from '../../../provisioner/sandbox/cluster/kubectl';
import type { Member } from '../../../provisioner/sandbox/cluster/members';
import { createObjectStore, type ObjectStore } from '../../../provisioner/sandbox/cluster/objects';
import { simulatedRegistry } from '../../../provisioner/sandbox/cluster/simulated-registry';
import { reconcile } from '../../../provisioner/sandbox/cluster/workloads';
import { planOf } from '../../../provisioner/sandbox/plan';

/** Three servers and four agents. */
export const haPlan = planOf(loadEnvironment('sandbox-ha'));

/** A simulated cluster on its own, without nodes' processes. */
export class SimulatedCluster {
  private readonly folder = mkdtempSync(join(tmpdir(), 'stagecraft-cluster-'));
  readonly store: ObjectStore = createObjectStore(join(this.folder, 'objects.json'));
  readonly registry = simulatedRegistry(this.store, () => reconcile(this.store));

  async join(...names: string[]): Promise<void> {
    for (const name of names) await this.registry.ready(member(name));
  }

  kubectl(line: string, manifest = '') {
    return runKubectl(this.store, {
      args: line.split(' ').filter((word) => word !== ''),
      manifest,
      as: 'default',
      version: 'v1.34.4+k3s1',
      apiserverArguments: [],
    });
  }

  /** Names of the pods of a node. */
  async podsOn(node: string): Promise<string[]> {
    const { stdout } = await this.kubectl(`get pods -A -o name --field-selector spec.nodeName=${node}`);
    return stdout.split('\n').filter((line) => line !== '' && !line.startsWith('No resources'));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function member(name: string, overrides: Partial<Member> = {}): Member {
  return {
    name,
    node: name,
    role: 'agent',
    etcd: false,
    ip: '10.0.0.1',
    version: 'v1.34.4+k3s1',
    arch: 'amd64',
    labels: {},
    taints: [],
    providerId: `aws:///a/${name}`,
    apiserverArguments: [],
    ...overrides,
  };
}

/** A workload with everything that the simulated controllers look at. */
export function workload(kind: string, name: string, replicas: number, podSpec: object = {}): string {
  return `${JSON.stringify({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: podSpec },
    },
  })}\n---\n`;
}

export function budget(name: string, limits: object): string {
  return `${JSON.stringify({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name },
    spec: { selector: { matchLabels: { app: name } }, ...limits },
  })}\n---\n`;
}
