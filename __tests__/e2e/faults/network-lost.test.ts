import { describeFault, FaultSandbox, PATIENCE_MS } from './fault-sandbox';

jest.setTimeout(PATIENCE_MS);

const node = 'sandbox-general-1';

describeFault('the controller loses its network in the middle of a run', () => {
  const sandbox = new FaultSandbox(['--limit', 'general', '--tags', 'base']);
  const attempts = process.env.AWS_MAX_ATTEMPTS;
  beforeAll(() => {
    // The variable of AWS's SDKs: with the default of twelve the run would try for some minutes.
    process.env.AWS_MAX_ATTEMPTS = '2';
  });
  afterAll(() => {
    if (attempts === undefined) delete process.env.AWS_MAX_ATTEMPTS;
    else process.env.AWS_MAX_ATTEMPTS = attempts;
    return sandbox.remove();
  });

  test('it gives up after a bounded time, says what is known of each node, gives the lease back, and the next run converges', async () => {
    await sandbox.up();
    await sandbox.slowDown(node, '/usr/bin/apt-get');
    const run = await sandbox.start();
    await sandbox.inTheMiddle(node);
    await sandbox.up('--operator-fault', 'silent');
    const end = await run.finished;
    expect(end.code).toBe(3);
    expect(end.stdout).toContain(
      `unreachable: [${node}] nothing more was heard of play "base": its script may still be at work there`,
    );
    expect([...end.recap.keys()].sort()).toEqual(['sandbox-general-1', 'sandbox-general-2']);
    expect(end.recap.get(node)).toMatchObject({ unreachable: 1, failed: 0 });
    expect(end.stderr).toBe(
      [
        'note: SSM does not answer (no answer within 20 s); trying again for some minutes',
        "error: SSM can't be used: its endpoint can't be reached (no answer within 20 s).",
        '  Look at the network, the proxy (HTTPS_PROXY) and AWS_ENDPOINT_URL_SSM; then run again: what was done is not done twice.\n',
      ].join('\n'),
    );
    expect((await sandbox.cli.run('unlock', '--env', 'sandbox')).stdout).toContain('is not locked');
    await sandbox.up('--operator-fault', 'none');
    await sandbox.mend(node, '/usr/bin/apt-get');
    await sandbox.idle(node);
    await sandbox.converges();
  });
});
