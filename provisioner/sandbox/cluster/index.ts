/** The cluster that the k3s stand-ins make: who is in it, and the Kubernetes API that shows it. */
import { mkdirSync } from 'node:fs';
import type { SandboxPlan } from '../plan';
import type { ClusterOptions, KubernetesApi } from './api';
import { digestOf } from './digest';
import { fullToken, Members, passwordOf } from './members';
import { realApi } from './real';
import { simulatedApi } from './simulated';
import { standInApi } from './stand-in-api';
import { startSupervisor } from './supervisor';

export interface Cluster {
  readonly kind: 'real' | 'simulated';
  /** host:port of the Kubernetes API. */
  readonly address: string;
  /** Where the stand-ins on the nodes ask. */
  readonly standInUrl: string;
  /** Port on loopback that stands for port 6443 of every server. */
  readonly supervisorPort: number;
  /** The real kubectl, for the nodes; undefined where it is simulated. */
  readonly kubectl: string | undefined;
  planned(plan: SandboxPlan): void;
  stop(): Promise<void>;
}

/**
 * With KUBEBUILDER_ASSETS (a folder with `etcd`, `kube-apiserver` and `kubectl`) the Kubernetes API is a real one.
 *
 * @throws UserError when the real one does not start
 */
export async function createCluster(options: ClusterOptions): Promise<Cluster> {
  mkdirSync(options.state.kubernetes, { recursive: true, mode: 0o700 });
  const assets = process.env.KUBEBUILDER_ASSETS;
  const real = assets === undefined || assets === '' ? undefined : await realApi(options, assets);
  const api: KubernetesApi = real ?? (await simulatedApi(options));
  const members = new Members(options.plan, api.registry, api.records, api.address, (answers) =>
    answers ? api.open() : api.close(),
  );
  const handler = standInApi({
    key: options.identity.clusterKey,
    members,
    ca: api.ca,
    sign: (request, extensions) => api.sign(request, extensions),
    adminKubeconfig: () => api.adminKubeconfig(),
    kubeletKubeconfig: (member) => api.kubeletKubeconfig(member),
    ...(api.etcd !== undefined && { etcd: api.etcd }),
    ...(api.kubectl !== undefined && { kubectl: api.kubectl }),
  });
  const supervisor = await startSupervisor({
    identity: options.identity,
    pair: api.pair,
    ca: api.ca,
    // Loopback is every server's own.
    answersAt: (ip) => (ip === '127.0.0.1' ? members.answers : members.answersAt(ip)),
    knowsToken: (token) => api.records.tokenDigest() === digestOf(passwordOf(token)),
    rotateToken(token) {
      api.records.setTokenDigest(digestOf(token));
      members.tell(`token ${fullToken(api.ca, token)}`);
    },
  });
  const listener = await options.identity.listen('cluster', handler);
  return {
    kind: api.kind,
    address: api.address,
    standInUrl: listener.url,
    supervisorPort: supervisor.port,
    kubectl: real?.kubectlPath,
    planned: (plan) => members.replan(plan),
    async stop() {
      await Promise.all([listener.close(), supervisor.close()]);
      await api.close();
      await api.stop();
    },
  };
}
