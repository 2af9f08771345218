import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CommandInvocationStatus,
  GetCommandInvocationCommand,
  ListCommandInvocationsCommand,
  ListCommandsCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { sshdObstacle } from '../transports/sshd';
import { recapOf, SandboxCli, sandboxObstacle } from './sandbox-cli';

const obstacle = sandboxObstacle();
const maybe = obstacle === undefined ? describe : describe.skip;
if (obstacle !== undefined) console.warn(`skipped: ${obstacle}`);

const hasScript = spawnSync('script', ['--version']).status === 0;
const terminal = hasScript ? test : test.skip;
if (!hasScript) console.warn('skipped: script(1) is not installed, so there is no terminal to test on');

jest.setTimeout(240_000);

/** The whole job, through the command line, from five bare nodes to a run that changes nothing. In this order. */
maybe('provisioning the sandbox', () => {
  const sandbox = new SandboxCli();
  const canary = 'canary5ec7e70123456789abcdef';
  let printed = '';
  let client: SSMClient;
  let tokenName = '';

  beforeAll(async () => {
    const up = await sandbox.run('sandbox', 'up');
    expect(up).toMatchObject({ code: 0 });
    const status = JSON.parse((await sandbox.run('sandbox', 'status', '--format', 'json')).stdout);
    client = new SSMClient({
      endpoint: status.endpoint,
      region: status.region,
      credentials: status.credentials,
    });
    const inventory = JSON.parse(
      (await sandbox.run('inventory', '--env', 'sandbox', '--format', 'json')).stdout,
    );
    tokenName = inventory.secrets.k3sToken;
    // The token that nodes join with is known to this test, so that it can look for it everywhere.
    await client.send(new PutParameterCommand({ Name: tokenName, Value: canary, Type: 'SecureString' }));
  });
  afterAll(() => sandbox.remove());

  async function provision(...args: string[]) {
    const run = await sandbox.provision(...args);
    printed += run.stdout + run.stderr;
    return { ...run, recap: recapOf(run.stdout) };
  }

  /** A run of its own that has sent its first play, on nodes that take their time. */
  async function inMidRun() {
    await sandbox.run('sandbox', 'up', '--latency', '1500ms');
    const before = runsOf(sandbox.state);
    const started = sandbox.start('provision', '--env', 'sandbox');
    await until(() =>
      runsOf(sandbox.state).some(
        (id) => !before.includes(id) && eventsOf(sandbox.state, id).includes('"batch-started"'),
      ),
    );
    return started;
  }

  test('--check on bare nodes ends well, tells what would change and writes nothing', async () => {
    const before = disks(sandbox.state);
    const run = await provision('--check', '--diff');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.recap.size).toBe(5);
    for (const figures of run.recap.values()) expect(figures).toMatchObject({ failed: 0, unreachable: 0 });
    for (const figures of run.recap.values()) expect(figures.changed).toBeGreaterThan(20);
    expect(disks(sandbox.state)).toEqual(before);
  });

  test('--check --detailed-exitcode ends with 2 while something would change', async () => {
    expect((await provision('--check', '--detailed-exitcode')).code).toBe(2);
  });

  test('the first run converges five nodes', async () => {
    const run = await provision();
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect([...run.recap.keys()].sort()).toEqual([
      'sandbox-database-1',
      'sandbox-general-1',
      'sandbox-general-2',
      'sandbox-monitoring-1',
      'sandbox-server-1',
    ]);
    for (const figures of run.recap.values()) expect(figures).toMatchObject({ failed: 0, unreachable: 0 });
  });

  test('the second run changes nothing, with one command a play and one for the facts', async () => {
    const run = await provision();
    expect(run.code).toBe(0);
    for (const figures of run.recap.values())
      expect(figures).toMatchObject({ changed: 0, failed: 0, unreachable: 0 });
    const plays = run.stdout.match(/^PLAY \[/gm)?.length ?? 0;
    const commands = Number(/^(\d+) commands, \d+ API calls, [\d.]+ s$/m.exec(run.stdout)?.[1]);
    expect(commands).toBeLessThanOrEqual(plays + 1);
  });

  const noSshd = sshdObstacle();
  if (noSshd !== undefined) console.warn(`skipped over SSH: ${noSshd}`);
  const overSsh = noSshd === undefined ? test : test.skip;

  overSsh('over SSH the same nodes are as wanted, too', async () => {
    const run = await provision('--transport', 'ssh');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(/^sandbox: 5 nodes, \d+ plays over ssh/m);
    expect(run.stdout).toMatch(/^\d+ commands, [\d.]+ s$/m);
    expect(run.recap.size).toBe(5);
    for (const figures of run.recap.values())
      expect(figures).toMatchObject({ changed: 0, failed: 0, unreachable: 0 });
  });

  overSsh('over SSH, too, Ctrl-C kills what runs on the nodes', async () => {
    // A number that no other process of this machine sleeps for.
    const seconds = String(100_000 + process.pid);
    const script = `echo begun >/var/tmp/begun; sleep ${seconds}`;
    const isSleeping = () =>
      readdirSync('/proc').some((pid) => commandLine(pid).join(' ') === `sleep ${seconds}`);
    const run = ['run', '--env', 'sandbox', '--transport', 'ssh', '--limit', 'sandbox-server-1'];
    const { child, finished } = sandbox.start(...run, '--', 'sh', '-c', script);
    await until(isSleeping);
    child.kill('SIGINT');
    expect(await finished).toMatchObject({
      code: 130,
      stdout: expect.stringContaining('stopped: interrupted'),
    });
    expect(isSleeping()).toBe(false);
  });

  test('--check after a run reports nothing', async () => {
    const run = await provision('--check', '--detailed-exitcode');
    expect(run.code).toBe(0);
    for (const figures of run.recap.values()) expect(figures).toMatchObject({ changed: 0, failed: 0 });
  });

  test('drift on one node is found and repaired there, and restarts the service there only', async () => {
    const config = (node: string) =>
      join(sandbox.state, 'sandbox/nodes', node, 'disk/root/etc/rancher/k3s/config.yaml');
    const shell = await sandbox.run(
      'sandbox',
      'shell',
      'sandbox-general-1',
      '--',
      'sh',
      '-c',
      'echo "# by hand" >>/etc/rancher/k3s/config.yaml',
    );
    expect(shell).toMatchObject({ code: 0 });
    expect(readFileSync(config('sandbox-general-1'), 'utf8')).toContain('# by hand');
    const run = await provision('--diff');
    expect(run.code).toBe(0);
    expect(run.stdout).toContain('-# by hand');
    expect(run.recap.get('sandbox-general-1')).toMatchObject({ changed: 2 });
    expect(run.recap.get('sandbox-general-2')).toMatchObject({ changed: 0 });
    expect(run.stdout.match(/changed: \[.*\] handler : restart k3s/g)).toEqual([
      'changed: [sandbox-general-1] handler : restart k3s',
    ]);
  });

  test('--output json is one event a line', async () => {
    const run = await sandbox.provision('--output', 'json', '--limit', 'servers');
    const types = run.stdout
      .trimEnd()
      .split('\n')
      .map((line): string => JSON.parse(line).type);
    expect(types[0]).toBe('run-started');
    expect(types.at(-1)).toBe('run-finished');
    expect(types.filter((type) => type === 'task').length).toBeGreaterThan(20);
    printed += run.stdout;
  });

  test('the secret that nodes joined with appears nowhere but where it belongs', async () => {
    expect(await nodeFile(sandbox, 'cat /etc/rancher/k3s/token')).toContain(canary);
    const history = await commandHistory(client);
    expect(history).toContain('sc_task');
    const kept = readdirSync(join(sandbox.state, 'runs'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
    expect(kept.length).toBeGreaterThan(5);
    const logs = await nodeFile(sandbox, 'cat /var/log/stagecraft/*.log');
    expect(logs).toContain('join token');
    const status = (await sandbox.run('sandbox', 'status', '--format', 'json')).stdout;
    const inventory = (await sandbox.run('inventory', '--env', 'sandbox', '--format', 'json')).stdout;
    const daemonLog = readFileSync(join(sandbox.state, 'sandbox/daemon.log'), 'utf8');
    for (const text of [printed, history, ...kept, logs, status, inventory, daemonLog])
      expect(text.includes(canary)).toBe(false);
  });

  test('Ctrl-C cancels the commands on the nodes and prints the recap so far; the next run is as if nothing had been', async () => {
    const { child, finished } = await inMidRun();
    child.kill('SIGINT');
    const run = await finished;
    expect(run.code).toBe(130);
    expect(run.stdout).toContain('stopped: interrupted');
    expect(recapOf(run.stdout).size).toBe(5);
    expect(readFileSync(reportOf(run.stdout), 'utf8')).toContain('sandbox: Interrupted');
    expect(
      (await invocations(client)).every(
        ({ Status }) =>
          Status !== CommandInvocationStatus.IN_PROGRESS && Status !== CommandInvocationStatus.PENDING,
      ),
    ).toBe(true);
    await sandbox.run('sandbox', 'up', '--latency', '0ms');
    expect((await provision()).code).toBe(0);
  });

  terminal('on a terminal too', async () => {
    await sandbox.run('sandbox', 'up', '--latency', '1500ms');
    const before = runsOf(sandbox.state);
    const { child, finished } = sandbox.startOnTerminal('provision', '--env', 'sandbox');
    await until(() =>
      runsOf(sandbox.state).some(
        (id) => !before.includes(id) && eventsOf(sandbox.state, id).includes('"batch-started"'),
      ),
    );
    process.kill(innermostChild(child.pid ?? 0), 'SIGINT');
    const run = await finished;
    expect(run.code).toBe(130);
    expect(run.stdout).toContain('stopped: interrupted');
    await sandbox.run('sandbox', 'up', '--latency', '0ms');
  });

  test('a controller that is killed in mid-run leaves nothing that the next run stumbles over', async () => {
    const { child, finished } = await inMidRun();
    child.kill('SIGKILL');
    await finished;
    const report = await sandbox.run('report', '--env', 'sandbox', '--no-open');
    expect(readFileSync(report.stdout.trim(), 'utf8')).toContain('sandbox: No end recorded');
    await sandbox.run('sandbox', 'up', '--latency', '0ms');
    const run = await provision();
    expect(run.code).toBe(0);
    for (const figures of run.recap.values()) expect(figures).toMatchObject({ changed: 0, failed: 0 });
  });

  test('an offline node is told and left out; exit code 3', async () => {
    await sandbox.run('sandbox', 'up', '--offline', 'sandbox-general-2');
    const run = await provision();
    expect(run.code).toBe(3);
    expect(run.recap.get('sandbox-general-2')).toMatchObject({ ok: 0, unreachable: 1 });
    expect(run.recap.get('sandbox-general-1')).toMatchObject({ changed: 0, unreachable: 0 });
    await sandbox.run('sandbox', 'up', '--reset-faults');
  });

  test('a throttling service slows a run down and does not break it', async () => {
    await sandbox.run('sandbox', 'up', '--throttle', '0.2');
    const run = await provision('--limit', 'servers');
    expect(run.code).toBe(0);
    await sandbox.run('sandbox', 'up', '--reset-faults');
  });

  test('after down nothing is left of it', async () => {
    expect(await sandbox.run('sandbox', 'down')).toMatchObject({ code: 0 });
    expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(sandbox.state);
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(sandbox.state);
  });
});

/** Checksums of everything on the nodes' disks but what the SSM agent keeps of the commands themselves. */
function disks(state: string): string {
  const nodes = join(state, 'sandbox/nodes');
  return execFileSync(
    'sh',
    [
      '-c',
      `find . -path '*/var/lib/amazon' -prune -o \\( -type f -exec sha256sum {} + \\) -o \\( ! -type f -printf '%y %m %U %p %l\\n' \\) | sort`,
    ],
    { cwd: nodes, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
  );
}

async function nodeFile(sandbox: SandboxCli, command: string): Promise<string> {
  return (await sandbox.run('sandbox', 'shell', 'sandbox-general-1', '--', 'sh', '-c', command)).stdout;
}

/** All that the service keeps in plain text: parameters and outputs of every command. */
async function commandHistory(client: SSMClient): Promise<string> {
  const commands = (await client.send(new ListCommandsCommand({ MaxResults: 50 }))).Commands ?? [];
  const outputs = await Promise.all(
    (await invocations(client)).map(({ CommandId, InstanceId }) =>
      client.send(new GetCommandInvocationCommand({ CommandId, InstanceId })),
    ),
  );
  return JSON.stringify([commands, outputs]);
}

async function invocations(client: SSMClient) {
  return (
    (await client.send(new ListCommandInvocationsCommand({ MaxResults: 50, Details: true })))
      .CommandInvocations ?? []
  );
}

/** Where a run says that its report is. */
function reportOf(stdout: string): string {
  return /^report: (.*)$/m.exec(stdout)?.[1] ?? '';
}

function runsOf(state: string): string[] {
  return readdirSync(join(state, 'runs'));
}

function eventsOf(state: string, run: string): string {
  const file = join(state, 'runs', run, 'events.jsonl');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** The process at the end of a chain of only children: the program that a wrapper runs. */
function innermostChild(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return children === '' || children.includes(' ') ? pid : innermostChild(Number(children));
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** The words that a process was started with; none where it has ended. */
function commandLine(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}
