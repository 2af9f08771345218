import { spawnSync } from 'node:child_process';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeFault, FaultSandbox, PATIENCE_MS, until } from './fault-sandbox';

jest.setTimeout(PATIENCE_MS);

const node = 'sandbox-general-1';

const hasScript = spawnSync('script', ['--version']).status === 0;
const terminal = hasScript ? test : test.skip;
if (!hasScript) console.warn('skipped: script(1) is not installed, so there is no terminal to test on');

describeFault('the lease of a run is lost in the middle of it', () => {
  const sandbox = new FaultSandbox(['--limit', node, '--tags', 'base']);
  const given = process.env.STAGECRAFT_LEASE_SECONDS;
  beforeAll(async () => {
    process.env.STAGECRAFT_LEASE_SECONDS = '8';
    await sandbox.up();
  });
  afterAll(() => {
    if (given === undefined) delete process.env.STAGECRAFT_LEASE_SECONDS;
    else process.env.STAGECRAFT_LEASE_SECONDS = given;
    return sandbox.remove();
  });

  /** `unlock` on a terminal, and what is typed there. */
  function answering(answer: string) {
    const command = `exec ${process.execPath} --import tsx provisioner/cli/index.ts unlock --env sandbox`;
    return spawnSync('script', ['--quiet', '--flush', '--return', '--command', command, '/dev/null'], {
      cwd: join(__dirname, '../../..'),
      env: { ...process.env, STAGECRAFT_STATE_DIR: sandbox.cli.state, FORCE_COLOR: '0' },
      input: `${answer}\n`,
      encoding: 'utf8',
    });
  }

  async function inTheMiddle() {
    await sandbox.onNode(node, 'rm -f /run/mended /run/in-the-middle');
    await sandbox.slowDown(node, '/usr/bin/dpkg-query');
    const run = await sandbox.start();
    await sandbox.inTheMiddle(node);
    return run;
  }

  test('unlock without a terminal and without --force removes nothing', async () => {
    const run = await inTheMiddle();
    const refused = await sandbox.cli.run('unlock', '--env', 'sandbox');
    expect(refused.code).toBe(64);
    expect(refused.stdout).toMatch(
      /sandbox is locked .*\n {2}owner .*\n {2}command {2}provision --env sandbox/,
    );
    expect(refused.stdout).toContain('that run is probably at work');
    expect(refused.stderr).toContain('There is no terminal to ask on.');
    await sandbox.mend(node, '/usr/bin/dpkg-query');
    expect((await run.finished).code).toBe(0);
  });

  test('taken by unlock --force: the run cancels its commands on the nodes, says so, and ends with 3', async () => {
    const run = await inTheMiddle();
    const taken = await sandbox.cli.run('unlock', '--env', 'sandbox', '--force');
    expect(taken).toMatchObject({ code: 0, stderr: '' });
    const end = await run.finished;
    expect(end.code).toBe(3);
    expect(end.stderr).toContain(
      'the lease is lost: somebody removed it (unlock): cancelling the commands on the nodes',
    );
    expect(end.stdout).toContain('stopped: the lease is lost: somebody removed it (unlock)');
    expect(end.stdout).toMatch(new RegExp(`cancelled: \\[${node}\\]`));
    await sandbox.idle(node);
    await sandbox.mend(node, '/usr/bin/dpkg-query');
    await sandbox.converges();
  });

  terminal('on a terminal it asks, and only a yes takes it', async () => {
    const run = await inTheMiddle();
    const no = answering('no');
    expect(no.stdout).toContain('Only "yes" does it:');
    expect(no.stdout).toContain('Nothing was removed.');
    expect(no.status).toBe(1);
    const yes = answering('yes');
    expect(yes.stdout).toContain('Removed.');
    expect(yes.status).toBe(0);
    expect((await run.finished).code).toBe(3);
    await sandbox.idle(node);
    await sandbox.mend(node, '/usr/bin/dpkg-query');
  });

  test('that cannot be renewed: each failure is told, and when it has run out the run stops in the same way', async () => {
    const leases = join(sandbox.cli.state, 'leases');
    const run = await inTheMiddle();
    renameSync(leases, `${leases}.away`);
    writeFileSync(leases, 'no folder');
    const end = await run.finished;
    expect(end.code).toBe(3);
    expect(end.stderr).toMatch(
      /note: the lease could not be renewed \(The lease in .* cannot be used: .*\); trying again, it holds until/,
    );
    expect(end.stderr).toMatch(
      /the lease is lost: it could not be renewed before .*: cancelling the commands on the nodes/,
    );
    expect(end.stdout).toContain('stopped: the lease is lost: it could not be renewed before');
    await sandbox.idle(node);
    rmSync(leases);
    renameSync(`${leases}.away`, leases);
    await sandbox.mend(node, '/usr/bin/dpkg-query');
    // The lease was never given back, but the process that held it has ended.
    const next = await sandbox.provision();
    expect(next.code).toBe(0);
    expect(next.stderr).toMatch(/^note: took over the lease of /);
    await sandbox.converges();
  });

  test('two runs at once: the second says who is at work and on what, or waits; a check goes on beside it', async () => {
    const run = await inTheMiddle();
    const second = await sandbox.cli.run('provision', '--env', 'sandbox', '--limit', 'servers');
    expect(second).toMatchObject({ code: 3, stdout: '' });
    expect(second.stderr).toMatch(
      /^error: sandbox is locked: .+ on .+ \(run [0-9T]+-[0-9a-f]{4}\) is at work since .* UTC .*, now at play "base"\.\n {2}Command: provision --env sandbox --limit sandbox-general-1 --tags base\. Process \d+ there renews the lease; .*\n {2}Wait for it with --wait SECONDS\. .*npm run unlock -- --env sandbox\n$/,
    );
    const beside = await sandbox.cli.run('provision', '--env', 'sandbox', '--limit', 'servers', '--check');
    expect(beside.code).toBe(0);
    expect(beside.stderr).toMatch(
      /^note: another run is at work on sandbox: .*, now at play "base"; what is shown/,
    );
    const third = await sandbox.start('--wait', '500');
    await until(() => run.told().some(({ type }) => type === 'play-started'));
    await sandbox.mend(node, '/usr/bin/dpkg-query');
    expect((await run.finished).code).toBe(0);
    const waited = await third.finished;
    expect(waited.code).toBe(0);
    expect(waited.recap.get(node)).toMatchObject({ changed: 0, failed: 0, unreachable: 0 });
  });
});
