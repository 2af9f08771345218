#!/bin/sh
# Simulated swapon and swapoff of a sandbox node: they keep the node's own /proc/swaps, never the host's swap.
set -u
program=${0##*/}
all=no show=no names='' quiet=no
while [ $# -gt 0 ]; do
  case $1 in
    -a | --all) all=yes ;;
    -s | --summary | --show | --show=*) show=yes ;;
    --noheadings | --bytes | --raw | -e | --ifexists) quiet=yes ;;
    -V | --version) echo "$program from util-linux 2.39.3 (simulated by the stagecraft sandbox)" && exit 0 ;;
    -h | --help) echo "$program (simulated by the stagecraft sandbox): [-a] [FILE...]" && exit 0 ;;
    -*) ;;
    *) names="$names $1" ;;
  esac
  shift
done

header() { printf 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n'; }
in_use() { awk 'NR > 1 { print $1 }' /proc/swaps; }

show() {
  if [ -z "$(in_use)" ]; then return 0; fi
  if [ "$quiet" = no ]; then echo 'NAME      TYPE SIZE USED PRIO'; fi
  in_use | sed 's/$/ file   2G   0B   -2/'
}

turn_on() {
  if in_use | grep -Fxq -- "$1"; then
    if [ "$all" = no ]; then echo "swapon: $1: swapon failed: Device or resource busy" >&2 && return 1; fi
    return 0
  fi
  if [ ! -e "$1" ]; then
    echo "swapon: cannot open $1: No such file or directory" >&2
    return 1
  fi
  printf '%s\t\t\t\tfile\t\t2097148\t\t0\t\t-2\n' "$1" >>/proc/swaps
}

turn_off() {
  if ! in_use | grep -Fxq -- "$1"; then
    echo "swapoff: $1: swapoff failed: Invalid argument" >&2
    return 1
  fi
  kept=$(awk -v name="$1" '$1 != name' /proc/swaps)
  # In place: the file is mounted over the kernel's own.
  printf '%s\n' "$kept" >/proc/swaps
}

# Without /proc/swaps the kernel has no swap at all, and there is nothing to keep.
if [ ! -w /proc/swaps ]; then exit 0; fi
if [ "$show" = yes ]; then show && exit 0; fi
failed=0
case $program in
  swapon)
    if [ "$all" = yes ]; then names=$(awk '$1 !~ /^#/ && $3 == "swap" && $4 !~ /noauto/ { print $1 }' /etc/fstab); fi
    if [ "$all" = no ] && [ -z "$names" ]; then show && exit 0; fi
    for name in $names; do turn_on "$name" || failed=1; done
    ;;
  swapoff)
    if [ "$all" = yes ]; then
      header >/proc/swaps
    else
      for name in $names; do turn_off "$name" || failed=1; done
    fi
    ;;
esac
exit "$failed"
