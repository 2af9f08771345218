import { describeFault, FaultSandbox, PATIENCE_MS } from './fault-sandbox';

jest.setTimeout(PATIENCE_MS);

const node = 'sandbox-general-1';

describeFault('the controller is killed in the middle of a run', () => {
  const sandbox = new FaultSandbox(['--limit', node, '--tags', 'base']);
  afterAll(() => sandbox.remove());

  test('the node goes on and lets nobody else in; the next run takes the lease over at once, says whose it was, and converges when the node is done', async () => {
    await sandbox.up();
    await sandbox.slowDown(node, '/usr/bin/apt-get');
    const run = await sandbox.start();
    await sandbox.inTheMiddle(node);
    run.child.kill('SIGKILL');
    await run.finished;
    const [started] = run.told();
    const runId = started?.type === 'run-started' ? started.runId : 'none';
    // Half a run does not go unnoticed: the node knows of it, and nobody has given the lease back.
    expect(await sandbox.onNode(node, 'cat /var/lib/stagecraft/last-run')).toMatch(
      new RegExp(`^run=${runId}\n(.*\n)*state=running\n`),
    );
    expect((await sandbox.cli.run('unlock', '--env', 'sandbox')).stdout).toContain(
      'Its process has ended: the next run from this machine takes the lease over by itself.',
    );
    const next = await sandbox.provision();
    expect(next.code).toBe(3);
    expect(next.stderr).toMatch(
      new RegExp(`^note: took over the lease of .+ on .+ \\(run ${runId}\\): that run is gone\n$`),
    );
    expect(next.stdout).toContain(`unreachable: [${node}] locked: another run is at work on this node`);
    await sandbox.mend(node, '/usr/bin/apt-get');
    await sandbox.idle(node);
    await sandbox.converges();
  });
});
