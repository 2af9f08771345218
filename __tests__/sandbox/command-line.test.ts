import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { reset } from '../../provisioner/sandbox/lifecycle';
import { sandboxStatus } from '../../provisioner/sandbox/status';
import { itWithNamespaces, ownStateFolder } from './namespaces-support';

// Five nodes and a command line each time.
jest.setTimeout(180_000);

const maybe = itWithNamespaces();
const PROJECT = join(__dirname, '..', '..');

describe('the command `sandbox`', () => {
  const state = ownStateFolder();
  afterAll(async () => {
    await reset();
    state.remove();
  });

  const sandbox = async (...args: string[]) => {
    const { KUBEBUILDER_ASSETS: _, ...env } = process.env;
    return promisify(execFile)('node', ['--import', 'tsx', 'provisioner/cli/index.ts', 'sandbox', ...args], {
      cwd: PROJECT,
      env,
    })
      .then(({ stdout, stderr }) => ({ code: 0, stdout, stderr }))
      .catch((error: { code: number; stdout: string; stderr: string }) => error);
  };

  maybe('goes from up over status and shell to down', async () => {
    expect(await sandbox('status')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('sandbox -- up'),
    });
    const up = await sandbox(
      'up',
      '--latency',
      '10ms',
      '--slow-agent',
      'sandbox-general-1=1s',
      '--format',
      'json',
    );
    expect(up.stderr).toBe('');
    const status = sandboxStatus.parse(JSON.parse(up.stdout));
    expect(status.nodes.map(({ online }) => online)).toEqual([true, true, true, true, true]);
    expect(status.settings).toMatchObject({
      latencyMs: 10,
      slow: { 'sandbox-general-1': { delayMs: 1000 } },
    });
    expect(status.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(status.simulated.length).toBeGreaterThan(3);

    const table = await sandbox('status');
    expect(table.stdout).toMatch(/sandbox-database-1 +agent +i-[0-9a-f]{17} .* online/);
    expect(table.stdout).toContain('Simulated:');
    const env = await sandbox('status', '--format', 'env');
    const evaluated = spawnSync(
      'sh',
      ['-c', `${env.stdout}\necho "$AWS_ENDPOINT_URL_SSM $AWS_SECRET_ACCESS_KEY"`],
      { encoding: 'utf8' },
    );
    expect(evaluated.stdout).toBe(`${status.endpoint} ${status.credentials.secretAccessKey}\n`);

    const shell = await sandbox('shell', 'sandbox-server-1', '--', 'sh', '-c', 'hostname; exit 7');
    expect(shell).toMatchObject({ code: 7, stdout: 'ip-10-0-0-10\n' });
    const wrong = await sandbox('shell', 'sandbox-sever-1');
    expect(wrong).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("Did you mean 'sandbox-server-1'?"),
    });

    expect(await sandbox('down')).toMatchObject({ code: 0, stdout: expect.stringContaining('is down') });
    expect(await sandbox('down')).toMatchObject({ code: 0, stdout: expect.stringContaining('was not up') });
  });

  maybe.each([
    [['up', '--latency', 'soon'], 'A time such as 800ms or 2s'],
    [['up', '--throttle', '2'], 'A number from 0 to 1'],
    [['up', '--slow-agent', 'x'], 'NODE=TIME'],
    [['up', '--offlin', 'x'], "unknown option '--offlin'"],
    [['status', '--format', 'xml'], 'Allowed choices are table, json, env'],
  ])('%j is wrong usage', async (args, message) => {
    expect(await sandbox(...args)).toMatchObject({
      code: 64,
      stdout: '',
      stderr: expect.stringContaining(message),
    });
  });
});
