import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileSource } from '../../provisioner/inventory/file-source';
import { loadInventory } from '../../provisioner/inventory/load-inventory';
import { inventory } from './fixture';

const folder = mkdtempSync(join(tmpdir(), 'stagecraft-inventory-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: unknown): string {
  const path = join(folder, `${Math.random()}.json`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const load = (path: string, environment = 'prod') => loadInventory(fileSource(path, environment));
const type = ['object', { schemaVersion: 'number' }];

describe('fileSource', () => {
  it.each([
    [
      'terraform output -json',
      {
        inventory: { sensitive: false, type, value: inventory() },
        other: { value: 1, type: 'number', sensitive: false },
      },
    ],
    ['cdktf output --outputs-file', { prod: { inventory: inventory(), other: 1 } }],
    ['a state', { version: 4, outputs: { inventory: { value: inventory(), type } }, resources: [] }],
    ['the bare inventory', inventory()],
  ])('reads what %s writes', async (_, content) => {
    expect(await load(file(content))).toEqual(inventory());
  });

  it("takes the environment's own stack where a file holds several", async () => {
    const both = {
      bootstrap: { bucket: 'b' },
      dev: { inventory: inventory({ environment: 'dev' }) },
      prod: { inventory: inventory() },
    };
    expect((await load(file(both))).environment).toBe('prod');
    expect((await load(file(both), 'dev')).environment).toBe('dev');
  });

  it("refuses a file with another environment's stack only", async () => {
    const path = file({ dev: { inventory: inventory({ environment: 'dev' }) } });
    await expect(load(path)).rejects.toMatchObject({
      what: expect.stringContaining("belongs to environment 'dev', not to 'prod'"),
    });
  });

  it.each([
    ['is not JSON', 'not: json', 'is not JSON'],
    ['is empty', '', 'it is empty'],
    ['is cut off', '{"inventory":', 'is not JSON'],
    ['has no such output', { prod: { vpc: 'vpc-1' } }, "has no output named 'inventory'"],
    ['is a list', [1], "has no output named 'inventory'"],
    ['is null', 'null', "has no output named 'inventory'"],
  ])('explains a file that %s', async (_, content, what) => {
    const path = file(content);
    await expect(load(path)).rejects.toMatchObject({
      name: 'UserError',
      what: expect.stringContaining(what),
      next: expect.stringContaining('cdktf output prod'),
      exitCode: 64,
    });
  });

  it('explains a missing file and a directory', async () => {
    await expect(load('/nowhere/inventory.json')).rejects.toMatchObject({
      name: 'UserError',
      what: 'There is no inventory file /nowhere/inventory.json.',
    });
    await expect(load(folder)).rejects.toMatchObject({
      name: 'UserError',
      what: expect.stringContaining('is a directory'),
    });
  });
});
