import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { synthesizedStacks } from './synthesized-stacks';
import { terraformTools } from './terraform-tools';

const tools = terraformTools();
if (typeof tools === 'string') console.warn(`skipped: terraform validate: ${tools}`);
const maybe = typeof tools === 'string' ? it.skip : it;

describe('the synthesized stacks', () => {
  let out: string;
  beforeAll(() => {
    out = synthesizedStacks();
  });
  afterAll(() => rmSync(out, { recursive: true, force: true }));

  maybe.each(['bootstrap', 'dev', 'prod'])(
    '%s are valid for the real provider',
    (stack) => {
      terraform(stack, 'init', '-backend=false', '-input=false', '-no-color');
      const verdict = JSON.parse(terraform(stack, 'validate', '-json'));
      expect(verdict).toMatchObject({ valid: true, error_count: 0, warning_count: 0 });
    },
    120_000,
  );

  function terraform(stack: string, ...args: readonly string[]): string {
    const result = spawnSync('terraform', args, {
      cwd: join(out, 'stacks', stack),
      encoding: 'utf8',
      env: { ...process.env, ...(typeof tools === 'string' ? {} : tools) },
    });
    if (result.status !== 0) throw new Error(`terraform ${args[0]}: ${result.stdout}${result.stderr}`);
    return result.stdout;
  }
});
