import { describeFault, FaultSandbox, PATIENCE_MS } from './fault-sandbox';

jest.setTimeout(PATIENCE_MS);

const node = 'sandbox-general-1';

describeFault('a node reboots in the middle of a run', () => {
  const sandbox = new FaultSandbox(['--limit', node, '--tags', 'base']);
  afterAll(() => sandbox.remove());

  test('the operator sees that its end is not known and what to do; the next run converges', async () => {
    await sandbox.up();
    await sandbox.slowDown(node, '/usr/bin/apt-get');
    const run = await sandbox.start();
    await sandbox.inTheMiddle(node);
    await sandbox.cli.run('sandbox', 'reboot', node);
    const end = await run.finished;
    expect(end).toMatchObject({ code: 1, stderr: '' });
    expect(end.stdout).toContain('restarted in the middle of the script');
    expect(end.stdout).toContain('run again: what was done is not done twice');
    expect(end.recap.get(node)).toMatchObject({ failed: 1 });
    expect(await sandbox.leftovers(node)).toEqual([]);
    await sandbox.mend(node, '/usr/bin/apt-get');
    await sandbox.converges();
  });
});
