import { sh, type Value } from '../engine/shell';
import type { Task } from '../engine/task';
import { buildTask, type TaskOptions } from './options';

export interface HostnameOptions extends TaskOptions {
  /** The wanted host name, without a domain. */
  readonly hostname: Value;
}

/** The node's host name, now and after a reboot, and a line in /etc/hosts so that it resolves without DNS. */
export function hostname(options: HostnameOptions): Task {
  return buildTask(options, {
    name: 'host name',
    define: sh`wanted=${options.hostname}
hosts=/dev/null
if [ -e /etc/hosts ]; then hosts=/etc/hosts; fi
wanted_hosts() {
  # Debian Reference 5.1.1: 127.0.1.1 is the host's own name where its address may change.
  SC_LINE="127.0.1.1 $wanted" awk '
    $1 == "127.0.1.1" { if (!done) print ENVIRON["SC_LINE"]; done = 1; next }
    { print }
    END { if (!done) print ENVIRON["SC_LINE"] }' "$hosts"
}`,
    check: sh`if [ "$(uname -n)" != "$wanted" ]; then
  printf 'the host name is %s, wanted %s\\n' "$(uname -n)" "$wanted"
  exit 1
fi
printf '%s\\n' "$wanted" | sc_diff /etc/hostname /etc/hostname
wanted_hosts | sc_diff /etc/hosts /etc/hosts`,
    apply: sh`printf '%s\\n' "$wanted" | sc_write /etc/hostname 0644 root root
wanted_hosts >"$SC_TMP/hosts"
sc_write /etc/hosts 0644 root root <"$SC_TMP/hosts"
hostname "$wanted"`,
  });
}
