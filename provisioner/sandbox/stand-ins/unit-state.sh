# shellcheck shell=sh
# What state a unit is in. Part of the simulated systemctl; unit-file.sh goes before it.
#   UNIT_STATES/<unit>/  state sub pid start restarts result ready stop text

state_file() { echo "$UNIT_STATES/$1/$2"; }

state_get() {
  if [ -f "$UNIT_STATES/$1/$2" ]; then cat "$UNIT_STATES/$1/$2"; else echo "$3"; fi
}

# Whole at once: a reader never sees half a word.
state_set() {
  mkdir -p "$UNIT_STATES/$1"
  printf '%s\n' "$3" >"$UNIT_STATES/$1/.$2.$$" && mv -f "$UNIT_STATES/$1/.$2.$$" "$UNIT_STATES/$1/$2"
}

# Microseconds since the machine's start.
monotonic() { awk '{ printf "%.0f\n", $1 * 1000000 }' /proc/uptime; }

# A process's start time tells it from a later one with its number.
process_start() {
  { sed 's/^.*) //' "/proc/$1/stat" | cut -d ' ' -f 20; } 2>/dev/null
}

main_pid() {
  pid_known=$(state_get "$1" pid 0)
  if [ "$pid_known" != 0 ] && [ "$(process_start "$pid_known")" = "$(state_get "$1" pid-start none)" ]; then
    echo "$pid_known"
  else
    echo 0
  fi
}

has_process() {
  case $1 in *.service) ;; *) return 1 ;; esac
  [ "$(unit_value "$1" Service X-Simulated no)" != yes ]
}

# active, activating, deactivating, failed or inactive
active_state() {
  active_now=$(state_get "$1" state inactive)
  # Type=notify: the service said that it is ready.
  if [ "$active_now" = activating ] && [ -e "$UNIT_STATES/$1/ready" ] && [ "$(main_pid "$1")" != 0 ]; then active_now=active; fi
  # Targets of a booted system are reached.
  case $1 in *.target | *.slice) active_now=active ;; esac
  echo "$active_now"
}

sub_state() {
  case $1 in
    *.target | *.slice) echo active && return ;;
  esac
  case $(active_state "$1") in
    active)
      case $1 in *.timer) echo waiting && return ;; *.socket) echo listening && return ;; esac
      if [ "$(state_get "$1" sub running)" = exited ]; then echo exited; else echo running; fi
      ;;
    activating) state_get "$1" sub start ;;
    deactivating) echo stop-sigterm ;;
    failed) echo failed ;;
    *) echo dead ;;
  esac
}

load_state() {
  if is_masked "$1"; then
    echo masked
  elif fragment_of "$1" >/dev/null; then
    echo loaded
  else
    case $1 in *.target | *.slice) echo loaded ;; *) echo not-found ;; esac
  fi
}

# enabled, disabled, static, masked or alias; fails where there is no such unit file.
file_state() {
  file_full=$(full_name "$1")
  if is_masked "$file_full"; then
    echo masked
    return
  fi
  file_unit=$(unit_name "$1")
  fragment_of "$file_unit" >/dev/null || return 1
  for link in /etc/systemd/system/*.wants/"$file_unit" /etc/systemd/system/*.requires/"$file_unit"; do
    if [ -L "$link" ] || [ -e "$link" ]; then
      if [ "$file_full" = "$file_unit" ]; then echo enabled; else echo alias; fi
      return
    fi
  done
  if unit_disk_text "$file_unit" | grep -Eq '^(WantedBy|RequiredBy|Alias|Also)='; then echo disabled; else echo static; fi
}

needs_reload() {
  if [ -f "$UNIT_STATES/$1/text" ] && [ "$(cat "$UNIT_STATES/$1/text")" != "$(unit_disk_text "$1")" ]; then echo yes; else echo no; fi
}
