import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { contenders } from '../../scripts/bench/contenders';
import { ansiblePlaybook, pyinfraDeploy, resources } from '../../scripts/bench/resources';
import { scale } from '../../scripts/bench/scale';

it('asks the three tools for the same forty resources', () => {
  const own = resources.tasks({ hostName: { kind: 'perNode', values: new Map() } });
  const [play] = z
    .array(z.object({ tasks: z.array(z.object({ loop: z.array(z.unknown()) })) }))
    .parse(JSON.parse(ansiblePlaybook()));
  expect(own).toHaveLength(40);
  expect(play?.tasks.map(({ loop }) => loop.length)).toEqual([10, 20, 5, 5]);
  expect(pyinfraDeploy().match(/range\(1, \d+\)/g)).toEqual(['range(1, 21)', 'range(1, 6)']);
});

it('gives every tool the same nodes, and nothing of this machine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stagecraft-bench-test-'));
  try {
    const nodes = {
      nodes: [{ name: 'node-1', instanceId: 'i-00000000000000001', port: 2201 }],
      host: '127.0.0.1',
      user: 'root',
      identityFile: '/keys/id',
      knownHostsFile: '/keys/known_hosts',
    };
    const [ansible, pyinfra, stagecraft] = contenders(nodes, folder, '/tools/bin');
    const config = readFileSync(join(folder, 'ansible/ansible.cfg'), 'utf8');
    expect(config).toMatch(/^pipelining = True$/m);
    expect(config).toMatch(/^forks = 10$/m);
    expect(config).toContain('-o ControlPersist=60s -F /dev/null -o IdentityFile=/keys/id');
    expect(readFileSync(join(folder, 'pyinfra/inventory.py'), 'utf8')).toContain('"ssh_port":2201');
    expect(ansible?.changedNothing('node-1 : ok=4 changed=0 unreachable=0 failed=0 skipped=0')).toBe(true);
    expect(ansible?.changedNothing('node-1 : ok=4 changed=1 unreachable=0 failed=0 skipped=0')).toBe(false);
    expect(stagecraft?.changedNothing('node-1 : ok=40 changed=0 unreachable=0 failed=0 skipped=0')).toBe(
      true,
    );
    expect(stagecraft?.changedNothing('node-1 : ok=39 changed=0 unreachable=0 failed=1 skipped=0')).toBe(
      false,
    );
    expect(pyinfra?.changedNothing('--> Beginning operation run...\n[node-1] No changes\n')).toBe(true);
    expect(
      pyinfra?.changedNothing('--> Beginning operation run...\n[node-1] Success\n[node-1] No changes\n'),
    ).toBe(false);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it('sends a command for each 50 nodes of a play, and none beside', async () => {
  const [small, large] = await scale([3, 120]);
  // Facts, base, the server, its agents, and the nodes' labels.
  expect(small).toMatchObject({ nodes: 3, plays: 4, commands: 1 + 1 + 1 + 1 + 1 });
  expect(large).toMatchObject({ nodes: 120, plays: 4, commands: 3 + 3 + 1 + 3 + 1 });
}, 300_000);
