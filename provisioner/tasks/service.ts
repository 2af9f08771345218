import { type Shell, sh } from '../engine/shell';
import type { Handler, Task } from '../engine/task';
import { buildTask, type TaskOptions } from './options';

export interface ServiceOptions extends TaskOptions {
  /** A systemd unit: `chrony.service`; without a suffix, a service. */
  readonly unit: string;
  /** Whether it runs now. Default: `started`. */
  readonly state?: 'started' | 'stopped';
  /** Whether it starts with the node. Default: true when it is to be started. */
  readonly enabled?: boolean;
  /** Seconds that starting or stopping may take. Default: 300. */
  readonly timeoutSeconds?: number;
}

/** A systemd unit that runs, or doesn't, now and after a reboot. When it can't be, the end of its journal is shown. */
export function service(options: ServiceOptions): Task {
  const unit = unitName(options.unit);
  const { state = 'started', enabled = state === 'started', timeoutSeconds = 300 } = options;
  return buildTask(options, {
    name: `service ${unit} ${state} and ${enabled ? 'enabled' : 'disabled'}`,
    define: sh`wrong=''
is() {
  printf '%s is %s, wanted %s\\n' ${unit} "$1" "$2"
  wrong=1
}`,
    check: sh`active=$(systemctl is-active ${unit} 2>/dev/null || :)
enabled=$(systemctl is-enabled ${unit} 2>/dev/null || :)
case $active in
${state === 'started' ? sh`  active | reloading) ;;` : sh`  inactive | failed | unknown | '') ;;`}
  *) is "\${active:-unknown to systemd}" ${state} ;;
esac
case $enabled in
${enabled ? sh`  enabled | static | indirect | generated | alias) ;;` : sh`  disabled | masked | masked-runtime | static | indirect | not-found | '') ;;`}
  *) is "\${enabled:-unknown to systemd}" ${enabled ? 'enabled' : 'disabled'} ;;
esac
[ -z "$wrong" ]`,
    apply: sh`systemctl --quiet ${enabled ? 'enable' : 'disable'} ${unit}
${control(state === 'started' ? 'start' : 'stop', unit, timeoutSeconds)}`,
  });
}

/**
 * A handler that restarts a unit. Make it once and share it: tasks that notify the same handler must name the same object.
 *
 * @param timeoutSeconds how long the restart may take. Default: 300.
 */
export function restart(unit: string, timeoutSeconds = 300): Handler {
  const name = unitName(unit);
  return {
    name: `restart ${name}`,
    apply: control('restart', name, timeoutSeconds),
    check: sh`systemctl is-active --quiet ${name}`,
  };
}

/** A handler that makes a running unit read its configuration again; a unit that can't is restarted. */
export function reload(unit: string, timeoutSeconds = 300): Handler {
  const name = unitName(unit);
  return {
    name: `reload ${name}`,
    apply: control('reload-or-restart', name, timeoutSeconds),
    check: sh`systemctl is-active --quiet ${name}`,
  };
}

/**
 * The full name of a unit.
 *
 * @throws RangeError for a text that is no unit name (systemd.unit(5))
 */
export function unitName(unit: string): string {
  const name = /\.(service|timer|socket|mount|target|path|slice|swap|automount)$/.test(unit)
    ? unit
    : `${unit}.service`;
  if (!/^[A-Za-z0-9_][A-Za-z0-9:_.\\@-]*$/.test(name))
    throw new RangeError(`${JSON.stringify(unit)} is not a unit name`);
  return name;
}

/** systemctl waits for a start that never ends; this doesn't. */
function control(verb: string, unit: string, timeoutSeconds: number): Shell {
  return sh`rc=0
timeout ${timeoutSeconds} systemctl ${verb} ${unit} || rc=$?
if [ "$rc" -ne 0 ]; then
  # 143: busybox says it this way.
  if [ "$rc" -eq 124 ] || [ "$rc" -eq 143 ]; then echo ${`systemctl ${verb} ${unit} took more than ${timeoutSeconds} s`}; fi
  systemctl status --no-pager --full --lines 0 ${unit} 2>&1 || :
  journalctl --no-pager --quiet --lines 30 --unit ${unit} 2>&1 || :
  exit 1
fi`;
}
