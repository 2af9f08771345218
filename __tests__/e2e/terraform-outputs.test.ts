import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileSource } from '../../provisioner/inventory/file-source';
import { loadInventory } from '../../provisioner/inventory/load-inventory';
import { inventory } from '../inventory/fixture';

const present = spawnSync('terraform', ['version']).status === 0;
if (!present) console.warn('skipped: terraform is not on PATH');
const maybe = present ? it : it.skip;

describe('what the real terraform makes of the output', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stagecraft-terraform-'));
  const terraform = (...args: readonly string[]) =>
    execFileSync('terraform', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  afterAll(() => rmSync(folder, { recursive: true }));

  maybe('is read back unchanged, from its outputs and from its state', async () => {
    writeFileSync(
      join(folder, 'main.tf.json'),
      JSON.stringify({ output: { inventory: { value: inventory() } } }),
    );
    terraform('init', '-input=false');
    terraform('apply', '-input=false', '-auto-approve');
    for (const command of [
      ['output', '-json'],
      ['state', 'pull'],
    ]) {
      const file = join(folder, `${command[0]}.json`);
      writeFileSync(file, terraform(...command));
      expect(await loadInventory(fileSource(file, 'prod'))).toEqual(inventory());
    }
  });
});
