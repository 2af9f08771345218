import { loadEnvironment } from '../../environments';
import type { Environment } from '../../environments/schema';
import { type Inventory, type InventoryNode, inventorySchema } from '../../provisioner/inventory/schema';

export type BenchFleetNode = Pick<InventoryNode, 'name' | 'instanceId' | 'privateIp'>;

export const REGION = 'ap-northeast-2';

/** Keys that open nothing but the simulated endpoint. */
export const KEYS = { accessKeyId: 'AKIABENCHMARK0000000', secretAccessKey: 'benchmark' };

/** One server and agents, with labels of their own as a real fleet has. */
export function fleetOf(count: number): { environment: Environment; inventory: Inventory } {
  const environment = loadEnvironment('prod');
  const nodes = Array.from({ length: count }, (_, index) => ({
    name: index === 0 ? 'prod-server-1' : `prod-general-${index}`,
    role: index === 0 ? 'server' : 'agent',
    instanceId: `i-${index.toString(16).padStart(17, '0')}`,
    privateIp: `10.20.${Math.floor(index / 250)}.${(index % 250) + 4}`,
    zone: `${REGION}${'ab'[index % 2]}`,
    arch: 'arm64',
    labels: { 'node-role': 'general', rack: String(index % 40) },
    taints: [],
    groups: index === 0 ? [] : ['general'],
  }));
  const inventory = inventorySchema.parse({
    schemaVersion: 1,
    project: 'stagecraft',
    environment: 'prod',
    region: REGION,
    accountId: '111122223333',
    nodes,
    endpoints: { kubernetesApi: '10.20.0.4:6443' },
    secrets: { parameterPrefix: '/stagecraft/prod', k3sToken: '/stagecraft/prod/k3s-token' },
    buckets: {},
  });
  return { environment, inventory };
}
