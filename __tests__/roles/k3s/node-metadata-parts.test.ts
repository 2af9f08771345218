import { renderShell } from '../../../provisioner/engine/shell';
import { nodeMetadataTasks } from '../../../provisioner/roles/k3s/node-metadata';
import { exampleContext } from '../example';

describe('labels and taints of a large fleet', () => {
  const small = exampleContext();
  const agent = small.inventory.nodes.find(({ role }) => role === 'agent');
  if (agent === undefined) throw new Error('the example has no agent');
  const agents = Array.from({ length: 1100 }, (_, index) => ({ ...agent, name: `agent-${index + 1}.` }));
  const servers = small.inventory.nodes.filter(({ role }) => role === 'server');
  const large = { ...small, inventory: { ...small.inventory, nodes: [...servers, ...agents] } };
  const texts = nodeMetadataTasks(large).map(({ check }) => renderShell(check, () => 'v'));

  it('are told in parts that a command of SSM can carry, each node in one of them', () => {
    expect(nodeMetadataTasks(large).map(({ name }) => name)).toEqual([
      'labels and taints of the nodes, part 1 of 3',
      'labels and taints of the nodes, part 2 of 3',
      'labels and taints of the nodes, part 3 of 3',
    ]);
    for (const { name } of agents)
      expect(texts.filter((text) => text.includes(`W ${name} node`))).toHaveLength(1);
  });

  it('are one task for a fleet of the usual size', () => {
    expect(nodeMetadataTasks(small).map(({ name }) => name)).toEqual(['labels and taints of the nodes']);
  });
});
