#!/bin/sh
# Simulated systemctl of a sandbox node. It reads real unit files and runs their processes, without systemd: no cgroups,
# no ordering, no sockets or timers that fire. Texts and exit codes are the real one's.
# Some variables are for unit-show.sh.
# shellcheck disable=SC2034
set -u
lib=/usr/lib/stagecraft-sandbox
# shellcheck source=/dev/null
. "$lib/unit-file.sh"
# shellcheck source=/dev/null
. "$lib/unit-state.sh"
# shellcheck source=/dev/null
. "$lib/unit-show.sh"

quiet=no now=no block=yes value_only=no properties='' signal=TERM verb='' units=''

main() {
  while [ $# -gt 0 ]; do
    case $1 in
      -q | --quiet) quiet=yes ;;
      --now) now=yes ;;
      --no-block) block=no ;;
      --value) value_only=yes ;;
      -P) value_only=yes && shift && properties="$properties $(echo "${1-}" | tr , ' ')" ;;
      -p | --property) shift && properties="$properties $(echo "${1-}" | tr , ' ')" ;;
      --property=*) properties="$properties $(echo "${1#*=}" | tr , ' ')" ;;
      -p?*) properties="$properties $(echo "${1#-p}" | tr , ' ')" ;;
      -s) shift && signal=${1-TERM} ;;
      --signal=*) signal=${1#*=} ;;
      --version) echo 'systemd 255 (simulated by the stagecraft sandbox)' && exit 0 ;;
      -h | --help) usage && exit 0 ;;
      -n | -t | -o | --type | --state | --lines | --output) shift ;;
      --no-pager | --system | --force | -f | --full | -l | --no-legend | --plain | --no-ask-password | --all | -a | --type=* | --state=* | --lines=* | --no-warn | --runtime) ;;
      -*) echo "systemctl: unrecognized option '$1'" >&2 && exit 1 ;;
      *) if [ -z "$verb" ]; then verb=$1; else units="$units $1"; fi ;;
    esac
    shift || break
  done
  case $verb in
    start | stop | restart | try-restart | reload | reload-or-restart | try-reload-or-restart) for_each "verb_$(echo "$verb" | tr - _)" ;;
    is-active | is-enabled | is-failed) query "$verb" ;;
    enable | disable | mask | unmask | cat | kill) for_each "verb_$verb" ;;
    show) verb_show ;;
    status) verb_status ;;
    daemon-reload | daemon-reexec) rm -f "$UNIT_STATES"/*/text ;;
    reset-failed) reset_failed ;;
    reboot) kill -s INT 1 ;;
    is-system-running) echo running ;;
    get-default) echo multi-user.target ;;
    '' | list-units) list_units ;;
    list-unit-files) list_unit_files ;;
    stagecraft-boot) boot ;;
    *) echo "Unknown command verb $verb." >&2 && exit 1 ;;
  esac
}

usage() {
  echo 'systemctl (simulated by the stagecraft sandbox): start stop restart try-restart reload reload-or-restart enable'
  echo 'disable mask unmask is-active is-enabled is-failed status show cat kill daemon-reload reset-failed list-units list-unit-files reboot'
}

# Every unit is tried; the last failure is the exit code, as with the real one.
for_each() {
  if [ -z "$units" ]; then
    echo 'Too few arguments.' >&2
    exit 1
  fi
  worst=0
  for each_unit in $units; do
    "$1" "$each_unit" || worst=$?
  done
  exit "$worst"
}

must_exist() {
  case $(load_state "$2") in
    not-found)
      echo "Failed to $1 $2: Unit $2 not found." >&2
      return 5
      ;;
    masked)
      if [ "$1" != stop ]; then
        echo "Failed to $1 $2: Unit $2 is masked." >&2
        return 1
      fi
      ;;
  esac
}

verb_start() {
  unit=$(unit_name "$1")
  must_exist start "$unit" || return
  warn_stale "$unit"
  start_unit "$unit"
}

start_unit() {
  case $(active_state "$1") in active) return 0 ;; esac
  if [ "$(state_get "$1" state inactive)" = activating ] && [ "$(state_get "$1" sub '')" != auto-restart ]; then
    wait_for_start "$1"
    return
  fi
  halt "$1"
  mkdir -p "$UNIT_STATES/$1"
  rm -f "$UNIT_STATES/$1/stop" "$UNIT_STATES/$1/ready" "$UNIT_STATES/$1/started" "$UNIT_STATES/$1/result"
  if [ ! -f "$UNIT_STATES/$1/text" ]; then unit_disk_text "$1" >"$UNIT_STATES/$1/text"; fi
  if ! has_process "$1"; then
    state_set "$1" start "$(monotonic)"
    state_set "$1" sub running
    state_set "$1" state active
    return 0
  fi
  state_set "$1" restarts 0
  state_set "$1" sub start-pre
  state_set "$1" state activating
  mkdir -p /var/log/stagecraft-sandbox
  log "$1" "systemd[1]: Starting $1 (simulated)..."
  setsid "$lib/supervise" "$1" </dev/null >>"/var/log/stagecraft-sandbox/$1.log" 2>&1 &
  state_set "$1" supervisor "$!"
  state_set "$1" supervisor-start "$(process_start "$!")"
  if [ "$block" = no ]; then return 0; fi
  wait_for_start "$1"
}

# Until it is active, has done its work, or has failed.
wait_for_start() {
  limit=$(($(monotonic) / 1000000 + $(start_limit "$1")))
  while :; do
    # Once the process runs the job is done, however soon it ends; with Type=notify it is done when the service says so.
    if [ -e "$UNIT_STATES/$1/started" ]; then return 0; fi
    case $(active_state "$1") in
      active) return 0 ;;
      inactive) if [ "$(state_get "$1" result '')" = success ]; then return 0; else failed_job "$1" && return 1; fi ;;
      failed) failed_job "$1" && return 1 ;;
      activating) if [ "$(state_get "$1" sub '')" = auto-restart ]; then failed_job "$1" && return 1; fi ;;
    esac
    if [ $(($(monotonic) / 1000000)) -ge "$limit" ]; then
      halt "$1"
      state_set "$1" result timeout
      state_set "$1" state failed
      echo "Job for $1 failed because a timeout was exceeded." >&2
      return 1
    fi
    sleep 0.05
  done
}

start_limit() {
  limit_text=$(unit_value "$1" Service TimeoutStartSec 90)
  if [ "$limit_text" = 0 ]; then echo 86400; else seconds_of "$limit_text" | cut -d . -f 1; fi
}

failed_job() {
  echo "Job for $1 failed because the control process exited with error code." >&2
  echo "See \"systemctl status $1\" and \"journalctl -xeu $1\" for details." >&2
}

verb_stop() {
  unit=$(unit_name "$1")
  must_exist stop "$unit" || return
  halt "$unit"
}

# Ends the processes of a unit: TERM, then KILL after TimeoutStopSec (at most ten seconds here).
halt() {
  case $1 in *.target | *.slice) return 0 ;; esac
  if [ "$(state_get "$1" state inactive)" = inactive ]; then return 0; fi
  : >"$UNIT_STATES/$1/stop"
  pid=$(main_pid "$1")
  if [ "$pid" != 0 ]; then
    state_set "$1" state deactivating
    log "$1" "systemd[1]: Stopping $1 (simulated)..."
    kill -TERM "$pid" 2>/dev/null
    if [ "$(unit_value "$1" Service KillMode control-group)" != process ]; then kill -TERM -- "-$pid" 2>/dev/null; fi
    patience=200
    while [ "$patience" -gt 0 ] && [ "$(main_pid "$1")" != 0 ]; do
      sleep 0.05
      patience=$((patience - 1))
    done
    if [ "$(unit_value "$1" Service KillMode control-group)" != process ]; then kill -KILL -- "-$pid" 2>/dev/null; fi
    kill -KILL "$pid" 2>/dev/null
  fi
  end_supervisor "$1"
  rm -f "$UNIT_STATES/$1/ready" "$UNIT_STATES/$1/text"
  state_set "$1" pid 0
  state_set "$1" sub dead
  state_set "$1" state inactive
}

# It may pause before another start, or not have seen yet that the process is gone: beside a new one it would go on.
end_supervisor() {
  supervisor=$(state_get "$1" supervisor 0)
  if [ "$supervisor" != 0 ] && [ "$(process_start "$supervisor")" = "$(state_get "$1" supervisor-start none)" ]; then
    kill -KILL -- "-$supervisor" 2>/dev/null || kill -KILL "$supervisor" 2>/dev/null
  fi
  state_set "$1" supervisor 0
}

verb_restart() {
  unit=$(unit_name "$1")
  must_exist restart "$unit" || return
  warn_stale "$unit"
  restart_unit "$unit"
}

restart_unit() {
  kept=$UNIT_STATES/$1/text
  # What was loaded stays loaded over a restart.
  if [ -f "$kept" ]; then cp "$kept" "$kept.kept"; fi
  halt "$1"
  if [ -f "$kept.kept" ]; then mv "$kept.kept" "$kept"; fi
  start_unit "$1"
}

verb_try_restart() {
  unit=$(unit_name "$1")
  must_exist restart "$unit" || return
  if [ "$(active_state "$unit")" = active ]; then restart_unit "$unit"; fi
}

verb_reload() {
  unit=$(unit_name "$1")
  must_exist reload "$unit" || return
  if [ "$(active_state "$unit")" != active ]; then
    echo "$unit is not active, cannot reload." >&2
    return 1
  fi
  if ! has_process "$unit"; then return 0; fi
  reload_command=$(unit_value "$unit" Service ExecReload '')
  if [ -z "$reload_command" ]; then
    echo "Failed to reload $unit: Job type reload is not applicable for unit $unit." >&2
    return 3
  fi
  MAINPID=$(main_pid "$unit") sh -f -c "${reload_command#[-@:+!]}"
}

verb_reload_or_restart() {
  unit=$(unit_name "$1")
  must_exist reload "$unit" || return
  if [ "$(active_state "$unit")" = active ] && [ -n "$(unit_value "$unit" Service ExecReload '')" ]; then
    verb_reload "$unit"
  else
    restart_unit "$unit"
  fi
}

verb_try_reload_or_restart() {
  if [ "$(active_state "$(unit_name "$1")")" = active ]; then verb_reload_or_restart "$1"; fi
}

verb_kill() {
  unit=$(unit_name "$1")
  must_exist kill "$unit" || return
  pid=$(main_pid "$unit")
  if [ "$pid" != 0 ]; then kill -s "${signal#SIG}" -- "-$pid"; fi
}

verb_enable() {
  unit=$(full_name "$1")
  path=$(fragment_of "$unit") || {
    echo "Failed to enable unit: Unit file $unit does not exist." >&2
    return 1
  }
  if is_masked "$unit"; then
    echo "Failed to enable unit: Unit file $path is masked." >&2
    return 1
  fi
  unit=$(unit_name "$1")
  path=$(fragment_of "$unit")
  for target in $(install_values "$unit" WantedBy); do link "$path" "/etc/systemd/system/$target.wants/$unit"; done
  for target in $(install_values "$unit" RequiredBy); do link "$path" "/etc/systemd/system/$target.requires/$unit"; done
  for alias in $(install_values "$unit" Alias); do link "$path" "/etc/systemd/system/$alias"; done
  if [ "$now" = yes ]; then verb_start "$unit"; fi
}

# Enabling reads the disk, whatever is loaded.
install_values() {
  unit_disk_text "$1" | awk -v key="$2" '
    /^\[/ { install = /^\[Install\]/ }
    install && index($0, key "=") == 1 { print substr($0, length(key) + 2) }'
}

link() {
  if [ "$(readlink "$2" 2>/dev/null)" = "$1" ]; then return 0; fi
  mkdir -p "${2%/*}"
  ln -sfn "$1" "$2"
  if [ "$quiet" = no ]; then echo "Created symlink $2 → $1." >&2; fi
}

verb_disable() {
  unit=$(unit_name "$1")
  fragment_of "$unit" >/dev/null || {
    echo "Failed to disable unit: Unit file $unit does not exist." >&2
    return 1
  }
  for found in /etc/systemd/system/*.wants/"$unit" /etc/systemd/system/*.requires/"$unit"; do
    if [ -L "$found" ]; then unlink_unit "$found"; fi
  done
  for alias in $(install_values "$unit" Alias); do
    if [ -L "/etc/systemd/system/$alias" ]; then unlink_unit "/etc/systemd/system/$alias"; fi
  done
  if [ "$now" = yes ]; then verb_stop "$unit"; fi
}

unlink_unit() {
  rm -f "$1"
  if [ "$quiet" = no ]; then echo "Removed \"$1\"." >&2; fi
}

verb_mask() {
  unit=$(full_name "$1")
  if [ -f "/etc/systemd/system/$unit" ] && [ ! -L "/etc/systemd/system/$unit" ]; then
    echo "Failed to mask unit: File '/etc/systemd/system/$unit' already exists." >&2
    return 1
  fi
  if [ "$now" = yes ]; then verb_stop "$unit"; fi
  link /dev/null "/etc/systemd/system/$unit"
}

verb_unmask() {
  unit=$(full_name "$1")
  if [ "$(readlink "/etc/systemd/system/$unit" 2>/dev/null)" = /dev/null ]; then unlink_unit "/etc/systemd/system/$unit"; fi
}

warn_stale() {
  if [ "$(needs_reload "$1")" = yes ]; then
    echo "Warning: The unit file, source configuration file or drop-ins of $1 changed on disk. Run 'systemctl daemon-reload' to reload units." >&2
  fi
}

log() { echo "$2" >>"/var/log/stagecraft-sandbox/$1.log"; }

reset_failed() {
  for state in "$UNIT_STATES"/*/state; do
    if [ -f "$state" ] && [ "$(cat "$state")" = failed ]; then echo inactive >"$state"; fi
  done
}

# What an instance does between its kernel and its login prompt, as far as roles depend on it.
boot() {
  for list in /etc/modules /etc/modules-load.d/*.conf; do
    if [ -f "$list" ]; then sed -e 's/[#;].*//' -e '/^[[:space:]]*$/d' "$list"; fi
  done | while read -r module _; do modprobe "$module"; done
  set -- /etc/sysctl.d/*.conf
  if [ -e "$1" ] || grep -q '^[^#;[:space:]]' /etc/sysctl.conf 2>/dev/null; then sysctl -q --system; fi
  block=no
  for wanted in /etc/systemd/system/sysinit.target.wants/* /etc/systemd/system/multi-user.target.wants/* /etc/systemd/system/timers.target.wants/*; do
    if [ -L "$wanted" ] && [ -e "$wanted" ]; then verb_start "${wanted##*/}"; fi
  done
  for static in systemd-journald systemd-logind systemd-udevd; do verb_start "$static"; done
}

main "$@"
