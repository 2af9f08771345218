import type { PlannedSandboxNode } from '../plan';
import { type K3sConfig, K3sFatal } from './k3s-config';

/** What the cluster is told of a node that joins. */
export interface Member {
  readonly name: string;
  /** The sandbox's node that it runs on. */
  readonly node: string;
  readonly role: 'server' | 'agent';
  /** Keeps data in etcd rather than in SQLite. */
  readonly etcd: boolean;
  readonly ip: string;
  readonly version: string;
  readonly arch: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  readonly providerId: string;
  /** Arguments of its kube-apiserver beside K3s's own; of a server. */
  readonly apiserverArguments: readonly string[];
}

/** @throws K3sFatal for a taint that is none */
export function memberOf(
  nodeName: string,
  planned: PlannedSandboxNode | undefined,
  config: K3sConfig,
  { version, hostname }: { readonly version: string; readonly hostname: string },
): Member {
  return {
    name: (config.value('node-name') ?? hostname).toLowerCase(),
    node: nodeName,
    role: config.role,
    etcd: config.role === 'server' && (config.isTrue('cluster-init') || config.value('server') !== undefined),
    ip: config.value('node-ip')?.split(',')[0] ?? planned?.privateIp ?? '127.0.0.1',
    version,
    arch: planned?.arch ?? 'amd64',
    labels: Object.fromEntries(config.values('node-label').map((label) => keyAndValue(label, '='))),
    taints: config.values('node-taint').map(taintOf),
    providerId:
      config
        .values('kubelet-arg')
        .find((argument) => argument.startsWith('provider-id='))
        ?.slice('provider-id='.length) ?? `k3s://${nodeName}`,
    apiserverArguments: config.values('kube-apiserver-arg'),
  };
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
