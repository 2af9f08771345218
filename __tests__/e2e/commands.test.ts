import { spawnSync } from 'node:child_process';
import { recapOf, SandboxCli, sandboxObstacle } from './sandbox-cli';

const obstacle = sandboxObstacle();
const maybe = obstacle === undefined ? describe : describe.skip;
if (obstacle !== undefined) console.warn(`skipped: ${obstacle}`);

const hasSshd = spawnSync('sh', ['-c', 'command -v ssh && test -x /usr/sbin/sshd']).status === 0;
const overSsh = hasSshd ? test : test.skip;
if (!hasSshd) console.warn('skipped: ssh or sshd is not installed');

jest.setTimeout(240_000);

const nodes = [
  'sandbox-database-1',
  'sandbox-general-1',
  'sandbox-general-2',
  'sandbox-monitoring-1',
  'sandbox-server-1',
];

/** The commands around a run, as an operator uses them on five nodes. In this order. */
maybe('on the sandbox', () => {
  const sandbox = new SandboxCli();
  const inSandbox = (command: string, ...words: string[]) =>
    sandbox.run(command, '--env', 'sandbox', ...words);

  beforeAll(async () => {
    expect(await sandbox.run('sandbox', 'up')).toMatchObject({ code: 0 });
  });
  afterAll(() => sandbox.remove());

  describe('run', () => {
    test('shows equal output once, and a recap', async () => {
      const run = await inSandbox('run', '--', 'echo', "it's", '$HOME', '{{x}}');
      expect(run).toMatchObject({ code: 0, stderr: '' });
      expect(run.stdout).toContain("(5 nodes): exit code 0\nit's $HOME {{x}}\n");
      expect([...recapOf(run.stdout).keys()].sort()).toEqual(nodes);
    });

    test('one word is a line of shell', async () => {
      const run = await inSandbox('run', '--limit', 'agents', '--', 'echo one >&2; echo $((1 + 1))');
      expect(run.stdout).toContain('(4 nodes): exit code 0\none\n2\n');
      expect(recapOf(run.stdout).has('sandbox-server-1')).toBe(false);
    });

    test('an exit code other than 0 is that node’s failure, and the others go on', async () => {
      const line = 'case $(uname -n) in *16-10*) echo broken; exit 3 ;; esac; echo fine';
      const run = await inSandbox('run', '-l', 'sandbox-general-*', '--', line);
      expect(run.code).toBe(1);
      expect(run.stdout).toContain('sandbox-general-1: exit code 0\nfine\n');
      expect(run.stdout).toContain('sandbox-general-2: exit code 3\nbroken\n');
      expect(recapOf(run.stdout).get('sandbox-general-2')).toMatchObject({ failed: 1 });
    });

    test('output longer than one command of SSM returns arrives whole', async () => {
      const run = await inSandbox('run', '-l', 'servers', '--', 'seq 1 20000');
      expect(run.stdout).toContain(`\n${Array.from({ length: 20_000 }, (_, i) => i + 1).join('\n')}\n`);
    });

    test('--output json is one event a line, with the output of each node', async () => {
      const run = await inSandbox('run', '--output', 'json', '--', 'echo', 'hi');
      const events = run.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(events[0]).toMatchObject({ type: 'run-started', plays: ['run'] });
      expect(events.filter(({ type, output }) => type === 'task' && output === 'hi\n')).toHaveLength(5);
      expect(events.at(-1).type).toBe('run-finished');
    });

    test('a node that takes too long is told', async () => {
      const run = await inSandbox('run', '-l', 'servers', '--timeout', '1', '--', 'sleep 60');
      expect(run.code).toBe(1);
      expect(run.stdout).toMatch(/sandbox-server-1: the time limit was over/);
    });

    test.each([
      [[], "missing required argument 'command'"],
      [['--', ' '], 'The command is empty.'],
      [['--limit', 'servesr', '--', 'true'], "Did you mean 'servers'?"],
      [['--fork', '1', '--', 'true'], 'Did you mean --forks?'],
    ])('%j is wrong usage', async (words, said) => {
      const run = await inSandbox('run', ...words);
      expect(run).toMatchObject({ code: 64, stdout: '' });
      expect(run.stderr).toContain(said);
      expect(run.stderr).not.toContain('    at ');
    });
  });

  test('plan is provision --check --diff', async () => {
    const plan = await inSandbox('plan', '--limit', 'servers', '--detailed-exitcode');
    expect(plan.code).toBe(2);
    expect(plan.stdout).toContain('check only: nothing will be changed');
    expect(plan.stdout).toMatch(/^ {4}\+/m);
    expect(plan.stdout).toMatch(/\n1 of 1 node would change, in \d+ tasks\. Nothing was changed\.\n$/);
  });

  test('status of bare nodes needs attention, and of provisioned ones it does not', async () => {
    const bare = await inSandbox('status', '--detailed-exitcode');
    expect(bare.code).toBe(2);
    expect(bare.stdout).toContain('none that the nodes remember');
    expect(await sandbox.provision()).toMatchObject({ code: 0 });
    const well = await inSandbox('status', '--detailed-exitcode');
    expect(well).toMatchObject({ code: 0, stderr: '' });
    expect(well.stdout).toMatch(/^sandbox: all is well \(5 nodes, /);
    expect(well.stdout).toMatch(/ok +last run +provision --env sandbox by .*finished/);
    expect(well.stdout).toMatch(/ok +drift +none: all 5 nodes are as wanted/);
    expect(well.stdout).toMatch(/ok +k3s +v1\.\S+ on all 5/);
  });

  test('a command that was run is not the last run', async () => {
    await inSandbox('run', '--', 'false');
    expect((await inSandbox('status', '--no-drift')).stdout).toMatch(/ok +last run +provision --env sandbox/);
  });

  test('facts are a table, and JSON for programs', async () => {
    const table = await inSandbox('facts', '--filter', 'os_id,hostname');
    expect(table).toMatchObject({ code: 0, stderr: '' });
    expect(table.stdout).toMatch(/^os_id +ubuntu +all 5$/m);
    expect(table.stdout).toMatch(/^ +\S+ +sandbox-general-1$/m);
    const json = JSON.parse((await inSandbox('facts', '-l', 'servers', '--format', 'json')).stdout);
    expect(json).toMatchObject({
      environment: 'sandbox',
      nodes: { 'sandbox-server-1': { os_id: 'ubuntu', tag_environment: 'sandbox' } },
      unreachable: {},
    });
    const wrong = await inSandbox('facts', '--filter', 'kernal');
    expect(wrong).toMatchObject({ code: 64, stderr: expect.stringContaining("Did you mean 'kernel'?") });
  });

  test('shell enters the node and ends as the shell does', async () => {
    // Its standard input is empty: the shell ends at once, and well.
    expect(await inSandbox('shell', 'sandbox-general-1')).toMatchObject({ code: 0 });
    const wrong = await inSandbox('shell', 'sandbox-genral-1');
    expect(wrong).toMatchObject({ code: 64 });
    expect(wrong.stderr).toContain("Did you mean 'sandbox-general-1'?");
  });

  overSsh('run and shell go over SSH as well, with the keys of the transport', async () => {
    const run = await inSandbox('run', '--transport', 'ssh', '--', 'echo hi');
    expect(run.stdout).toContain('(5 nodes): exit code 0\nhi\n');
    expect(await inSandbox('shell', '--transport', 'ssh', 'sandbox-general-1')).toMatchObject({ code: 0 });
  });

  test('while a run is at work the status says whose, and asks the nodes beside it', async () => {
    const { child, finished } = sandbox.start('run', '--env', 'sandbox', '--', 'sleep 300');
    const status = async () =>
      JSON.parse((await inSandbox('status', '--no-drift', '--format', 'json')).stdout);
    let seen = await status();
    for (let look = 0; seen.lease.doing !== 'play "run"' && look < 100; look++) seen = await status();
    expect(seen.lease).toMatchObject({ state: 'held', command: 'run --env sandbox -- …' });
    const text = (await inSandbox('status')).stdout;
    expect(text).toMatch(/ok +nodes +5 nodes, all reachable/);
    expect(text).toMatch(/ok +drift +not looked for while a run is at work/);
    expect(await inSandbox('run', '--', 'true')).toMatchObject({ code: 3, stdout: '' });
    child.kill('SIGINT');
    expect((await finished).code).toBe(130);
    expect((await status()).lease).toEqual({ state: 'free' });
  });

  test('drift, an update that waits for a reboot and a node that is gone show in the status, the worst first', async () => {
    const spoil = 'echo "# by hand" >>/etc/rancher/k3s/config.yaml; : >/run/reboot-required';
    await sandbox.run('sandbox', 'shell', 'sandbox-general-1', '--', 'sh', '-c', spoil);
    await sandbox.run('sandbox', 'up', '--offline', 'sandbox-general-2');
    const status = await inSandbox('status', '--format', 'json', '--detailed-exitcode');
    expect(status.code).toBe(3);
    const { level, findings, nodes: own } = JSON.parse(status.stdout);
    expect(level).toBe('bad');
    expect(findings[0]).toMatchObject({ about: 'nodes', level: 'bad' });
    expect(own['sandbox-general-1']).toMatchObject({
      rebootRequired: true,
      drift: ['k3s : file /etc/rancher/k3s/config.yaml'],
      lastRun: { state: 'finished', command: 'provision --env sandbox' },
    });
    expect(own['sandbox-general-2']).toMatchObject({ reachable: false });
    expect((await inSandbox('facts', '--filter', 'os_id')).code).toBe(3);
    expect((await inSandbox('run', '--', 'true')).code).toBe(3);
  });
});
