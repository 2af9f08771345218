import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { synthesizedStacks } from './synthesized-stacks';

const project = resolve(__dirname, '../..');
const config = join(project, '.tflint.hcl');
const missing = whatIsMissing();
if (missing !== undefined) console.warn(`skipped: ${missing}`);
const maybe = missing === undefined ? it : it.skip;

describe('tflint with the rules of AWS', () => {
  let folder: string;
  beforeAll(() => {
    folder = synthesizedStacks();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  maybe.each(['bootstrap', 'dev', 'prod'])(
    'finds nothing in %s',
    (stack) => {
      expect(lint(join(folder, 'stacks', stack))).toEqual([]);
    },
    120_000,
  );

  maybe('reads JSON, and would find an instance type that AWS does not have', () => {
    const broken = join(folder, 'broken');
    mkdirSync(broken);
    const resource = { aws_instance: { one: { ami: 'ami-12345678', instance_type: 't3.huge' } } };
    writeFileSync(join(broken, 'cdk.tf.json'), JSON.stringify({ resource }));
    expect(lint(broken)).toEqual([expect.stringContaining('aws_instance_invalid_type')]);
  });
});

/** One line a finding. */
function lint(stack: string): readonly string[] {
  const { stdout, stderr } = tflint('--chdir', stack, '--format', 'json');
  const parsed = reportSchema.safeParse(jsonOf(stdout));
  if (!parsed.success) throw new Error(`tflint: ${stdout}${stderr}`);
  const { issues, errors } = parsed.data;
  expect(errors).toEqual([]);
  return issues.map(({ rule, message, range }) => `${rule.name}: ${message} (line ${range.start.line})`);
}

const reportSchema = z.object({
  issues: z.array(
    z.object({
      rule: z.object({ name: z.string() }),
      message: z.string(),
      range: z.object({ start: z.object({ line: z.number() }) }),
    }),
  ),
  errors: z.array(z.object({ message: z.string() })),
});

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `tflint --version` names the rules that are installed, in the version that the configuration asks for. */
function whatIsMissing(): string | undefined {
  const { error, stdout } = tflint('--version');
  if (error !== undefined) return 'no tflint on this machine';
  return /^\+ ruleset\.aws /m.test(stdout)
    ? undefined
    : 'tflint has no rules of AWS: `tflint --init` installs those of .tflint.hcl';
}

function tflint(...args: readonly string[]) {
  return spawnSync('tflint', ['--config', config, ...args], {
    cwd: project,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    env: { ...process.env, TFLINT_DISABLE_VERSION_CHECK: '1' },
  });
}
