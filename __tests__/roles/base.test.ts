import { base } from '../../provisioner/roles/base';
import { chronyConf } from '../../provisioner/roles/base/chrony';
import { journaldConf } from '../../provisioner/roles/base/journald';
import { kubeletDefaults, limits } from '../../provisioner/roles/base/kernel-parameters';
import { logrotateConf } from '../../provisioner/roles/base/logrotate';
import { packagesOf } from '../../provisioner/roles/base/packages';
import { autoUpgrades, unattendedUpgrades } from '../../provisioner/roles/base/upgrades';
import { exampleContext } from './example';

const { system } = exampleContext().environment;

it('sets what the kubelet demands with protect-kernel-defaults', () => {
  expect(kubeletDefaults).toEqual({
    'vm.panic_on_oom': 0,
    'vm.overcommit_memory': 1,
    'kernel.panic': 10,
    'kernel.panic_on_oops': 1,
    'kernel.keys.root_maxkeys': 1_000_000,
    'kernel.keys.root_maxbytes': 25_000_000,
  });
});

it('lowers nothing that Ubuntu or the kernel sets by itself', () => {
  const own = limits(system.inotify);
  // /etc/sysctl.d/10-map-count.conf of Ubuntu 24.04.
  expect(own['vm.max_map_count']).toBeGreaterThanOrEqual(1_048_576);
  // The most that Linux chooses, by the machine's memory: fs/notify/inotify/inotify_user.c.
  expect(own['fs.inotify.max_user_watches']).toBeGreaterThanOrEqual(1_048_576);
});

it('takes the time from one source, and serves none', () => {
  const lines = chronyConf(system).split('\n');
  expect(lines.filter((line) => /^(server|pool|peer)/.test(line))).toEqual([
    'server 169.254.169.123 prefer iburst minpoll 4 maxpoll 4',
  ]);
  expect(lines).toEqual(expect.arrayContaining(['port 0', 'cmdport 0']));
});

it('bounds the journal and the logs', () => {
  expect(journaldConf({ maxSizeMiB: 50, maxAgeDays: 3 })).toMatch(
    /SystemMaxUse=50M\n[\s\S]*MaxRetentionSec=3day/,
  );
  expect(logrotateConf({ maxSizeMiB: 9, keep: 2 })).toMatch(
    /maxsize 9M\nrotate 2\n[\s\S]*include \/etc\/logrotate\.d\n$/,
  );
});

it('installs security updates only, and does not reboot unless it is told to', () => {
  const text = unattendedUpgrades(system.unattendedUpgrades);
  expect(text).toContain('#clear Unattended-Upgrade::Allowed-Origins;');
  expect(text.match(/^ {2}".*";$/gm)?.every((origin) => origin.includes('-security'))).toBe(true);
  expect(text).toContain('Automatic-Reboot "false"');
  expect(unattendedUpgrades({ enabled: true, reboot: true, rebootTime: '03:30' })).toMatch(
    /Automatic-Reboot "true"[\s\S]*Automatic-Reboot-Time "03:30"/,
  );
  expect(autoUpgrades({ ...system.unattendedUpgrades, enabled: false })).toContain('Unattended-Upgrade "0"');
});

it('installs what the environment asks for, each once', () => {
  expect(packagesOf({ ...system, packages: ['htop', 'curl'] })).toEqual([
    'ca-certificates',
    'chrony',
    'cron',
    'curl',
    'htop',
    'logrotate',
    'tzdata',
    'unattended-upgrades',
  ]);
});

it('restarts a service where its file changed, and nothing else', () => {
  const restarts = base
    .tasks(exampleContext())
    .flatMap(({ name, notify = [] }) => notify.map((handler) => [name, handler.name]));
  expect(restarts).toEqual([
    ['time zone Asia/Seoul', 'restart cron.service'],
    ['file /etc/chrony/chrony.conf', 'restart chrony.service'],
    ['file /etc/systemd/journald.conf.d/90-stagecraft.conf', 'restart systemd-journald.service'],
    ['unit logrotate.timer, drop-in 90-stagecraft', 'restart logrotate.timer'],
  ]);
});

it('loads WireGuard where the pod network needs it', () => {
  const names = (k3s: object) => base.tasks(exampleContext({ k3s })).map(({ name }) => name);
  expect(names({ flannelBackend: 'wireguard-native' })).toContain(
    'kernel modules overlay, br_netfilter, wireguard',
  );
  expect(names({})).toContain('kernel modules overlay, br_netfilter');
});

it('sets further kernel parameters of the environment', () => {
  const names = (sysctls: Record<string, number>) =>
    base.tasks(exampleContext({ system: { sysctls } })).map(({ name }) => name);
  expect(names({ 'net.core.somaxconn': 1024 })).toContain('kernel parameters 95-environment');
  expect(names({})).not.toContain('kernel parameters 95-environment');
});

describe('reboots', () => {
  const tagsOf = (when: 'when-needed' | 'on-request' | 'never') => {
    const context = exampleContext();
    const environment = { ...context.environment, system: { ...system, reboot: when } };
    return base.tasks({ ...context, environment }).find(({ reboots }) => reboots)?.tags;
  };

  it('are made when the environment says so, by default only when asked for', () => {
    expect(tagsOf('when-needed')).toEqual(['reboot']);
    expect(tagsOf('on-request')).toEqual(['reboot', 'never']);
    expect(tagsOf('never')).toBeUndefined();
    expect(system.reboot).toBe('on-request');
  });

  it('come last, so that one is enough', () => {
    expect(base.tasks(exampleContext()).at(-1)?.reboots).toBe(true);
  });
});
