import { describeFault, FaultSandbox, PATIENCE_MS } from './fault-sandbox';

jest.setTimeout(PATIENCE_MS);

const node = 'sandbox-general-1';

describeFault('the SSM agent of a node restarts in the middle of a run', () => {
  const sandbox = new FaultSandbox(['--limit', node, '--tags', 'base']);
  afterAll(() => sandbox.remove());

  test('the run waits, and ends as if nothing had been: the script goes on meanwhile', async () => {
    await sandbox.up();
    await sandbox.slowDown(node, '/usr/bin/apt-get');
    const run = await sandbox.start();
    await sandbox.inTheMiddle(node);
    await sandbox.up('--offline', node);
    await sandbox.mend(node, '/usr/bin/apt-get');
    // Its end is not told by an agent that is away.
    await sandbox.onNode(node, 'while [ -e /run/stagecraft/lock ]; do sleep 0.1; done');
    expect(run.told().some(({ type }) => type === 'node-finished')).toBe(false);
    await sandbox.up('--reset-faults');
    const end = await run.finished;
    expect(end).toMatchObject({ code: 0, stderr: '' });
    expect(end.recap.get(node)).toMatchObject({ failed: 0, unreachable: 0 });
    await sandbox.converges();
  });

  test('a run that begins while it is away leaves the node out, and says why', async () => {
    await sandbox.up('--offline', node);
    const end = await sandbox.provision();
    expect(end).toMatchObject({ code: 3, stderr: '' });
    expect(end.stdout).toMatch(
      /unreachable: \[sandbox-general-1\] its SSM agent is ConnectionLost, last heard of at/,
    );
    expect(end.recap.get(node)).toMatchObject({ ok: 0, unreachable: 1 });
    await sandbox.up('--reset-faults');
    await sandbox.converges();
  });
});
