import { sandboxObstacle } from '../e2e/sandbox-cli';
import { RoleSandbox } from './sandbox-run';

const obstacle = sandboxObstacle();
const maybe = obstacle === undefined ? describe : describe.skip;
if (obstacle !== undefined) console.warn(`skipped: ${obstacle}`);

jest.setTimeout(180_000);

const node = 'sandbox-general-1';

/** What happens to a node by hand, and what the next run has to say of it. In the role's order. */
const drifts = [
  ['hostname other', 'host name'],
  ['ln -sfn /usr/share/zoneinfo/Etc/UTC /etc/localtime', 'time zone Asia/Seoul'],
  ['echo "server evil.example.com" >>/etc/chrony/chrony.conf', 'file /etc/chrony/chrony.conf'],
  ['rm -r /etc/systemd/journald.conf.d', 'directory /etc/systemd/journald.conf.d'],
  [':', 'file /etc/systemd/journald.conf.d/90-stagecraft.conf'],
  ['chmod 666 /etc/logrotate.conf', 'file /etc/logrotate.conf'],
  ['modprobe -r br_netfilter', 'kernel modules overlay, br_netfilter'],
  ['rm /etc/sysctl.d/90-kubelet.conf', 'kernel parameters 90-kubelet'],
  ['echo 0 >/proc/sys/net/ipv4/ip_forward', 'kernel parameters 91-kubernetes-network'],
  ['echo "/swap2 none swap sw 0 0" >>/etc/fstab', 'swap off'],
] as const;

const restarts = ['cron', 'chrony', 'systemd-journald'].map((unit) => `handler: restart ${unit}.service`);

/** In this order. */
maybe('the role base on a node', () => {
  const sandbox = new RoleSandbox('base');
  afterAll(() => sandbox.remove());

  test('is checked on the bare node, and converges', async () => {
    const check = await sandbox.provision(node, '--check');
    expect(check).toMatchObject({ code: 0, failed: [] });
    const run = await sandbox.provision(node);
    expect(run).toMatchObject({ code: 0, failed: [] });
    // The package starts its own service: one thing that a check can't know.
    const foreseen = check.changed[node]?.filter(
      (task) => task !== 'service chrony.service started and enabled',
    );
    expect(run.changed[node]).toEqual(expect.arrayContaining(foreseen ?? []));
    expect(run.changed[node]?.length).toBeGreaterThan(10);
  });

  test('has nothing to do the second time, in both modes', async () => {
    expect(await sandbox.provision(node)).toMatchObject({ code: 0, failed: [], changed: {} });
    const check = await sandbox.provision(node, '--check', '--detailed-exitcode');
    expect(check).toMatchObject({ code: 0, failed: [], changed: {} });
  });

  test('left the node as the README says', async () => {
    const state = await sandbox.onNode(
      node,
      `uname -n; cat /etc/hostname; readlink /etc/localtime; systemctl is-active chrony
       cat /proc/sys/vm/overcommit_memory /proc/sys/kernel/panic /proc/sys/net/ipv4/ip_forward
       ls -d /sys/module/br_netfilter; grep -c swap.img /proc/swaps || :; grep 127.0.1.1 /etc/hosts`,
    );
    expect(state.trim().split('\n')).toEqual([
      node,
      node,
      '/usr/share/zoneinfo/Asia/Seoul',
      'active',
      '1',
      '10',
      '1',
      '/sys/module/br_netfilter',
      '0',
      `127.0.1.1 ${node}`,
    ]);
  });

  test('finds and mends what was changed by hand, and only that; restarts the services whose files it were', async () => {
    await sandbox.onNode(node, drifts.map(([spoil]) => spoil).join('\n'));
    const mended = [...drifts.map(([, task]) => task), ...restarts];
    expect((await sandbox.provision(node, '--check')).changed).toEqual({ [node]: mended });
    const run = await sandbox.provision(node, '--diff');
    expect(run).toMatchObject({ code: 0, failed: [], changed: { [node]: mended } });
    expect(run.diffs['file /etc/chrony/chrony.conf']).toContain('-server evil.example.com');
  });

  test('starts and enables a service that was stopped, without a restart on top', async () => {
    await sandbox.onNode(node, 'systemctl disable --now chrony; echo "# x" >>/etc/chrony/chrony.conf');
    expect(await sandbox.provision(node)).toMatchObject({
      code: 0,
      changed: { [node]: ['file /etc/chrony/chrony.conf', 'service chrony.service started and enabled'] },
    });
    expect((await sandbox.provision(node)).changed).toEqual({});
  });
});
