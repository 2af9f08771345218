import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { registerProvision } from '../../provisioner/cli/provision';
import type { Inventory } from '../../provisioner/inventory/schema';
import { inventory, node } from '../inventory/fixture';
import { inProcess } from './in-process';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stagecraft-transport-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function provision(from: Inventory, ...args: readonly string[]) {
  const file = join(folder, 'inventory.json');
  writeFileSync(file, JSON.stringify(from));
  return inProcess(registerProvision, 'provision', '--env', 'prod', '--inventory', file, ...args);
}

describe('--transport local', () => {
  it('is for one node', async () => {
    const { code, stderr } = await provision(inventory(), '--transport', 'local');
    expect(code).toBe(64);
    expect(stderr).toMatch(/"local" is for one node, and environment "prod" has 3/);
  });

  it('never takes this machine for another', async () => {
    const one = inventory({ nodes: [node({ privateIp: '203.0.113.1', name: 'not-this-machine' })] });
    const { code, stderr } = await provision(one, '--transport', 'local');
    expect(code).toBe(64);
    expect(stderr).toMatch(/This machine is not not-this-machine .*: nothing was run/);
  });

  it('is refused in the sandbox, which never runs a role on this machine itself', async () => {
    const args = ['--env', 'sandbox', '--transport', 'local'];
    const { code, stderr } = await inProcess(registerProvision, 'provision', ...args);
    expect(code).toBe(64);
    expect(stderr).toMatch(/never runs a role on this machine/);
  });
});

it('another transport than there is: the ones that there are', async () => {
  const { code, stderr } = await provision(inventory(), '--transport', 'telnet');
  expect(code).toBe(64);
  expect(stderr).toMatch(/Allowed choices are ssm, ssh, local/);
});

it('--transport ssh needs no AWS: hosts and tasks are listed without a credential', async () => {
  const { code, stdout } = await provision(inventory(), '--transport', 'ssh', '--list-hosts');
  expect(code).toBe(0);
  expect(stdout).toContain('prod-database-1');
});
