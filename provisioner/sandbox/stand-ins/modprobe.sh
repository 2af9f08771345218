#!/bin/sh
# Simulated modprobe of a sandbox node: a module is "loaded" when /sys/module names it, which is memory of this node. The
# host's kernel is never asked.
set -u
remove=no dry=no quiet=no names=''
while [ $# -gt 0 ]; do
  case $1 in
    -r | --remove) remove=yes ;;
    -n | --dry-run | --show | --first-time) dry=yes ;;
    -q | --quiet) quiet=yes ;;
    -a | --all | -v | --verbose | -b | --use-blacklist | -s) ;;
    -V | --version) echo 'kmod version 31 (simulated by the stagecraft sandbox)' && exit 0 ;;
    -h | --help) echo 'modprobe (simulated by the stagecraft sandbox): [-r] MODULE...' && exit 0 ;;
    -*) ;;
    *=*) ;;
    *) names="$names $1" ;;
  esac
  shift
done

# Settings that a module brings along.
settings_of() {
  case $1 in
    br_netfilter)
      for setting in bridge-nf-call-iptables bridge-nf-call-ip6tables bridge-nf-call-arptables; do setting "net/bridge/$setting" 1; done
      ;;
    nf_conntrack) setting net/netfilter/nf_conntrack_max 262144 && setting net/nf_conntrack_max 262144 ;;
  esac
}

setting() {
  mkdir -p "/proc/sys/${1%/*}"
  if [ ! -e "/proc/sys/$1" ]; then echo "$2" >"/proc/sys/$1"; fi
}

for name in $names; do
  module=$(echo "$name" | tr - _)
  case $module in
    *[!A-Za-z0-9_]* | nonexist* | no_such* | does_not_exist*)
      if [ "$quiet" = no ]; then echo "modprobe: FATAL: Module $name not found in directory /lib/modules/$(uname -r)" >&2; fi
      exit 1
      ;;
  esac
  if [ "$dry" = yes ]; then continue; fi
  if [ "$remove" = yes ]; then
    rmdir "/sys/module/$module" 2>/dev/null || {
      echo "modprobe: FATAL: Module $name is not loaded." >&2
      exit 1
    }
    if [ -w /proc/modules ]; then sed "/^$module /d" /proc/modules >/run/stagecraft-sandbox/modules && cat /run/stagecraft-sandbox/modules >/proc/modules; fi
    continue
  fi
  if [ -d "/sys/module/$module" ]; then continue; fi
  mkdir "/sys/module/$module"
  if [ -w /proc/modules ]; then echo "$module 16384 0 - Live 0x0000000000000000" >>/proc/modules; fi
  settings_of "$module"
done
exit 0
