import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { terraformTools } from '../e2e/terraform-tools';

const project = resolve(__dirname, '../..');
const file = readFileSync(join(__dirname, 'staging.ts'), 'utf8');
const tools = terraformTools();
if (typeof tools === 'string') console.warn(`skipped: terraform validate: ${tools}`);
const maybe = typeof tools === 'string' ? it.skip : it;

const list = 'environments/index.ts';
const entryBefore = "  prod: () => require('./prod'),\n";
const entry = "  staging: () => require('./staging'),\n";

describe('adding an environment', () => {
  let clone: string;
  beforeAll(() => {
    clone = mkdtempSync(join(tmpdir(), 'stagecraft-staging-'));
    for (const path of ['main.ts', 'package.json', 'tsconfig.json', 'environments', 'stacks', 'provisioner'])
      cpSync(join(project, path), join(clone, path), { recursive: true });
    symlinkSync(join(project, 'node_modules'), join(clone, 'node_modules'));
    writeFileSync(
      join(clone, 'environments/staging.ts'),
      file.replace('../../environments/schema', './schema'),
    );
    const index = readFileSync(join(clone, list), 'utf8');
    writeFileSync(join(clone, list), index.replace(entryBefore, entryBefore + entry));
  });
  afterAll(() => rmSync(clone, { recursive: true, force: true }));

  const run = (program: string, args: readonly string[], cwd = clone) =>
    spawnSync(program, args, { cwd, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } });

  it('takes one file of at most 40 lines, and one line in the list', () => {
    expect(file.trimEnd().split('\n').length).toBeLessThanOrEqual(40);
    expect(readFileSync(join(clone, list), 'utf8')).toContain(entryBefore + entry);
  });

  it('is enough for a stack of its own, which the other environments do not notice', () => {
    const synth = (folder: string) => {
      const out = join(clone, folder);
      const { status, stderr } = spawnSync('node', ['--import', 'tsx', 'main.ts'], {
        cwd: folder === 'before' ? project : clone,
        encoding: 'utf8',
        env: { ...process.env, NODE_OPTIONS: '', CDKTF_OUTDIR: out },
      });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      return join(out, 'stacks');
    };
    const [before, after] = [synth('before'), synth('after')];
    expect(readdirSync(after).sort()).toEqual([...readdirSync(before), 'staging'].sort());
    for (const name of ['dev', 'prod']) {
      const stack = (folder: string) => readFileSync(join(folder, name, 'cdk.tf.json'), 'utf8');
      expect(stack(after)).toBe(stack(before));
    }
  });

  it('is enough for the command line', () => {
    const { status, stdout } = run('node', [
      'provisioner/cli/stagecraft.cjs',
      'cost',
      '--env',
      'staging',
      '--format',
      'json',
    ]);
    expect(status).toBe(0);
    const [design] = JSON.parse(stdout).designs;
    expect(design).toMatchObject({ name: 'staging', region: 'us-east-1' });
    expect(design.monthlyUsd).toBeGreaterThan(300);
  });

  maybe(
    'gives a stack that is valid for the real provider, without a warning',
    () => {
      const folder = join(clone, 'after/stacks/staging');
      const terraform = (...args: readonly string[]) =>
        spawnSync('terraform', args, {
          cwd: folder,
          encoding: 'utf8',
          env: { ...process.env, ...(typeof tools === 'string' ? {} : tools) },
        });
      expect(terraform('init', '-backend=false', '-input=false').status).toBe(0);
      expect(JSON.parse(terraform('validate', '-json').stdout)).toMatchObject({
        valid: true,
        error_count: 0,
        warning_count: 0,
      });
    },
    120_000,
  );
});
