import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sandboxObstacle } from '../../e2e/sandbox-cli';
import { RoleSandbox } from '../sandbox-run';

const obstacle = sandboxObstacle();
const maybe = obstacle === undefined ? describe : describe.skip;
if (obstacle !== undefined) console.warn(`skipped: ${obstacle}`);

jest.setTimeout(240_000);

const server = 'sandbox-server-1';
const task = 'the cache has its password';
const ENV = ['--env', 'sandbox'];

/** In this order. */
maybe('the cache’s password in the sandbox', () => {
  const sandbox = new RoleSandbox('redis');
  const values: string[] = [];
  afterAll(() => sandbox.remove());

  /** The values that the parameter ever had, the newest last. */
  function passwords(): readonly string[] {
    const stored = JSON.parse(readFileSync(join(sandbox.cli.state, 'sandbox', 'parameters.json'), 'utf8'));
    const found = stored.find(({ name }: { name: string }) => name === '/stagecraft/sandbox/redis/password');
    return found.versions.map(({ value }: { value: string }) => value);
  }
  /** What opens the cache, as hashes. */
  function opens(): readonly string[] {
    return JSON.parse(readFileSync(join(sandbox.cli.state, 'sandbox', 'cache-user.json'), 'utf8')).passwords;
  }
  const hashes = (...of: readonly (string | undefined)[]) =>
    of.map((value = '') => createHash('sha256').update(value).digest('hex'));

  test('can be checked on a bare node', async () => {
    const check = await sandbox.provision('servers', '--check', '--diff');
    expect(check).toMatchObject({ code: 0, failed: [], changed: { [server]: [task] } });
  });

  test('is made, and given to the cache, once', async () => {
    const run = await sandbox.provision('servers');
    expect(run).toMatchObject({ code: 0, failed: [], changed: { [server]: [task] } });
    values.push(...passwords());
    expect(values).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(opens()).toEqual(hashes(values[0]));
    expect(await sandbox.provision('servers')).toMatchObject({ code: 0, failed: [], changed: {} });
  });

  test('is rotated: both open the cache until the older one is retired', async () => {
    const rotate = () => sandbox.cli.run('redis', 'rotate-password', ...ENV);
    const first = await rotate();
    expect(first).toMatchObject({ code: 0, stderr: expect.stringContaining('redis -- retire-password') });
    const [old, fresh] = passwords();
    values.push(fresh ?? '');
    expect(opens()).toEqual(hashes(fresh, old));
    expect(await sandbox.provision('servers')).toMatchObject({ code: 0, changed: {} });

    const second = await rotate();
    expect(second).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('two passwords open the cache'),
    });
    expect(opens()).toEqual(hashes(fresh, old));

    expect(await sandbox.cli.run('redis', 'retire-password', ...ENV)).toMatchObject({ code: 64 });
    expect(await sandbox.cli.run('redis', 'retire-password', ...ENV, '--yes')).toMatchObject({ code: 0 });
    expect(opens()).toEqual(hashes(fresh));
    expect(await sandbox.provision('servers')).toMatchObject({ code: 0, changed: {} });
  });

  test('is rotated all the same where that broke off, and services read the old one until the cache takes the new', async () => {
    const before = passwords();
    await sandbox.cli.run('sandbox', 'up', '--cache-fault', 'denied-change');
    expect(await sandbox.cli.run('redis', 'rotate-password', ...ENV)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('not allowed elasticache:ModifyUser'),
      stderr: expect.stringContaining('goes on where it was'),
    });
    expect(passwords()).toEqual(before);
    expect(opens()).toEqual(hashes(before.at(-1)));

    await sandbox.cli.run('sandbox', 'up', '--reset-faults');
    expect(await sandbox.cli.run('redis', 'rotate-password', ...ENV)).toMatchObject({ code: 0 });
    const fresh = passwords().at(-1);
    values.push(fresh ?? '');
    expect(passwords()).toEqual([...before, fresh]);
    expect(opens()).toEqual(hashes(fresh, before.at(-1)));
    expect(await sandbox.cli.run('redis', 'retire-password', ...ENV, '--yes')).toMatchObject({ code: 0 });
    expect(await sandbox.provision('servers')).toMatchObject({ code: 0, changed: {} });
  });

  test('fails with what to do where the node may not call ElastiCache', async () => {
    await sandbox.cli.run('sandbox', 'up', '--cache-fault', 'denied');
    const run = await sandbox.provision('servers');
    expect(run.code).toBe(1);
    expect(run.failed[0]).toContain(
      'not allowed elasticache:DescribeUsers on the user stagecraft-sandbox-app',
    );
    await sandbox.cli.run('sandbox', 'up', '--reset-faults');
    expect(await sandbox.provision('servers')).toMatchObject({ code: 0, changed: {} });
  });

  test('is nowhere but in Parameter Store', async () => {
    expect(values).toHaveLength(3);
    for (const value of values) {
      const onNode = `grep -rl ${value} /var/log /var/lib/stagecraft /run /tmp /etc 2>/dev/null || :`;
      expect(await sandbox.onNode(server, onNode)).toBe('');
      expect(filesWith(value, sandbox.cli.state)).toEqual(['parameters.json']);
    }
  });
});

/** Files of the controller that hold a text: logs and reports of runs, state of the sandbox. Not the nodes' disks. */
function filesWith(text: string, folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory())
      return entry.name === 'nodes' || entry.name === 'proc-sys'
        ? []
        : filesWith(text, join(folder, entry.name));
    return entry.isFile() && readFileSync(join(folder, entry.name)).includes(text) ? [entry.name] : [];
  });
}
