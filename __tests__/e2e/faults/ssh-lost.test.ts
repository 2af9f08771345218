import { sshdObstacle } from '../../transports/sshd';
import { describeFault, FaultSandbox, PATIENCE_MS } from './fault-sandbox';

jest.setTimeout(PATIENCE_MS);

const node = 'sandbox-general-1';
const other = 'sandbox-general-2';
const program = '/usr/bin/dpkg-query';

const noSshd = sshdObstacle();
if (noSshd !== undefined) console.warn(`skipped over SSH: ${noSshd}`);
const overSsh = noSshd === undefined ? test : test.skip;

/** Ends the processes of sshd in the node: those that serve a connection, or the one that listens as well. */
const endConnections = `listening=$(pgrep -o sshd)
for process in $(pgrep sshd); do [ "$process" = "$listening" ] || kill -9 "$process"; done`;
const endSshd = 'kill -9 $(pgrep sshd)';

describeFault('over SSH, a node is lost in the middle of a run', () => {
  const sandbox = new FaultSandbox(['--limit', 'general', '--tags', 'base', '--transport', 'ssh']);
  beforeAll(() => sandbox.up());
  afterAll(() => sandbox.remove());

  /** A run in which this befalls the node while a task is at work. */
  async function inMidTask(fault: () => Promise<unknown>) {
    await sandbox.onNode(node, 'rm -f /run/mended /run/in-the-middle');
    await sandbox.slowDown(node, program);
    const run = await sandbox.start();
    await sandbox.inTheMiddle(node);
    await fault();
    const end = await run.finished;
    await sandbox.mend(node, program);
    await sandbox.idle(node);
    // What came before was told as it happened, and stays told.
    const told = end.events.filter((event) => event.type === 'task' && event.node === node);
    expect(told.length).toBeGreaterThan(1);
    expect(told[0]).toMatchObject({ status: expect.stringMatching(/^(ok|changed)$/) });
    expect(told.at(-1)).toMatchObject({ status: 'failed' });
    expect(end).toMatchObject({ code: 1, stderr: '' });
    expect(end.stdout).toMatch(/failed: \[sandbox-general-1\] base : packages /);
    expect(end.stdout).toMatch(
      /the connection was lost while the script ran \(.+\): what it was at may have been done or not; the next run finds out/,
    );
    expect(end.recap.get(node)).toMatchObject({ failed: 1, unreachable: 0 });
    expect(end.recap.get(other)).toMatchObject({ failed: 0, unreachable: 0 });
    expect(await sandbox.leftovers(node)).toEqual([]);
  }

  overSsh('its connection is cut: the operator sees at which task, and the next run converges', async () => {
    await inMidTask(() => sandbox.onNode(node, endConnections));
    await sandbox.converges();
  });

  overSsh('its sshd is killed: the next run leaves it out, and says that nothing listens there', async () => {
    await inMidTask(() => sandbox.onNode(node, endSshd));
    const next = await sandbox.provision();
    expect(next).toMatchObject({ code: 3, stderr: '' });
    expect(next.stdout).toMatch(/unreachable: \[sandbox-general-1\] nothing listens on 127/);
    // It starts sshd again.
    await sandbox.cli.run('sandbox', 'reboot', node);
    await sandbox.converges();
  });

  overSsh('it reboots: the operator sees at which task, and the next run converges', async () => {
    await inMidTask(() => sandbox.cli.run('sandbox', 'reboot', node));
    await sandbox.converges();
  });
});
