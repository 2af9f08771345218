#!/bin/sh
# Simulated hostnamectl of a sandbox node: sets the name in its own UTS namespace and in /etc/hostname.
set -u
while :; do
  case ${1-} in --static | --transient | --no-ask-password | --no-pager) shift ;; *) break ;; esac
done
case ${1-status} in
  set-hostname | hostname)
    if [ -z "${2-}" ]; then hostname && exit 0; fi
    hostname -- "$2" 2>/dev/null || hostname "$2" || exit 1
    echo "$2" >/etc/hostname
    ;;
  status | show) printf ' Static hostname: %s\nOperating System: Ubuntu 24.04 LTS (simulated by the stagecraft sandbox)\n' "$(cat /etc/hostname)" ;;
  --version) echo 'systemd 255 (simulated by the stagecraft sandbox)' ;;
  *) echo "Unknown command verb $1." >&2 && exit 1 ;;
esac
