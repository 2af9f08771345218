#!/bin/sh
# PID 1 of a sandbox node: boots what an instance would boot, reaps what is left behind, and ends, and the node with it,
# when the daemon at the other end of its standard input is gone.
set -u
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
exec 3<&0 </dev/null
cd /

hostname "$(cat /etc/hostname)"
cat /proc/sys/kernel/random/uuid >/proc/sys/kernel/random/boot_id 2>/dev/null
swapon -a
systemctl stagecraft-boot >/run/stagecraft-sandbox/boot.log 2>&1
echo ready

(
  trap '' TERM INT HUP
  while read -r _ <&3; do :; done
) &
watcher=$!
exec 3<&-
trap : TERM INT HUP
# The wait also collects orphans that end meanwhile: nobody else does.
while kill -0 "$watcher" 2>/dev/null; do wait "$watcher"; done
