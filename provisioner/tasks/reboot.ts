import { type Shell, sh } from '../engine/shell';
import { REBOOT, type Task } from '../engine/task';
import { buildTask, type TaskOptions } from './options';

export type RebootOptions = Omit<TaskOptions, 'disruptive'> & {
  /** Exits 0 when no reboot is needed; prints why one is. Only reads. Default: what Ubuntu and its kernels say. */
  readonly unless?: Shell;
};

/**
 * No reboot is due: none that a package asked for (`/run/reboot-required`, update-notifier's and unattended-upgrades'
 * mark), and the newest installed kernel of the running flavour is the one that runs. Otherwise the node is rebooted, alone
 * and out of service, and the bundle goes on after it. When one is due even then, the task did not converge.
 */
export function reboot(options: RebootOptions = {}): Task {
  const { unless = noneIsDue, ...more } = options;
  return {
    ...buildTask(more, {
      name: 'no reboot is due',
      check: unless,
      apply: sh`echo 'asking for a reboot'
exit ${REBOOT}`,
    }),
    disruptive: true,
    reboots: true,
  };
}

const noneIsDue = sh`if [ -e /run/reboot-required ]; then
  echo 'a reboot is required:'
  if [ -s /run/reboot-required.pkgs ]; then sort -u /run/reboot-required.pkgs; fi
  exit 1
fi
running=$(uname -r)
newest=$(printf '%s\\n' /boot/vmlinuz-* | sed -n "s|^/boot/vmlinuz-\\(.*-\${running##*-}\\)\$|\\1|p" | sort -V | tail -n 1)
case $newest in
  '' | "$running") ;;
  *)
    echo "kernel $running is running, $newest is installed"
    exit 1
    ;;
esac`;
