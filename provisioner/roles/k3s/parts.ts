import { type NodeValue, type Shell, sh } from '../../engine/shell';
import type { Handler } from '../../engine/task';
import type { Inventory, InventoryNode } from '../../inventory/schema';
import { restart } from '../../tasks';
import type { RoleContext } from '../context';

export const paths = {
  binary: '/usr/local/bin/k3s',
  /** A release that was fetched and waits for its turn. */
  nextBinary: '/var/lib/stagecraft/k3s-next',
  /** The release that ran before the last upgrade. */
  previousBinary: '/var/lib/stagecraft/k3s-previous',
  config: '/etc/rancher/k3s',
  data: '/var/lib/rancher/k3s',
  token: '/etc/rancher/k3s/token',
  auditPolicy: '/etc/rancher/k3s/audit-policy.yaml',
  auditLogs: '/var/lib/rancher/k3s/server/logs',
  images: '/var/lib/rancher/k3s/agent/images',
} as const;

/** What differs between the two roles that a node may have in a cluster. */
export interface Kind {
  readonly role: InventoryNode['role'];
  /** The systemd unit. */
  readonly unit: 'k3s.service' | 'k3s-agent.service';
  /** Due when a file changed that K3s reads at its start. */
  readonly restart: Handler;
}

/**
 * A unit is active while it crashes again and again, between two starts; the kubelet answers only when K3s has come as far
 * as it. K3s binds it to loopback, with the kubelet's own port (k3s-io/k3s, pkg/daemons/agent).
 */
const kubeletAnswers = sh`curl -fs --max-time 2 http://127.0.0.1:10248/healthz`;

export const server: Kind = {
  role: 'server',
  unit: 'k3s.service',
  restart: restartOf('k3s.service', sh`k3s kubectl get --raw /readyz && ${kubeletAnswers}`),
};
export const agent: Kind = {
  role: 'agent',
  unit: 'k3s-agent.service',
  restart: restartOf('k3s-agent.service', kubeletAnswers),
};

/** The servers, in the inventory's order: the first of them makes the cluster, the others join it. */
export function serversOf({ inventory }: RoleContext): InventoryNode[] {
  return inventory.nodes.filter(({ role }) => role === 'server');
}

/** Whether the cluster's data is in etcd on several servers, rather than in SQLite on one. */
export function isHighlyAvailable(context: RoleContext): boolean {
  return context.environment.servers.count > 1 || serversOf(context).length > 1;
}

/** Where a cluster's snapshots lie in the bucket for backups: a folder for each, so that clusters can share one. */
export function snapshotFolder({ environment }: Inventory, datastore: 'etcd' | 'sqlite'): string {
  return `${environment}/${datastore}`;
}

export function nodeName({ perNode }: RoleContext): NodeValue {
  return perNode((node) => node.name);
}

/**
 * Restarts K3s, and sees to it that it stays up: a unit that fails a moment after its start was active before. It may import
 * images before its kubelet runs; one that systemd has started again for the fifth time will not come.
 */
function restartOf(unit: Kind['unit'], answers: Shell): Handler {
  return {
    ...restart(unit, 600),
    check: sh`deadline=$(($(date +%s) + 180))
until systemctl is-active --quiet ${unit} && { ${answers}; } >/dev/null 2>&1; do
  restarts=$(systemctl show -P NRestarts ${unit} 2>/dev/null) || restarts=''
  if [ "$(date +%s)" -ge "$deadline" ] || [ "\${restarts:-0}" -ge 5 ]; then
    journalctl --no-pager --quiet --lines 30 --unit ${unit} 2>&1 || :
    echo ${`${unit} does not come up; systemd has started it again`} "\${restarts:-0}" 'times'
    exit 1
  fi
  sleep 2
done`,
  };
}
