#!/bin/sh
# Simulated journalctl of a sandbox node: shows what the simulated systemctl kept of its services' output.
set -u
unit='' count=''
while [ $# -gt 0 ]; do
  case $1 in
    -u | --unit) shift && unit=${1-} ;;
    --unit=*) unit=${1#*=} ;;
    -u?*) unit=${1#-u} ;;
    -xeu | -eu | -xu) shift && unit=${1-} count=1000 ;;
    -n | --lines) shift && count=${1-10} ;;
    --lines=*) count=${1#*=} ;;
    -n?*) count=${1#-n} ;;
    -o | --output | -S | --since | -U | --until | -p | --priority) shift ;;
    --version) echo 'systemd 255 (simulated by the stagecraft sandbox)' && exit 0 ;;
    --disk-usage) echo 'Archived and active journals take up 8.0M in the file system.' && exit 0 ;;
    *) ;;
  esac
  shift || break
done
case $unit in '' | *.*) ;; *) unit=$unit.service ;; esac
if [ -n "$unit" ]; then
  set -- "/var/log/stagecraft-sandbox/$unit.log"
else
  set -- /var/log/stagecraft-sandbox/*.log
fi
if [ ! -f "$1" ]; then
  echo '-- No entries --'
elif [ -n "$count" ]; then
  cat "$@" | tail -n "$count"
else
  cat "$@"
fi
