import { defineEnvironment, type EnvironmentInput } from '../../environments/schema';
import type { NodeValue } from '../../provisioner/engine/shell';
import { type Inventory, type InventoryNode, inventorySchema } from '../../provisioner/inventory/schema';
import { type RoleContext, roleContext } from '../../provisioner/roles/context';

/** A fleet in the shape of production: one server or three, a general worker of each architecture, a database node. */
export function exampleInventory(servers = 1, changes: Partial<Inventory> = {}): Inventory {
  return inventorySchema.parse({
    schemaVersion: 1,
    project: 'stagecraft',
    environment: 'test',
    region: 'ap-northeast-2',
    accountId: '000000000000',
    nodes: [
      ...Array.from({ length: servers }, (_, index) =>
        node(`test-server-${index + 1}`, 'server', 10 + index),
      ),
      node('test-general-1', 'agent', 21),
      node('test-general-2', 'agent', 22, { arch: 'arm64', spot: true }),
      node('test-database-1', 'agent', 31, {
        dataVolumeId: 'vol-0123456789abcdef0',
        labels: { 'node-role': 'db' },
        taints: [
          { key: 'dedicated', value: 'database', effect: 'NoSchedule' },
          { key: 'bare', value: '', effect: 'NoExecute' },
        ],
      }),
    ],
    endpoints: { kubernetesApi: '10.0.0.10:6443' },
    secrets: { parameterPrefix: '/stagecraft/test', k3sToken: '/stagecraft/test/k3s/token' },
    buckets: {},
    ...changes,
  });
}

/** A cluster that signs tokens in the name of an issuer, as AWS would name its bucket's host. */
export const exampleIssuer: NonNullable<Inventory['workloadIdentity']> = {
  issuer: 'https://stagecraft-test-oidc-000000000000.s3.ap-northeast-2.amazonaws.com',
  bucket: 'stagecraft-test-oidc-000000000000',
  services: {},
};

export function exampleContext(input: Partial<EnvironmentInput> = {}, inventory?: Inventory): RoleContext {
  const environment = defineEnvironment({ name: 'test', ...input }, 'environments/test.ts');
  return roleContext(environment, inventory ?? exampleInventory(environment.servers.count));
}

/** What a node value is on a node. */
export function valueOn(value: unknown, nodeName: string): string {
  if (!isPerNode(value)) throw new Error('not a value per node');
  const own = value.values.get(nodeName);
  if (own === undefined) throw new Error(`no value for ${nodeName}`);
  return own;
}

function isPerNode(value: unknown): value is Extract<NodeValue, { kind: 'perNode' }> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'perNode';
}

function node(
  name: string,
  role: InventoryNode['role'],
  host: number,
  changes: Partial<InventoryNode> = {},
): InventoryNode {
  return {
    name,
    role,
    instanceId: `i-0000000000000${String(host).padStart(4, '0')}`,
    privateIp: `10.0.0.${host}`,
    zone: 'ap-northeast-2a',
    arch: 'amd64',
    labels: {},
    taints: [],
    groups: [],
    ...changes,
  };
}
