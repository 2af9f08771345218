import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderShell } from '../../../provisioner/engine/shell';
import { stepsOf } from '../../../provisioner/engine/steps';
import { otherToken, tokenRotationPlays } from '../../../provisioner/roles/k3s/token-rotation';
import { itWith, runShell, shellcheck, shells } from '../../engine/shells';
import { exampleContext } from '../example';

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

describe.each(shells)('whether the old token is kept, under %s', (_, shell) => {
  const folder = mkdtempSync(join(tmpdir(), 'stagecraft-tokens-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['before the rotation', { token: 'old', next: 'new' }, false],
    ['beside the new one', { token: 'old', next: 'new', before: 'old' }, true],
    ['while the server has the new one', { token: 'new', next: 'new', before: 'old' }, true],
    ['of the rotation before this one', { token: 'old', next: 'new', before: 'new' }, false],
    // The rotation broke off on another node while the old one was being forgotten, and is run again.
    ['once it was forgotten here', { token: 'new', next: 'new' }, true],
  ])('%s', (_name, files: Readonly<Record<string, string>>, kept) => {
    for (const name of ['token', 'next', 'before']) {
      const path = join(folder, name === 'token' ? 'token' : `token.${name}`);
      rmSync(path, { force: true });
      const content = files[name];
      if (content !== undefined) writeFileSync(path, content);
    }
    const check = isKept().replaceAll('/etc/rancher/k3s', folder);
    expect(runShell(shell, `if { ${check}; }; then echo kept; fi`).trim() === 'kept').toBe(kept);
  });
});

/** The check of the task that keeps it. */
function isKept(): string {
  const context = exampleContext({ servers: { count: 3 } });
  const store = {
    exists: async () => true,
    create: async () => {},
    same: async () => false,
    copy: async () => {},
    version: async () => 1,
    remove: async () => {},
  };
  const tasks = tokenRotationPlays(context, store).flatMap((play) => stepsOf(play, context));
  const found = tasks.find(({ task }) => task.name === 'the old token is kept');
  if (found === undefined) throw new Error('no such task');
  return renderShell(found.task.check, () => 'v');
}

itWith('shellcheck')('shellcheck has nothing to say', () => {
  expect(shellcheck(otherToken)).toBe('');
});
