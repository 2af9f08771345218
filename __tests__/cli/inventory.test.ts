import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { registerInventory } from '../../provisioner/cli/inventory';
import { inventory } from '../inventory/fixture';
import { inProcess, type Result } from './in-process';

const root = resolve(__dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'stagecraft-inventory-cli-'));
const file = join(folder, 'outputs.json');
writeFileSync(file, JSON.stringify({ prod: { inventory: inventory() } }));
afterAll(() => rmSync(folder, { recursive: true }));

/** The command as `npm run inventory` starts it. */
function cli(...args: readonly string[]): Promise<Result> {
  return program(process.execPath, ['--import', 'tsx', 'provisioner/cli/index.ts', 'inventory', ...args]);
}

/** The same without a process of its own, which takes a second. */
function inThisProcess(...args: readonly string[]): Promise<Result> {
  return inProcess(registerInventory, 'inventory', ...args);
}

async function program(path: string, args: readonly string[]): Promise<Result> {
  try {
    const { stdout, stderr } = await promisify(execFile)(path, args, { cwd: root });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = Object(error);
    return { code, stdout, stderr };
  }
}

describe('inventory', () => {
  it('prints a table, with --env prod and --env=prod alike', async () => {
    const [separate, joined] = await Promise.all([
      cli('--env', 'prod', '--inventory', file),
      cli('--env=prod', `--inventory=${file}`),
    ]);
    expect(separate).toMatchObject({ code: 0, stderr: '' });
    expect(separate.stdout).toMatch(
      /^NAME +ROLE +GROUPS[^\n]*\nprod-server-1 +server +servers,server +i-0000000000000001a +10\.0\.1\.11/,
    );
    expect(joined.stdout).toBe(separate.stdout);
  });

  it('exports JSON that it reads again, and the same as YAML', async () => {
    const asJson = await inThisProcess('--env', 'prod', '--inventory', file, '--format', 'json');
    const asYaml = await inThisProcess('--env', 'prod', '--inventory', file, '--format', 'yaml');
    expect(JSON.parse(asJson.stdout)).toEqual(inventory());
    expect(parse(asYaml.stdout)).toEqual(inventory());
    const copy = join(folder, 'copy.json');
    writeFileSync(copy, asJson.stdout);
    expect((await inThisProcess('--env', 'prod', '--inventory', copy, '--format', 'json')).stdout).toBe(
      asJson.stdout,
    );
  });

  it('answers --list and --host as an Ansible inventory script does', async () => {
    const list = await inThisProcess('--env', 'prod', '--inventory', file, '--list');
    const host = await inThisProcess('--env', 'prod', '--inventory', file, '--host', 'prod-server-1');
    expect(JSON.parse(list.stdout)).toHaveProperty(['_meta', 'hostvars', 'prod-server-1']);
    expect(JSON.parse(host.stdout)).toMatchObject({ ansible_host: 'i-0000000000000001a' });
  });

  it.each([
    ['no environment', [], '--env'],
    ['an unknown environment', ['--env', 'prdo'], 'Did you mean "prod"?'],
    [
      'an unknown host',
      ['--env', 'prod', '--inventory', file, '--host', 'prod-sever-1'],
      "Did you mean 'prod-server-1'?",
    ],
    ['an unknown flag', ['--env', 'prod', '--fromat', 'json'], '--format'],
    ['an unknown format', ['--env', 'prod', '--format', 'toml'], 'table, json, yaml, ansible'],
    [
      'a missing file',
      ['--env', 'prod', '--inventory', '/nowhere.json'],
      'There is no inventory file /nowhere.json.',
    ],
    [
      "another environment's file",
      ['--env', 'dev', '--inventory', file],
      "belongs to environment 'prod', not to 'dev'",
    ],
  ])('explains %s, on standard error only, with exit code 64', async (_, args, text) => {
    const { code, stdout, stderr } = await inThisProcess(...args);
    expect(stderr).toContain(text);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
  });
});

describe('with the real ansible-inventory', () => {
  const candidates = [
    join(process.env.STAGECRAFT_VENV ?? '/nowhere', 'bin/ansible-inventory'),
    'ansible-inventory',
  ];
  const tool = candidates.find((path) =>
    path.startsWith('/') ? existsSync(path) : spawnSync(path, ['--version']).status === 0,
  );
  if (tool === undefined)
    console.warn('skipped: ansible-inventory is neither on PATH nor in $STAGECRAFT_VENV/bin');
  const maybe = tool === undefined ? it.skip : it;

  const script = join(folder, 'stagecraft.sh');
  const command = `exec '${process.execPath}' --import tsx provisioner/cli/index.ts inventory --env prod --inventory '${file}' "$@"`;
  writeFileSync(script, `#!/bin/sh\ncd '${root}' || exit\n${command}\n`, { mode: 0o755 });
  const ansible = (...args: readonly string[]) => program(tool ?? '', ['-i', script, ...args]);

  maybe('is read without a warning, host by host', async () => {
    const { code, stdout, stderr } = await ansible('--list');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const read = JSON.parse(stdout);
    expect(Object.keys(read._meta.hostvars).sort()).toEqual([
      'prod-database-1',
      'prod-general-1',
      'prod-server-1',
    ]);
    expect(read._meta.hostvars['prod-database-1']).toMatchObject({
      ansible_host: 'i-0000000000000003a',
      ansible_connection: 'community.aws.aws_ssm',
      ansible_aws_ssm_region: 'ap-northeast-2',
      taints: [{ key: 'stagecraft.dev/dedicated', value: 'db', effect: 'NoSchedule' }],
    });
    expect(read.agents.hosts.sort()).toEqual(['prod-database-1', 'prod-general-1']);
  });

  maybe('has the groups below all', async () => {
    const { stdout } = await ansible('--graph');
    expect(stdout).toContain('@all:');
    expect(stdout).toContain('|--@big_database:\n  |  |--prod-database-1');
    expect(stdout).not.toMatch(/@ungrouped:\n *\| {2}\|--/);
  });
});
