import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { otherToken } from '../../../provisioner/roles/k3s/token-rotation';
import { itWith, shellcheck, shells } from '../../engine/shells';

describe.each(shells)('a server with both tokens, under %s', (_, shell) => {
  const folder = mkdtempSync(join(tmpdir(), 'stagecraft-tokens-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const script = join(folder, 'token-rotation.sh');
  const write = (name: string, content: string) =>
    writeFileSync(join(folder, name), content, { mode: 0o600 });
  const token = () => readFileSync(join(folder, 'token'), 'utf8');
  const startsWith = () => {
    const [command = 'sh', ...args] = shell;
    execFileSync(command, [...args, script], { stdio: ['ignore', 'pipe', 'pipe'] });
    return token();
  };
  /** What ExecStartPost does. */
  const succeeded = () => rmSync(join(folder, 'token.trying'), { force: true });

  beforeEach(() => {
    writeFileSync(script, otherToken.replaceAll('/etc/rancher/k3s', folder));
    for (const name of ['token', 'token.before']) write(name, 'old');
    write('token.next', 'new');
    succeeded();
  });

  it('tries one after the other until a start succeeds, and then keeps it', () => {
    expect([startsWith(), startsWith(), startsWith(), startsWith()]).toEqual(['old', 'new', 'old', 'new']);
    succeeded();
    expect([startsWith()]).toEqual(['new']);
    succeeded();
    expect(startsWith()).toBe('new');
  });

  it('does not take back a token that was given since the start that failed', () => {
    expect(startsWith()).toBe('old');
    write('token', 'new');
    expect(startsWith()).toBe('new');
  });

  it('does nothing once one of them is gone, and keeps what it writes to root', () => {
    startsWith();
    expect((statSync(join(folder, 'token.trying')).mode & 0o777).toString(8)).toBe('600');
    rmSync(join(folder, 'token.next'));
    expect([startsWith(), startsWith()]).toEqual(['old', 'old']);
    expect(existsSync(join(folder, 'token.other'))).toBe(false);
  });
});

itWith('shellcheck')('shellcheck has nothing to say', () => {
  expect(shellcheck(otherToken)).toBe('');
});
