import { describeFault, FaultSandbox, PATIENCE_MS } from './fault-sandbox';

jest.setTimeout(PATIENCE_MS);

const node = 'sandbox-general-1';

describeFault('the credentials of the controller expire in the middle of a run', () => {
  const sandbox = new FaultSandbox(['--limit', 'general', '--tags', 'base']);
  afterAll(() => sandbox.remove());

  test('it says so and what to do, what is known of each node, gives the lease back, and the next run converges', async () => {
    await sandbox.up();
    await sandbox.slowDown(node, '/usr/bin/apt-get');
    const run = await sandbox.start();
    await sandbox.inTheMiddle(node);
    await sandbox.up('--operator-fault', 'expired');
    const end = await run.finished;
    expect(end.code).toBe(1);
    expect(end.stderr).toMatch(
      /^error: SSM can't be used: the AWS credentials have expired\.\n {2}Sign in again \(`aws sso login`.*\n$/,
    );
    expect(end.stdout).toContain(
      `unreachable: [${node}] nothing more was heard of play "base": its script may still be at work there`,
    );
    expect(end.stdout).toContain("stopped: SSM can't be used: the AWS credentials have expired.");
    expect(end.recap.get(node)).toMatchObject({ unreachable: 1, failed: 0 });
    expect((await sandbox.cli.run('unlock', '--env', 'sandbox')).stdout).toContain('is not locked');
    await sandbox.up('--operator-fault', 'none');
    await sandbox.mend(node, '/usr/bin/apt-get');
    await sandbox.idle(node);
    await sandbox.converges();
  });
});
