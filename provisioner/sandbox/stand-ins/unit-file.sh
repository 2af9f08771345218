# shellcheck shell=sh
# Reads unit files as systemd finds them: fragments, drop-ins, masks, aliases. Part of the simulated systemctl.
# A unit that runs is read as it was when it was started, until daemon-reload, as systemd does.

UNIT_FOLDERS='/etc/systemd/system /run/systemd/system /usr/local/lib/systemd/system /usr/lib/systemd/system'
UNIT_STATES=/run/stagecraft-sandbox/units

# The name with its type: `k3s` is `k3s.service`.
full_name() {
  case $1 in
    *.service | *.target | *.timer | *.socket | *.path | *.mount | *.slice) echo "$1" ;;
    *) echo "$1.service" ;;
  esac
}

# The file that defines a unit; fails where there is none.
fragment_of() {
  for unit_folder in $UNIT_FOLDERS; do
    if [ -e "$unit_folder/$1" ] || [ -L "$unit_folder/$1" ]; then
      echo "$unit_folder/$1"
      return 0
    fi
  done
  case $1 in
    # foo@bar.service is an instance of foo@.service
    *@?*.service) fragment_of "${1%%@*}@.service" ;;
    *) return 1 ;;
  esac
}

# An alias is a link to another unit file: the unit's own name.
unit_name() {
  name_full=$(full_name "$1")
  name_path=$(fragment_of "$name_full") || {
    echo "$name_full"
    return
  }
  if [ -L "$name_path" ] && [ "$(readlink "$name_path")" != /dev/null ]; then
    name_target=$(readlink "$name_path")
    name_target=${name_target##*/}
    case $name_target in *@.service) echo "$name_full" ;; *) echo "$name_target" ;; esac
  else
    echo "$name_full"
  fi
}

is_masked() {
  masked_path=$(fragment_of "$1") && [ -L "$masked_path" ] && [ "$(readlink "$masked_path")" = /dev/null ]
}

# What is on the disk now: the fragment, then its drop-ins by name. The first of equally named drop-ins counts.
unit_files() {
  fragment_of "$1" || return 1
  for unit_folder in $UNIT_FOLDERS; do
    for drop_in in "$unit_folder/$1.d"/*.conf; do
      if [ -e "$drop_in" ]; then printf '%s\t%s\n' "${drop_in##*/}" "$drop_in"; fi
    done
  done | sort -s -k1,1 | awk -F '\t' '!seen[$1]++ { print $2 }'
}

unit_disk_text() {
  unit_files "$1" | while IFS= read -r text_file; do
    cat "$text_file"
    echo
  done
}

# What systemd goes by.
unit_text() {
  if [ -f "$UNIT_STATES/$1/text" ]; then cat "$UNIT_STATES/$1/text"; else unit_disk_text "$1"; fi
}

# unit_values UNIT SECTION KEY: each value on its line; an empty assignment forgets those before it.
unit_values() {
  unit_text "$1" | awk -v section="$2" -v key="$3" '
    /^[ \t]*[#;]/ { next }
    {
      while ($0 ~ /\\$/) {
        sub(/[ \t]*\\$/, " ")
        if ((getline more) <= 0) break
        $0 = $0 more
      }
    }
    /^[ \t]*\[/ { current = $0; sub(/^[ \t]*\[/, "", current); sub(/\].*$/, "", current); next }
    current == section && index($0, "=") {
      name = substr($0, 1, index($0, "=") - 1); gsub(/[ \t]/, "", name)
      if (name != key) next
      value = substr($0, index($0, "=") + 1); sub(/^[ \t]+/, "", value); sub(/[ \t]+$/, "", value)
      if (value == "") count = 0; else values[++count] = value
    }
    END { for (i = 1; i <= count; i++) print values[i] }'
}

# The last value, which counts for a key that has one; else the default.
unit_value() {
  value_found=$(unit_values "$1" "$2" "$3" | tail -n 1)
  echo "${value_found:-$4}"
}

# Seconds of a systemd time span, whole ones: 90, 5s, 1min 30s, 500ms, infinity.
seconds_of() {
  echo "$1" | awk '{
    if ($0 ~ /infinity/) { print 86400; exit }
    gsub(/[ \t]+/, "", $0)
    total = 0
    while (match($0, /^[0-9.]+[a-z]*/)) {
      part = substr($0, 1, RLENGTH); $0 = substr($0, RLENGTH + 1)
      number = part; sub(/[a-z]+$/, "", number)
      unit = part; sub(/^[0-9.]+/, "", unit)
      factor = 1
      if (unit == "ms") factor = 0.001
      if (unit == "us") factor = 0.000001
      if (unit ~ /^m(in|inute|inutes)?$/) factor = 60
      if (unit ~ /^h(r|our|ours)?$/) factor = 3600
      total += number * factor
    }
    print total
  }'
}
