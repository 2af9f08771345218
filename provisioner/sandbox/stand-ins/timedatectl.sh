#!/bin/sh
# Simulated timedatectl of a sandbox node: time zone by files, as the real one leaves them. The clock is the host's.
set -u
zone() { if [ -L /etc/localtime ]; then readlink /etc/localtime | sed 's|.*/zoneinfo/||'; else cat /etc/timezone; fi; }
case ${1-status} in
  set-timezone)
    if [ ! -f "/usr/share/zoneinfo/${2-}" ]; then
      echo "Failed to set time zone: Invalid or not installed time zone '${2-}'" >&2
      exit 1
    fi
    ln -sfn "/usr/share/zoneinfo/$2" /etc/localtime
    echo "$2" >/etc/timezone
    ;;
  show) printf 'Timezone=%s\nNTP=yes\nNTPSynchronized=yes\n' "$(zone)" ;;
  status | --no-pager) printf '                Time zone: %s (simulated by the stagecraft sandbox)\nSystem clock synchronized: yes\n' "$(zone)" ;;
  set-ntp) ;;
  --version) echo 'systemd 255 (simulated by the stagecraft sandbox)' ;;
  set-time) echo 'Failed to set time: Access denied (a sandbox node has the clock of its host)' >&2 && exit 1 ;;
  *) echo "Unknown command verb $1." >&2 && exit 1 ;;
esac
