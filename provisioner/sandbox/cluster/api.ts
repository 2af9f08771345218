import type { Identity } from '../identity';
import type { SandboxPlan } from '../plan';
import type { StateFolder } from '../state-folder';
import type { KeyPair } from './certificates';
import type { SimulatedEtcd } from './etcd';
import type { ClusterRecords, Member, NodeRegistry } from './members';
import type { CommandOutput, KubectlRequest } from './stand-in-api';

export interface ClusterOptions {
  readonly state: StateFolder;
  readonly identity: Identity;
  readonly plan: SandboxPlan;
}

/** A Kubernetes API, simulated or real. It is reachable while the servers keep it up. */
export interface KubernetesApi {
  readonly kind: 'real' | 'simulated';
  /** host:port */
  readonly address: string;
  /** PEM of its certificate authority. */
  readonly ca: string;
  /** Certificate of its server, for loopback. */
  readonly pair: KeyPair;
  readonly registry: NodeRegistry;
  readonly records: ClusterRecords;
  /** Undefined where the API is a real one: its etcd is real too, and nobody's to reset. */
  readonly etcd?: SimulatedEtcd;
  /** A certificate of its authority for a request (PEM), for a year. */
  sign(request: string, extensions: string): Promise<string>;
  adminKubeconfig(): string;
  kubeletKubeconfig(member: Member): Promise<string>;
  /** Undefined where a real kubectl asks the real API. */
  readonly kubectl?: (request: KubectlRequest) => Promise<CommandOutput>;
  open(): Promise<void>;
  close(): Promise<void>;
  stop(): Promise<void>;
}
