#!/bin/sh
# PID 1 of a sandbox node: boots what an instance would boot, reaps what is left behind, and ends, and the node with it,
# when the daemon at the other end of its standard input is gone. SIGINT reboots, as Ctrl-Alt-Del does: every process
# ends, memory file systems are empty, the disk stays. It tells on standard output: `ready` when it is up, `down` when it
# goes down for that.
set -u
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
exec 3<&0 </dev/null
cd /

boot() {
  hostname "$(cat /etc/hostname)"
  cat /proc/sys/kernel/random/uuid >/proc/sys/kernel/random/boot_id 2>/dev/null
  swapon -a
  systemctl stagecraft-boot >/run/stagecraft-sandbox/boot.log 2>&1 3<&-
  (
    trap '' TERM INT HUP
    while read -r _ <&3; do :; done
  ) &
  watcher=$!
  reboot=no
  trap : TERM HUP
  trap 'reboot=yes' INT
  echo ready
}

go_down() {
  trap '' INT
  echo down
  # All of the node but this process.
  kill -s KILL -- -1
  wait
  # Their mounts are the host's to undo, so they are emptied instead.
  for memory in /run /tmp /dev/shm; do
    find "$memory" -xdev -mindepth 1 -depth -delete 2>/dev/null
  done
  mkdir -p /run/lock /run/stagecraft-sandbox
  chmod 0700 /run/stagecraft-sandbox
}

boot
# The wait also collects orphans that end meanwhile: nobody else does.
while kill -0 "$watcher" 2>/dev/null; do
  wait "$watcher"
  if [ "$reboot" = yes ]; then
    go_down
    boot
  fi
done
