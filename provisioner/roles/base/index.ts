import { sh } from '../../engine/shell';
import type { Role, Task } from '../../engine/task';
import {
  aptPackage,
  directory,
  file,
  hostname,
  kernelModule,
  reboot,
  restart,
  service,
  swapOff,
  sysctl,
  systemdUnit,
  timezone,
} from '../../tasks';
import type { RoleContext } from '../context';
import { chronyConf } from './chrony';
import { journaldConf } from './journald';
import { kubeletDefaults, limits, networking } from './kernel-parameters';
import { logrotateConf, logrotateTimer } from './logrotate';
import { packagesOf } from './packages';
import { autoUpgrades, unattendedUpgrades } from './upgrades';

/** What every node needs before anything else: its name, the right time, bounded logs, and a kernel ready for Kubernetes. */
export const base: Role<RoleContext> = {
  name: 'base',
  tasks: ({ environment: { system, k3s }, perNode }) => [
    // Who and when
    hostname({ hostname: perNode((node) => node.name) }),
    file({
      name: 'host name survives a reboot',
      path: '/etc/cloud/cloud.cfg.d/99-stagecraft.cfg',
      content: 'preserve_hostname: true\n',
      onlyIf: sh`[ -d /etc/cloud/cloud.cfg.d ]`,
    }),
    aptPackage({ packages: packagesOf(system), tags: ['packages'] }),
    timezone({ timezone: system.timezone, notify: [restartCron] }),
    file({
      path: '/etc/chrony/chrony.conf',
      content: chronyConf(system),
      notify: [restartChrony],
      tags: ['chrony'],
    }),
    service({ unit: 'chrony', satisfies: [restartChrony], tags: ['chrony'] }),

    // What may fill the disk
    directory({ path: '/etc/systemd/journald.conf.d', tags: ['logs'] }),
    file({
      path: '/etc/systemd/journald.conf.d/90-stagecraft.conf',
      content: journaldConf(system.journald),
      notify: [restartJournald],
      tags: ['logs'],
    }),
    file({ path: '/etc/logrotate.conf', content: logrotateConf(system.logrotate), tags: ['logs'] }),
    systemdUnit({
      onlyIf: sh`systemctl cat logrotate.timer >/dev/null 2>&1`,
      unit: 'logrotate.timer',
      dropIn: '90-stagecraft',
      content: logrotateTimer,
      notify: [restartLogrotateTimer],
      tags: ['logs'],
    }),

    // Security updates
    file({
      path: '/etc/apt/apt.conf.d/20auto-upgrades',
      content: autoUpgrades(system.unattendedUpgrades),
      tags: ['upgrades'],
    }),
    file({
      path: '/etc/apt/apt.conf.d/52stagecraft-unattended-upgrades',
      content: unattendedUpgrades(system.unattendedUpgrades),
      tags: ['upgrades'],
    }),

    // The kernel
    kernelModule({
      file: 'kubernetes',
      modules: [
        'overlay',
        'br_netfilter',
        ...(k3s.flannelBackend === 'wireguard-native' ? ['wireguard'] : []),
      ],
      tags: ['kernel'],
    }),
    sysctl({ file: '90-kubelet', values: kubeletDefaults, tags: ['kernel'] }),
    sysctl({ file: '91-kubernetes-network', values: networking, tags: ['kernel'] }),
    sysctl({ file: '92-limits', values: limits(system.inotify), tags: ['kernel'] }),
    ...(Object.keys(system.sysctls).length > 0
      ? [sysctl({ file: '95-environment', values: system.sysctls, tags: ['kernel'] })]
      : []),
    swapOff({ tags: ['kernel'] }),

    // Last, so that one reboot is enough for all of it
    ...rebootTask(system.reboot),
  ],
};

/** `never` in the tags keeps a task out of every run that does not ask for one of its other tags. */
function rebootTask(when: RoleContext['environment']['system']['reboot']): Task[] {
  switch (when) {
    case 'when-needed':
      return [reboot({ tags: ['reboot'] })];
    case 'on-request':
      return [reboot({ tags: ['reboot', 'never'] })];
    case 'never':
      return [];
  }
}

const restartChrony = restart('chrony');
const restartCron = restart('cron');
const restartJournald = restart('systemd-journald');
const restartLogrotateTimer = restart('logrotate.timer');
