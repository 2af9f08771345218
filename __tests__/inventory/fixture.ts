import type { Inventory, InventoryNode } from '../../provisioner/inventory/schema';

/** A small production-like inventory for tests: one server, two kinds of agents. */
export function inventory(change: Partial<Inventory> = {}): Inventory {
  return {
    schemaVersion: 1,
    project: 'stagecraft',
    environment: 'prod',
    region: 'ap-northeast-2',
    accountId: '123456789012',
    nodes: [
      node({
        name: 'prod-server-1',
        role: 'server',
        instanceId: 'i-0000000000000001a',
        privateIp: '10.0.1.11',
        groups: ['server'],
      }),
      node({ name: 'prod-general-1', instanceId: 'i-0000000000000002a', privateIp: '10.0.1.12' }),
      node({
        name: 'prod-database-1',
        instanceId: 'i-0000000000000003a',
        privateIp: '10.0.2.13',
        zone: 'ap-northeast-2b',
        groups: ['big-database'],
        labels: { 'stagecraft.dev/node-role': 'db' },
        taints: [{ key: 'stagecraft.dev/dedicated', value: 'db', effect: 'NoSchedule' }],
      }),
    ],
    endpoints: { kubernetesApi: '10.0.1.11:6443', redis: 'redis.example.internal:6379' },
    secrets: { parameterPrefix: '/stagecraft/prod', k3sToken: '/stagecraft/prod/k3s/token' },
    buckets: { ssm: 'stagecraft-prod-ssm' },
    ...change,
  };
}

export function node(change: Partial<InventoryNode> = {}): InventoryNode {
  return {
    name: 'prod-general-1',
    role: 'agent',
    instanceId: 'i-0123456789abcdef0',
    privateIp: '10.0.1.12',
    zone: 'ap-northeast-2a',
    arch: 'amd64',
    labels: {},
    taints: [],
    groups: ['general'],
    ...change,
  };
}
