import type { Environment } from '../../../environments/schema';

/**
 * What the kubelet wants before it starts with `protect-kernel-defaults` (K3s CIS hardening guide; CIS Kubernetes
 * Benchmark 4.2.6). The keyring limits are part of the kubelet's own list (kubernetes/pkg/util/sysctl).
 */
export const kubeletDefaults = {
  'vm.panic_on_oom': 0,
  'vm.overcommit_memory': 1,
  'kernel.panic': 10,
  'kernel.panic_on_oops': 1,
  'kernel.keys.root_maxkeys': 1_000_000,
  'kernel.keys.root_maxbytes': 25_000_000,
};

/** Pods reach each other through the node, and what crosses a bridge is seen by iptables (kube-proxy, network policies). */
export const networking = {
  'net.ipv4.ip_forward': 1,
  'net.bridge.bridge-nf-call-iptables': 1,
  'net.bridge.bridge-nf-call-ip6tables': 1,
};

/** Log collectors watch a file a container: the kernel's defaults are soon used up. */
export function limits(inotify: Environment['system']['inotify']) {
  return {
    'fs.inotify.max_user_instances': inotify.maxUserInstances,
    'fs.inotify.max_user_watches': inotify.maxUserWatches,
    // Elasticsearch-like stores and databases map many files. What Ubuntu sets since 24.04: nothing is lowered.
    'vm.max_map_count': 1_048_576,
  };
}
