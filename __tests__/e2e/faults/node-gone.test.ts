import { describeFault, FaultSandbox, PATIENCE_MS } from './fault-sandbox';

jest.setTimeout(PATIENCE_MS);

const node = 'sandbox-general-1';
const other = 'sandbox-general-2';

describeFault('a node is gone from AWS, but still in the state', () => {
  const sandbox = new FaultSandbox(['--limit', 'general', '--tags', 'base']);
  afterAll(() => sandbox.remove());

  test('before a run: it is left out with the reason and what to do, the others converge, and so does it when it is back', async () => {
    await sandbox.up('--terminated', node);
    const end = await sandbox.provision();
    expect(end).toMatchObject({ code: 3, stderr: '' });
    expect(end.stdout).toMatch(
      /unreachable: \[sandbox-general-1\] i-[0-9a-f]+ is not registered with SSM: .*If it is gone from AWS for good: deploy the environment/,
    );
    expect(end.recap.get(node)).toMatchObject({ ok: 0, unreachable: 1, failed: 0 });
    expect(end.recap.get(other)).toMatchObject({ unreachable: 0, failed: 0 });
    expect(end.recap.get(other)?.changed).toBeGreaterThan(0);
    expect((await sandbox.cli.run('status', '--env', 'sandbox')).stdout).toContain(node);
    await sandbox.up('--reset-faults');
    await sandbox.converges();
  });

  test('in the middle of a run: its end is told, the others go on, and the next run leaves it out', async () => {
    await sandbox.onNode(node, 'rm -f /etc/logrotate.conf');
    await sandbox.slowDown(node, '/usr/bin/dpkg-query');
    const run = await sandbox.start();
    await sandbox.inTheMiddle(node);
    await sandbox.up('--terminated', node);
    const end = await run.finished;
    expect(end).toMatchObject({ code: 1, stderr: '' });
    expect(end.stdout).toContain('the node is gone: SSM does not know its instance any more');
    expect(end.stdout).toContain('Deploy the environment if it is gone for good, then run again');
    expect(end.recap.get(node)).toMatchObject({ failed: 1, unreachable: 0 });
    expect(end.recap.get(other)).toMatchObject({ failed: 0, unreachable: 0 });
    const next = await sandbox.provision();
    expect(next.code).toBe(3);
    expect(next.recap.get(node)).toMatchObject({ unreachable: 1 });
    await sandbox.up('--reset-faults');
    await sandbox.mend(node, '/usr/bin/dpkg-query');
    await sandbox.converges();
  });
});
