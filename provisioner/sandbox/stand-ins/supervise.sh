#!/bin/sh
# Part of the simulated systemctl of a sandbox node: runs the processes of one service, as systemd would, restarts them
# by the unit's Restart=, and keeps its state. Usage: supervise UNIT
set -u
lib=/usr/lib/stagecraft-sandbox
# shellcheck source=/dev/null
. "$lib/unit-file.sh"
# shellcheck source=/dev/null
. "$lib/unit-state.sh"

unit=$1
states=$UNIT_STATES/$unit
type=$(unit_value "$unit" Service Type simple)
restart=$(unit_value "$unit" Service Restart no)
pause=$(seconds_of "$(unit_value "$unit" Service RestartSec 100ms)")

main() {
  export_environment
  directory=$(unit_value "$unit" Service WorkingDirectory /)
  cd "${directory#-}" 2>/dev/null || fail 200 'exit-code'
  make_folders RuntimeDirectory /run
  make_folders StateDirectory /var/lib
  make_folders LogsDirectory /var/log
  unit_values "$unit" Service ExecStartPre >"$states/pre"
  unit_values "$unit" Service ExecStart >"$states/commands"
  unit_values "$unit" Service ExecStartPost >"$states/post"
  failures=0
  while :; do
    once
    outcome=$?
    if [ -e "$states/stop" ]; then finish inactive success; fi
    if ! should_restart "$outcome"; then break; fi
    failures=$((failures + 1))
    # systemd's default: five starts within ten seconds.
    if [ "$failures" -ge 5 ] && [ "${pause%.*}" -lt 2 ]; then fail "$outcome" start-limit-hit; fi
    state_set "$unit" sub auto-restart
    state_set "$unit" state activating
    state_set "$unit" last-exit "$outcome"
    rm -f "$states/ready"
    sleep "$pause"
    if [ -e "$states/stop" ]; then finish inactive success; fi
    state_set "$unit" restarts $(($(state_get "$unit" restarts 0) + 1))
  done
  if [ "$outcome" -eq 0 ]; then finish inactive success; else fail "$outcome" exit-code; fi
}

# One life of the service; its exit code is the main process's.
once() {
  state_set "$unit" sub start-pre
  run_each "$states/pre" || return
  state_set "$unit" sub start
  if [ "$type" = oneshot ]; then
    run_each "$states/commands" || return
    state_set "$unit" start "$(monotonic)"
    run_each "$states/post" || return
    if [ "$(unit_value "$unit" Service RemainAfterExit no)" = yes ]; then
      state_set "$unit" sub exited
      state_set "$unit" state active
      exit 0
    fi
    return 0
  fi
  command=$(tail -n 1 "$states/commands")
  start "$command"
  if [ "$type" = notify ]; then
    post_when_ready &
  else
    run_each "$states/post"
    state_set "$unit" sub running
    state_set "$unit" state active
    : >"$states/started"
  fi
  wait "$pid"
  code=$?
  state_set "$unit" pid 0
  if [ -e "$states/stop" ] && [ "$code" -eq 143 ]; then code=0; fi
  return "$code"
}

# A service that tells when it is ready has its ExecStartPost after that.
post_when_ready() {
  while kill -0 "$pid" 2>/dev/null; do
    if [ -e "$states/ready" ]; then
      run_each "$states/post"
      return
    fi
    sleep 0.1
  done
}

# In a session of its own: its process group is what a stop has to reach.
start() {
  case $1 in -*) line=${1#-} ;; *) line=$1 ;; esac
  NOTIFY_SOCKET=$states/ready setsid sh -f -c "exec $(plain "$line")" &
  pid=$!
  state_set "$unit" start "$(monotonic)"
  state_set "$unit" pid-start "$(process_start "$pid")"
  state_set "$unit" pid "$pid"
}

# Commands of a list, in turn; a leading `-` forgives a failure.
run_each() {
  while IFS= read -r each <&9; do
    case $each in
      -*) sh -f -c "$(plain "${each#-}")" 9<&- || : ;;
      *) sh -f -c "$(plain "$each")" 9<&- || return ;;
    esac
  done 9<"$1"
}

# The prefixes that change privileges mean nothing here; `%%` is a percent sign, %n the unit.
plain() { printf '%s\n' "$1" | sed -e 's/^[@:+!]*//' -e "s/%n/$unit/g" -e "s/%N/${unit%.*}/g" -e 's/%%/%/g'; }

export_environment() {
  unit_values "$unit" Service Environment >"$states/environment"
  while IFS= read -r assignments; do
    # Words with quotes around them, as in shell; the file belongs to root.
    eval "export $(plain "$assignments")"
  done <"$states/environment"
  unit_values "$unit" Service EnvironmentFile >"$states/environment"
  while IFS= read -r path; do
    if [ ! -e "${path#-}" ]; then
      case $path in -*) continue ;; *) fail 200 resources ;; esac
    fi
    # shellcheck disable=SC2094
    while IFS= read -r assignment || [ -n "$assignment" ]; do
      case $assignment in '' | '#'* | ';'*) continue ;; [A-Za-z_]*=*) ;; *) continue ;; esac
      value=${assignment#*=}
      case $value in
        \"*\") value=${value#?} && value=${value%?} ;;
        \'*\') value=${value#?} && value=${value%?} ;;
      esac
      export "${assignment%%=*}=$value"
    done <"${path#-}"
  done <"$states/environment"
}

make_folders() {
  for folder in $(unit_value "$unit" Service "$1" ''); do mkdir -p "$2/$folder"; done
}

should_restart() {
  case $restart in
    always) return 0 ;;
    on-failure | on-abnormal | on-abort) [ "$1" -ne 0 ] ;;
    on-success) [ "$1" -eq 0 ] ;;
    *) return 1 ;;
  esac
}

fail() {
  state_set "$unit" last-exit "$1"
  finish failed "$2"
}

finish() {
  state_set "$unit" result "$2"
  state_set "$unit" pid 0
  state_set "$unit" state "$1"
  exit 0
}

main
