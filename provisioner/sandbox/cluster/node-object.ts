import type { Member } from './members';
import type { KubeObject } from './objects';

/** The Node that a kubelet registers. Labels and taints of the configuration count at registration only, as with the real one. */
export function nodeObject(member: Member): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: member.name,
      labels: { ...ownLabels(member), ...member.labels },
      annotations: { 'stagecraft.sandbox/simulated': 'true', 'k3s.io/internal-ip': member.ip },
    },
    spec: {
      providerID: member.providerId,
      ...(member.taints.length > 0 && { taints: member.taints }),
    },
  };
}

/** What the kubelet keeps right on a node that is registered already. */
export function ownLabels(member: Member): Record<string, string> {
  return {
    'beta.kubernetes.io/arch': member.arch,
    'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/arch': member.arch,
    'kubernetes.io/hostname': member.name,
    'kubernetes.io/os': 'linux',
    'node.kubernetes.io/instance-type': 'k3s',
    ...(member.role === 'server' && { 'node-role.kubernetes.io/control-plane': 'true' }),
    ...(member.etcd && { 'node-role.kubernetes.io/etcd': 'true' }),
  };
}

/** The status that a kubelet reports. */
export function nodeStatus(member: Member, now: Date): Record<string, unknown> {
  const resources = { cpu: '2', memory: '4005888Ki', pods: '110', 'ephemeral-storage': '30298176Ki' };
  return {
    addresses: [
      { type: 'InternalIP', address: member.ip },
      { type: 'Hostname', address: member.name },
    ],
    capacity: resources,
    allocatable: resources,
    conditions: [readyCondition('True', now)],
    nodeInfo: {
      architecture: member.arch,
      bootID: '',
      containerRuntimeVersion: 'containerd://2.0.0-simulated',
      kernelVersion: 'simulated',
      kubeProxyVersion: '',
      kubeletVersion: member.version,
      machineID: '',
      operatingSystem: 'linux',
      osImage: 'Ubuntu 24.04 LTS (simulated)',
      systemUUID: '',
    },
  };
}

export function readyCondition(status: 'True' | 'Unknown', now: Date): Record<string, string> {
  const at = now.toISOString().replace(/\.\d+/, '');
  return {
    type: 'Ready',
    status,
    lastHeartbeatTime: at,
    lastTransitionTime: at,
    reason: status === 'True' ? 'KubeletReady' : 'NodeStatusUnknown',
    message:
      status === 'True'
        ? 'kubelet is posting ready status (simulated)'
        : 'Kubelet stopped posting node status.',
  };
}
