import { sh } from '../engine/shell';
import type { Task } from '../engine/task';
import { buildTask, type TaskOptions } from './options';

/**
 * No swap, now and after a reboot: the kubelet's memory limits mean nothing where memory is swapped. Lines of /etc/fstab
 * that ask for it are commented out, so that they can be found again.
 */
export function swapOff(options: TaskOptions = {}): Task {
  return buildTask(options, {
    name: 'swap off',
    define: sh`table=/dev/null
if [ -e /etc/fstab ]; then table=/etc/fstab; fi
wanted() {
  awk '!/^[ \\t]*#/ && $3 == "swap" { print "# swap is off on Kubernetes nodes: " $0; next } { print }' "$table"
}
# in_use: the first line of the table is its heading.
in_use() {
  awk 'NR > 1 { print $1 }' /proc/swaps
}`,
    check: sh`used=$(in_use)
if [ -n "$used" ]; then
  printf 'swap is on: %s\\n' "$used"
  exit 1
fi
wanted | sc_diff "$table" /etc/fstab`,
    apply: sh`if [ "$table" = /etc/fstab ]; then
  wanted >"$SC_TMP/fstab"
  sc_write /etc/fstab 0644 root root <"$SC_TMP/fstab"
fi
if [ -n "$(in_use)" ]; then swapoff -a; fi`,
  });
}
