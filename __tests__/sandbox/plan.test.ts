import { loadEnvironment } from '../../environments';
import { inventorySchema } from '../../provisioner/inventory/schema';
import { inventoryOf } from '../../provisioner/sandbox/inventory';
import { hostArchitecture, planOf } from '../../provisioner/sandbox/plan';

const plan = planOf(loadEnvironment('sandbox'));

test('the plan of the sandbox is an inventory of five nodes with addresses of their zones', () => {
  const inventory = inventorySchema.parse(
    inventoryOf(plan, { kubernetesApi: '127.0.0.1:6443', artifacts: 'http://127.0.0.1:1' }),
  );
  expect(inventory.nodes.map(({ name, role, groups }) => [name, role, groups])).toEqual([
    ['sandbox-server-1', 'server', []],
    ['sandbox-general-1', 'agent', ['general']],
    ['sandbox-general-2', 'agent', ['general']],
    ['sandbox-monitoring-1', 'agent', ['monitoring']],
    ['sandbox-database-1', 'agent', ['database']],
  ]);
  expect(new Set(inventory.nodes.map(({ privateIp }) => privateIp)).size).toBe(5);
  expect(new Set(inventory.nodes.map(({ instanceId }) => instanceId)).size).toBe(5);
  expect(inventory.secrets.k3sToken).toBe('/stagecraft/sandbox/k3s/token');
});

test('ids are the same every time, and nodes have the architecture of this machine', () => {
  expect(planOf(loadEnvironment('sandbox'))).toEqual(plan);
  expect(new Set(plan.nodes.map(({ arch }) => arch))).toEqual(new Set([hostArchitecture()]));
});
