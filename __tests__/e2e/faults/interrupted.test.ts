import { describeFault, FaultSandbox, PATIENCE_MS } from './fault-sandbox';

jest.setTimeout(PATIENCE_MS);

const node = 'sandbox-general-1';
const systemctl = '/usr/bin/systemctl';

/** A service that takes its time to restart, and leaves word that it does. */
const slowRestart = `cat >/usr/local/sbin/systemctl <<'END'
#!/bin/sh
if [ "$1" = restart ]; then touch /run/in-the-middle; while [ ! -e /run/mended ]; do sleep 0.1; done; fi
exec ${systemctl} "$@"
END
chmod 755 /usr/local/sbin/systemctl`;

describeFault('a run is interrupted while a handler is at work', () => {
  const sandbox = new FaultSandbox(['--limit', 'sandbox-server-1,sandbox-general-1']);
  beforeAll(async () => {
    await sandbox.up();
    await sandbox.converges();
  });
  afterAll(() => sandbox.remove());

  test.each([
    ['Ctrl-C', 'SIGINT'],
    ['an end of the session', 'SIGTERM'],
    ['a terminal that closes', 'SIGHUP'],
  ] as const)(
    '%s gives the lease back, leaves nothing half-written, and the next run runs the handler',
    async (_, signal) => {
      await sandbox.onNode(
        node,
        'rm -f /run/mended /run/in-the-middle; echo "# by hand" >>/etc/rancher/k3s/config.yaml',
      );
      await sandbox.onNode(node, slowRestart);
      const run = await sandbox.start();
      await sandbox.inTheMiddle(node);
      run.child.kill(signal);
      const end = await run.finished;
      expect(end.code).toBe(130);
      expect(end.stderr).toBe('\ninterrupted: cancelling the commands on the nodes; again to exit at once\n');
      expect(end.stdout).toContain('stopped: interrupted');
      expect((await sandbox.cli.run('unlock', '--env', 'sandbox')).stdout).toContain('is not locked');
      await sandbox.mend(node, systemctl);
      expect(await sandbox.leftovers(node)).toEqual([]);
      expect(await sandbox.onNode(node, 'ls /var/lib/stagecraft/pending')).toContain('restart');
      const next = await sandbox.provision();
      // Says what failed, should something have.
      expect(next.events.flatMap((event) => (event.type === 'task' && event.error ? [event] : []))).toEqual(
        [],
      );
      expect(next).toMatchObject({ code: 0, stderr: '' });
      expect(next.stdout).toContain(`changed: [${node}] handler : restart k3s`);
      expect(await sandbox.onNode(node, 'ls /var/lib/stagecraft/pending')).toBe('');
    },
  );
});
