import { raw, type Shell, sh } from '../../engine/shell';
import type { Role, Task } from '../../engine/task';
import { command, waitFor } from '../../tasks';
import type { RoleContext } from '../context';
import { dataPath, definesVolume, hasVolume } from './volume';

/**
 * The EBS volume that outlives its node, with a file system, mounted at `dataPath`. It is formatted only while it is blank;
 * whatever else is wrong with it ends the node's run before K3s could write to the root disk in its place.
 */
export const dataVolume: Role<RoleContext> = {
  name: 'data-volume',
  tasks: (context) =>
    context.inventory.nodes.some(({ dataVolumeId }) => dataVolumeId !== undefined)
      ? [attached, formatted, inFstab, mounted, grown].map((task) => task(context))
      : [],
};

function attached(context: RoleContext): Task {
  return waitFor({
    name: 'data volume attached',
    onlyIf: hasVolume(context),
    define: definesVolume(context),
    condition: { description: 'the data volume is attached', command: sh`need_device` },
    timeoutSeconds: 60,
    diagnose: sh`echo 'nothing was formatted or written. Devices here, with their serial numbers:'
grep -H . /sys/block/*/device/serial
echo "attach it: 'npx cdktf diff' says whether Terraform knows why it is away (docs/operations/data-volumes.md)"`,
  });
}

/** A task about the volume, which is in `$device`. Where it is not attached, the task fails and says so. */
function onVolume(context: RoleContext, options: { name: string; unless: Shell; command: Shell }): Task {
  return command({
    ...options,
    onlyIf: hasVolume(context),
    define: sh`${definesVolume(context)}
need_device || exit 1`,
  });
}

function formatted(context: RoleContext): Task {
  return onVolume(context, {
    name: 'data volume has a file system',
    unless: sh`type=$(type_of "$device")
if [ "$type" = ext4 ]; then exit 0; fi
if is_blank "$device"; then echo "$device ($volume) is blank"; else echo "$device ($volume) holds something that is not ext4: \${type:-unknown}"; fi
exit 1`,
    command: sh`if ! is_blank "$device"; then
  echo "$device ($volume) holds data that is not an ext4 file system. It was left as it is."
  wipefs "$device" || :
  echo "look at it; if it may go, say so by hand: wipefs --all $device, and blank its first 4 MiB"
  exit 1
fi
mkfs.ext4 -q -m 1 -L stagecraft-data "$device"`,
  });
}

/**
 * By its UUID, which moves with it from instance to instance. A node starts without its volume (`nofail`), so that somebody
 * can look; where the volume is there, it is mounted before the pods start. systemd makes mount units of the table, and goes
 * by the old ones until it is told: a run that broke off in between has written the right table, and nobody has read it.
 */
function inFstab(context: RoleContext): Task {
  const write = sh`wanted() {
  uuid=$(blkid -p -o value -s UUID "$device") || {
    echo "$device ($volume) has no file system yet" >&2
    return 1
  }
  awk -v place=${dataPath} -v entry="UUID=$uuid ${raw(dataPath)} ext4 ${raw(mountOptions)} 0 2" '
    $1 !~ /^#/ && $2 == place { next }
    { print }
    END { print entry }' /etc/fstab
}
wanted >"$SC_TMP/fstab" || exit 1`;
  return onVolume(context, {
    name: 'data volume is mounted at boot',
    unless: sh`${write}
sc_diff /etc/fstab /etc/fstab <"$SC_TMP/fstab"
if [ "$(systemctl show -P NeedDaemonReload ${mountUnit} 2>/dev/null)" = yes ]; then
  echo 'systemd has not read /etc/fstab since it was changed'
  exit 1
fi`,
    command: sh`${write}
sc_write /etc/fstab 0644 root root <"$SC_TMP/fstab"
systemctl daemon-reload`,
  });
}

/** systemd's name for it: `systemd-escape --path --suffix=mount /srv/data`. */
const mountUnit = 'srv-data.mount';

const mountOptions = [
  'defaults',
  'noatime',
  'errors=remount-ro',
  'nofail',
  'x-systemd.device-timeout=30s',
  'x-systemd.before=k3s-agent.service',
  'x-systemd.before=k3s.service',
].join(',');

function mounted(context: RoleContext): Task {
  return onVolume(context, {
    name: `data volume is mounted at ${dataPath}`,
    unless: sh`if ! mountpoint -q ${dataPath}; then
  echo ${`nothing is mounted at ${dataPath}`}
  exit 1
fi
if [ "$(mountpoint -d ${dataPath})" != "$(mountpoint -x "$device")" ]; then
  echo ${`something else is mounted at ${dataPath}`}
  exit 1
fi
# Since Linux 6.12 an error leaves the mount "rw"; later kernels say what it is in words of their own.
case ,$(findmnt -rn -o VFS-OPTIONS,FS-OPTIONS --mountpoint ${dataPath} | tr ' ' ,), in
  *,ro,* | *,emergency_ro,* | *,shutdown,*)
    echo ${`${dataPath} is read-only`}
    exit 1
    ;;
esac
errors=$(cat "/sys/fs/ext4/\${device#/dev/}/errors_count" 2>/dev/null || echo 0)
if [ "$errors" -gt 0 ]; then
  echo "the file system of $device ($volume) has met $errors errors: check it (e2fsck -f)"
  exit 1
fi`,
    command: sh`if mountpoint -q ${dataPath}; then
  echo "$device ($volume) cannot be mounted, or its file system has met an error:"
  findmnt -n --mountpoint ${dataPath} || :
  dmesg 2>/dev/null | grep -F "\${device#/dev/}" | tail -n 5 || :
  echo 'drain the node, unmount it, check it (e2fsck -f), and run again'
  exit 1
fi
if [ ! -d ${dataPath} ]; then mkdir -p ${dataPath}; fi
if [ -n "$(ls -A ${dataPath})" ]; then
  echo ${`there are files in ${dataPath} on the root disk, which the mount would hide: move them away, and run again`}
  exit 1
fi
# While the volume is not mounted, nobody writes to the root disk in its place, not even root.
chattr +i ${dataPath}
# By its device: with nofail in the table, a mount that finds nothing is no error.
mount -t ext4 -o noatime,errors=remount-ro "$device" ${dataPath}`,
  });
}

/** ext4 leaves out a last block group that is too small to be of use, 128 MiB at most: no reason to grow. */
function grown(context: RoleContext): Task {
  return onVolume(context, {
    name: 'file system fills the data volume',
    unless: sh`used=$(dumpe2fs -h "$device" 2>/dev/null |
  awk '/^Block count:/ { count = $3 } /^Block size:/ { size = $3 } END { printf "%.0f", count * size }')
spare=$(($(blockdev --getsize64 "$device") - used))
if [ "$used" -eq 0 ] || [ "$spare" -ge 134217728 ]; then
  echo "$((spare / 1048576)) MiB of $device ($volume) are not part of its file system"
  exit 1
fi`,
    command: sh`resize2fs "$device"`,
  });
}
