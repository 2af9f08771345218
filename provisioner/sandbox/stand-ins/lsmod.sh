#!/bin/sh
# Simulated lsmod of a sandbox node: what /sys/module says, see modprobe.
case ${1-} in --version | -V) echo 'kmod version 31 (simulated by the stagecraft sandbox)' && exit 0 ;; esac
echo 'Module                  Size  Used by'
for module in /sys/module/*; do printf '%-20s 16384  0\n' "${module##*/}"; done
