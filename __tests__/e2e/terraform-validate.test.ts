import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const project = join(__dirname, '..', '..');
const tools = terraformTools();
if (typeof tools === 'string') console.warn(`skipped: terraform validate: ${tools}`);
const maybe = typeof tools === 'string' ? it.skip : it;

describe('the synthesized stacks', () => {
  let out: string;
  beforeAll(() => {
    out = mkdtempSync(join(tmpdir(), 'stagecraft-terraform-'));
    const synth = spawnSync('node', ['--import', 'tsx', 'main.ts'], {
      cwd: project,
      encoding: 'utf8',
      env: { ...process.env, CDKTF_OUTDIR: out },
    });
    if (synth.status !== 0) throw new Error(synth.stderr);
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

/**
 * What terraform needs to find a provider without a registry: its own configuration where one is set up, else the test
 * tools beside the project. A text says why there is neither.
 */
function terraformTools(): Readonly<Record<string, string>> | string {
  if (spawnSync('terraform', ['version']).status !== 0) return 'no terraform on this machine';
  const configured = process.env.TF_CLI_CONFIG_FILE;
  if (configured !== undefined && existsSync(configured)) return { TF_CLI_CONFIG_FILE: configured };
  const setup = join(project, '..', 'shared', 'tools', 'setup.sh');
  if (!existsSync(setup)) return 'no TF_CLI_CONFIG_FILE and no test tools with a copy of the AWS provider';
  const shell = spawnSync('bash', ['-c', `eval "$("$1")" && printf %s "$TF_CLI_CONFIG_FILE"`, 'sh', setup], {
    encoding: 'utf8',
  });
  return shell.status === 0 && shell.stdout !== ''
    ? { TF_CLI_CONFIG_FILE: shell.stdout }
    : `the test tools do not serve this machine: ${shell.stderr}`;
}
