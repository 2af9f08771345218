import type { InventoryNode } from '../../inventory/schema';
import type { RoleContext } from '../context';
import { issuerArguments } from './issuer';
import { isHighlyAvailable, paths, serversOf, snapshotFolder } from './parts';
import { releaseAtLeast } from './release';

/**
 * /etc/rancher/k3s/config.yaml of one node. Keys are the long options of `k3s server` and `k3s agent`, without the hyphens
 * in front (docs.k3s.io, CLI reference); hardening follows the K3s CIS guide.
 */
export function configOf(context: RoleContext, node: InventoryNode): Record<string, unknown> {
  return {
    ...nodeConfig(node),
    ...membership(context, node),
    ...(node.role === 'server' && serverConfig(context)),
  };
}

function nodeConfig(node: InventoryNode): Record<string, unknown> {
  const labels = Object.entries(node.labels).map(([key, value]) => `${key}=${value}`);
  const taints = node.taints.map(
    ({ key, value, effect }) => `${key}${value === '' ? '' : `=${value}`}:${effect}`,
  );
  return {
    'node-name': node.name,
    'node-ip': node.privateIp,
    ...(labels.length > 0 && { 'node-label': labels.sort() }),
    ...(taints.length > 0 && { 'node-taint': taints.sort() }),
    'token-file': paths.token,
    'protect-kernel-defaults': true,
    'kubelet-arg': [
      // What the AWS cloud controllers and the EBS driver know the node by.
      `provider-id=aws:///${node.zone}/${node.instanceId}`,
      // CIS 4.2.5
      'streaming-connection-idle-timeout=5m',
      // CIS 4.2.12
      `tls-cipher-suites=${ciphers.join(',')}`,
      // CIS 4.2.13
      'pod-max-pids=4096',
      'container-log-max-files=3',
      'container-log-max-size=20Mi',
    ],
  };
}

/** Who makes the cluster, and whom the others join. With several servers each node chooses: see `joinTasks`. */
function membership(context: RoleContext, node: InventoryNode): Record<string, unknown> {
  if (isHighlyAvailable(context))
    return serversOf(context)[0]?.name === node.name ? { 'cluster-init': true } : {};
  return node.role === 'server' ? {} : { server: `https://${context.inventory.endpoints.kubernetesApi}` };
}

function serverConfig(context: RoleContext): Record<string, unknown> {
  const { k3s } = context.environment;
  return {
    'tls-san': tlsNames(context),
    'cluster-cidr': k3s.podCidr,
    'service-cidr': k3s.serviceCidr,
    'flannel-backend': k3s.flannelBackend,
    ...(k3s.disable.length > 0 && { disable: [...k3s.disable].sort() }),
    'write-kubeconfig-mode': '0600',
    'secrets-encryption': true,
    'kube-apiserver-arg': [
      // CIS 1.2.16 to 1.2.19
      `audit-policy-file=${paths.auditPolicy}`,
      `audit-log-path=${paths.auditLogs}/audit.log`,
      `audit-log-maxage=${k3s.audit.maxAgeDays}`,
      `audit-log-maxbackup=${k3s.audit.maxBackups}`,
      `audit-log-maxsize=${k3s.audit.maxSizeMiB}`,
      // CIS 1.2.30
      'service-account-extend-token-expiration=false',
      ...issuerArguments(context.inventory),
    ],
    // CIS 1.3.1
    'kube-controller-manager-arg': ['terminated-pod-gc-threshold=100'],
    ...(isHighlyAvailable(context) && snapshots(context)),
  };
}

/** Names and addresses beside the node's own that the API's certificate is valid for. */
function tlsNames(context: RoleContext): string[] {
  const api = context.inventory.endpoints.kubernetesApi.replace(/:\d+$/, '');
  return [
    ...new Set([
      api,
      ...serversOf(context).map(({ privateIp }) => privateIp),
      ...context.environment.k3s.tlsSans,
    ]),
  ];
}

/**
 * etcd's data, on each server and in the bucket for backups where there is one. The bucket's retention is an option of its
 * own since four patch releases of the same day (docs.k3s.io, etcd-snapshot); before, the server's counted for both.
 */
function snapshots({ inventory, environment }: RoleContext): Record<string, unknown> {
  const { version, snapshots } = environment.k3s;
  const bucket = inventory.buckets.backups;
  const hasOwnRetention = releaseAtLeast(version, { '1.31': 12, '1.32': 8, '1.33': 4, '1.34': 0 });
  return {
    'etcd-snapshot-schedule-cron': snapshots.schedule,
    'etcd-snapshot-retention': snapshots.keepOnServer,
    'etcd-snapshot-compress': true,
    // Without keys K3s asks the instance's role for them.
    ...(bucket !== undefined && {
      'etcd-s3': true,
      'etcd-s3-bucket': bucket,
      'etcd-s3-region': inventory.region,
      'etcd-s3-folder': snapshotFolder(inventory, 'etcd'),
      ...(hasOwnRetention && { 'etcd-s3-retention': snapshots.keepInBucket }),
    }),
  };
}

const ciphers = [
  'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305',
  'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305',
];
