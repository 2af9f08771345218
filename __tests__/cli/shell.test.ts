import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { registerShell } from '../../provisioner/cli/shell';
import { inventory } from '../inventory/fixture';
import { inProcess } from './in-process';

const folder = mkdtempSync(join(tmpdir(), 'stagecraft-shell-'));
const nodes = join(folder, 'inventory.json');
const path = process.env.PATH;

beforeAll(() => writeFileSync(nodes, JSON.stringify(inventory())));
afterEach(() => {
  process.env.PATH = path;
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Programs of these names, and nothing else, are on PATH; they note their arguments and end with 7. */
function onlyOnPath(...programs: string[]): void {
  const bin = mkdtempSync(join(folder, 'bin-'));
  for (const program of programs) {
    writeFileSync(
      join(bin, program),
      `#!/bin/sh\nprintf '%s\\n' "$@" >${join(folder, 'arguments')}\nexit 7\n`,
    );
    chmodSync(join(bin, program), 0o755);
  }
  process.env.PATH = bin;
}

const shell = (...words: string[]) =>
  inProcess(registerShell, 'shell', '--env', 'prod', '--inventory', nodes, ...words);

test('opens a session on the instance, in its region, and ends as it does', async () => {
  onlyOnPath('aws', 'session-manager-plugin');
  expect(await shell('prod-server-1')).toEqual({ code: 7, stdout: '', stderr: '' });
  expect(readFileSync(join(folder, 'arguments'), 'utf8').trim().split('\n')).toEqual([
    'ssm',
    'start-session',
    '--region',
    'ap-northeast-2',
    '--target',
    'i-0000000000000001a',
  ]);
});

test('knows nodes by their instance id too, and prints the command on request', async () => {
  onlyOnPath();
  expect(await shell('i-0000000000000001a', '--print')).toEqual({
    code: 0,
    stdout: 'aws ssm start-session --region ap-northeast-2 --target i-0000000000000001a\n',
    stderr: '',
  });
});

test('names the session document of the environment, which logs the session and ends it', async () => {
  const deployed = join(folder, 'deployed.json');
  writeFileSync(deployed, JSON.stringify(inventory({ sessionDocument: 'stagecraft-prod-session' })));
  onlyOnPath();
  expect(
    await inProcess(
      registerShell,
      'shell',
      '--env',
      'prod',
      '--inventory',
      deployed,
      'prod-server-1',
      '--print',
    ),
  ).toMatchObject({
    code: 0,
    stdout:
      'aws ssm start-session --region ap-northeast-2 --target i-0000000000000001a --document-name stagecraft-prod-session\n',
  });
});

test.each([
  [['aws'], ['session-manager-plugin on PATH', 'install-plugin.html']],
  [[], ['the AWS CLI and the Session Manager plugin', 'getting-started-install.html']],
] as const)('with only %j on PATH it says what to install, and the command', async (present, said) => {
  onlyOnPath(...present);
  const { code, stderr } = await shell('prod-server-1');
  expect(code).toBe(1);
  for (const text of [...said, 'aws ssm start-session --region ap-northeast-2'])
    expect(stderr).toContain(text);
});

test('an unknown node is wrong usage, with the nearest name', async () => {
  const { code, stderr } = await shell('prod-sever-1');
  expect(code).toBe(64);
  expect(stderr).toContain("Did you mean 'prod-server-1'?");
});
