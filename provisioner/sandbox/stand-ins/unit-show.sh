# shellcheck shell=sh
# The verbs of the simulated systemctl that only look. systemctl.sh sets units, quiet, properties and value_only.

PROPERTIES='Id Names Description LoadState ActiveState SubState UnitFileState FragmentPath DropInPaths MainPID ExecMainPID
  ExecMainStartTimestampMonotonic ActiveEnterTimestampMonotonic ExecMainStatus Result NRestarts NeedDaemonReload Type Restart KillMode User'

# is-active, is-enabled, is-failed: good when it holds for one of the units.
# shellcheck disable=SC2154
query() {
  if [ -z "$units" ]; then
    echo 'Too few arguments.' >&2
    exit 1
  fi
  good=no unknown=no
  for each_unit in $units; do
    unit=$(unit_name "$each_unit")
    case $1 in
      is-enabled)
        word=$(file_state "$each_unit") || {
          echo "Failed to get unit file state for $(full_name "$each_unit"): No such file or directory" >&2
          continue
        }
        case $word in enabled | enabled-runtime | static | alias | generated | indirect) good=yes ;; esac
        ;;
      *)
        word=$(active_state "$unit")
        if [ "$(load_state "$unit")" = not-found ]; then unknown=yes; fi
        case $1-$word in is-active-active | is-failed-failed) good=yes ;; esac
        ;;
    esac
    if [ "$quiet" = no ]; then echo "$word"; fi
  done
  if [ "$good" = yes ]; then exit 0; fi
  case $1 in
    is-active) if [ "$unknown" = yes ]; then exit 4; else exit 3; fi ;;
    *) exit 1 ;;
  esac
}

property() {
  case $2 in
    Id | Names) echo "$1" ;;
    Description) unit_value "$1" Unit Description "$1" ;;
    LoadState) load_state "$1" ;;
    ActiveState) active_state "$1" ;;
    SubState) sub_state "$1" ;;
    UnitFileState) file_state "$1" || echo ;;
    FragmentPath) fragment_of "$1" || echo ;;
    DropInPaths) unit_files "$1" | tail -n +2 | paste -sd ' ' - ;;
    MainPID | ExecMainPID) main_pid "$1" ;;
    ExecMainStartTimestampMonotonic | ActiveEnterTimestampMonotonic) state_get "$1" start 0 ;;
    ExecMainStatus) state_get "$1" last-exit 0 ;;
    Result) if [ "$(active_state "$1")" = failed ]; then state_get "$1" result exit-code; else echo success; fi ;;
    NRestarts) state_get "$1" restarts 0 ;;
    NeedDaemonReload) needs_reload "$1" ;;
    Type) unit_value "$1" Service Type simple ;;
    Restart) unit_value "$1" Service Restart no ;;
    KillMode) unit_value "$1" Service KillMode control-group ;;
    User) unit_value "$1" Service User '' ;;
    Environment) unit_values "$1" Service Environment | paste -sd ' ' - ;;
    *) return 1 ;;
  esac
}

# shellcheck disable=SC2154
verb_show() {
  first=yes
  for each_unit in $units; do
    unit=$(unit_name "$each_unit")
    if [ "$first" = no ]; then echo; fi
    first=no
    for name in ${properties:-$PROPERTIES}; do
      # An unknown property prints nothing, as with the real one.
      content=$(property "$unit" "$name") || continue
      if [ "$value_only" = yes ]; then echo "$content"; else echo "$name=$content"; fi
    done
  done
}

verb_status() {
  if [ -z "$units" ]; then
    echo "$(hostname) (simulated)" && echo '    State: running'
    return 0
  fi
  worst=0
  for each_unit in $units; do
    unit=$(unit_name "$each_unit")
    if [ "$(load_state "$unit")" = not-found ]; then
      echo "Unit $unit could not be found." >&2
      worst=4
      continue
    fi
    echo "● $unit - $(property "$unit" Description)"
    echo "     Loaded: $(load_state "$unit") ($(property "$unit" FragmentPath); $(property "$unit" UnitFileState))"
    echo "     Active: $(active_state "$unit") ($(sub_state "$unit"))   [simulated by the stagecraft sandbox]"
    if [ "$(main_pid "$unit")" != 0 ]; then echo "   Main PID: $(main_pid "$unit")"; fi
    if [ -f "/var/log/stagecraft-sandbox/$unit.log" ]; then
      echo
      tail -n 10 "/var/log/stagecraft-sandbox/$unit.log"
    fi
    if [ "$(active_state "$unit")" != active ]; then worst=3; fi
  done
  exit "$worst"
}

verb_cat() {
  unit=$(unit_name "$1")
  fragment_of "$unit" >/dev/null || {
    echo "No files found for $unit." >&2
    return 1
  }
  unit_files "$unit" | while IFS= read -r file; do
    echo "# $file"
    cat "$file"
    echo
  done
}

list_units() {
  for path in "$UNIT_STATES"/*/state; do
    if [ ! -f "$path" ]; then continue; fi
    unit=${path%/state} && unit=${unit##*/}
    printf '%s loaded %s %s %s\n' "$unit" "$(active_state "$unit")" "$(sub_state "$unit")" "$(property "$unit" Description)"
  done
}

list_unit_files() {
  for folder in $UNIT_FOLDERS; do
    for path in "$folder"/*.service "$folder"/*.timer "$folder"/*.socket "$folder"/*.target; do
      if [ -e "$path" ]; then echo "${path##*/}"; fi
    done
  done | sort -u | while IFS= read -r unit; do
    if [ -z "$units" ] || [ "${units#*"$unit"}" != "$units" ]; then echo "$unit $(file_state "$unit")"; fi
  done
}
