#!/bin/sh
# Simulated shutdown, reboot, poweroff and halt of a sandbox node. Only a reboot is understood: a node that is off would be
# up again at the next `sandbox up`. `+1`, which is what the SSM agent says, is a minute here as well.
set -u

wants_reboot=no when=+1
case ${0##*/} in reboot) wants_reboot=yes when=now ;; esac
while [ $# -gt 0 ]; do
  case $1 in
    -r | --reboot) wants_reboot=yes ;;
    -f | --force | -q | --no-wall) ;;
    now | +*) when=$1 ;;
    -*) echo "${0##*/}: '$1' is not understood (simulated by the stagecraft sandbox)" >&2 && exit 1 ;;
  esac
  shift
done
if [ "$wants_reboot" = no ]; then
  echo "${0##*/}: nodes of the stagecraft sandbox only reboot (-r); to stop them: npm run sandbox -- down" >&2
  exit 1
fi
case $when in
  now | +0) kill -s INT 1 ;;
  *) (trap '' HUP && sleep "$((60 * ${when#+}))" && kill -s INT 1) </dev/null >/dev/null 2>&1 & ;;
esac
