import { userInfo } from 'node:os';
import fc from 'fast-check';
import { runOrigin, shownCommand } from '../../provisioner/cli/operator';

const now = new Date('2026-01-02T03:04:05.678Z');
const argv = (...words: string[]) => ['node', 'index.ts', ...words];

describe('the command line as others may read it', () => {
  it.each([
    [['provision', '--env', 'prod', '--limit', 'agents:&web'], "provision --env prod --limit 'agents:&web'"],
    [['provision', '--env=prod', '-C', '-t', 'k3s,base', '-D'], 'provision --env=prod -C -t k3s,base -D'],
    [['node', 'remove', 'prod-general-2', '--env', 'prod'], 'node remove prod-general-2 --env prod'],
    [['run', '--env', 'prod', 'mysql -psecret'], 'run --env prod …'],
    [['run', 'web', 'mysql', '-psecret'], 'run … -p…'],
    [['run', '--env', 'prod', '--', 'mysql', '-psecret'], 'run --env prod -- …'],
    [['secrets', 'set', 'db', '--value', 'hunter2'], 'secrets set db --value …'],
    [['secrets', 'set', 'db', '--value=hunter2'], 'secrets set db --value=…'],
    [['secrets', 'set', 'db', 'Hunter2!'], 'secrets set db …'],
    [[], ''],
  ])('%j', (words, shown) => {
    expect(shownCommand(words)).toBe(shown);
  });

  it('never holds the value of an option that is not known to be harmless, however it is written', () => {
    const secret = fc.stringMatching(/^S3cret[A-Z!@ ]{4,12}$/);
    const place = fc.constantFrom(
      (value: string) => ['--token', value],
      (value: string) => [`--token=${value}`],
      (value: string) => ['--', 'login', value],
      (value: string) => ['-x', value],
      (value: string) => [value],
    );
    fc.assert(
      fc.property(secret, place, (value, put) => {
        expect(shownCommand(['any', '--env', 'prod', ...put(value)])).not.toContain(value);
      }),
    );
  });
});

describe('who runs it', () => {
  it('is the account, and the start to the second', () => {
    expect(runOrigin(now, argv('provision', '--env', 'dev'), {})).toMatchObject({
      user: userInfo().username,
      command: 'provision --env dev',
      started: '2026-01-02T03:04:05Z',
    });
  });

  it('is the person behind a CI job', () => {
    const variables = { GITHUB_ACTIONS: 'true', GITHUB_ACTOR: 'anna', GITHUB_RUN_ID: '42' };
    expect(runOrigin(now, argv(), variables).user).toBe('anna (GitHub Actions, run 42)');
  });

  const asRoot = userInfo().username === 'root' ? it : it.skip;
  if (userInfo().username !== 'root') console.warn('skipped: only root can be behind sudo');
  asRoot('is the person behind sudo', () => {
    expect(runOrigin(now, argv(), { SUDO_USER: 'anna' }).user).toBe('anna (as root)');
  });
});
