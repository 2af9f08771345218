import { type Shell, sh } from '../../engine/shell';
import type { RoleContext } from '../context';

/** Where a node's data volume is mounted. Everything on it lives in folders of its own: see the README. */
export const dataPath = '/srv/data';

/** Whether this node has a data volume. */
export function hasVolume(context: RoleContext): Shell {
  return sh`[ -n ${serialOf(context)} ]`;
}

/**
 * Shell functions about the node's volume. EBS shows it as an NVMe device whose serial number is the volume's id without its
 * hyphen (EC2 user guide, "Amazon EBS volumes and NVMe"); names like /dev/nvme1n1 change from start to start.
 */
export function definesVolume(context: RoleContext): Shell {
  return sh`volume=${serialOf(context)}
# find_device: prints the device of the volume.
find_device() {
  for serial in /sys/block/*/device/serial; do
    [ -r "$serial" ] || continue
    [ "$(tr -d ' \\n' <"$serial")" = "$volume" ] || continue
    serial=\${serial#/sys/block/}
    printf '/dev/%s\\n' "\${serial%%/*}"
    return 0
  done
  return 1
}
# need_device: puts it into $device, or says that it is not there.
need_device() {
  device=$(find_device) && return 0
  echo "the volume $volume is not attached to this node"
  return 1
}
# type_of DEVICE: of its file system; empty where there is none, or where that is not clear.
type_of() {
  blkid -p -o value -s TYPE "$1" 2>/dev/null || :
}
# is_blank DEVICE: nothing was ever written to it, as far as three witnesses can tell.
is_blank() {
  rc=0
  blkid -p "$1" >/dev/null 2>&1 || rc=$?
  # 2: nothing found. 8: several things found.
  [ "$rc" -eq 2 ] || return 1
  [ -z "$(wipefs --noheadings "$1" 2>&1)" ] || return 1
  # A new volume reads as zeros. What cannot be read is not blank.
  [ "$(head -c 4194304 "$1" | wc -c)" -eq 4194304 ] || return 1
  [ "$(head -c 4194304 "$1" | tr -d '\\000' | wc -c)" -eq 0 ]
}`;
}

/** The volume's id as its device has it; empty on nodes without one. */
function serialOf({ perNode }: RoleContext) {
  return perNode(({ dataVolumeId = '' }) => dataVolumeId.replace('-', ''));
}
