#!/bin/sh
# Simulated sysctl of a sandbox node: reads and writes the node's own copy of /proc/sys.
set -u
system=no quiet=no values=no ignore=no names_only=no file='' all=no failed=0

main() {
  while [ $# -gt 0 ]; do
    case $1 in
      -w | --write) ;;
      -q | --quiet) quiet=yes ;;
      -n | --values) values=yes ;;
      -e | --ignore) ignore=yes ;;
      -N | --names) names_only=yes ;;
      -qw | -wq) quiet=yes ;;
      -ne | -en) values=yes ignore=yes ;;
      --system) system=yes ;;
      -p | --load | -f) file=/etc/sysctl.conf && if [ -n "${2-}" ]; then file=$2 && shift; fi ;;
      -p*) file=${1#-p} ;;
      --load=*) file=${1#*=} ;;
      -a | --all) all=yes ;;
      -V | --version) echo 'sysctl from procps-ng 4.0.4 (simulated by the stagecraft sandbox)' && exit 0 ;;
      -h | --help) echo 'sysctl (simulated by the stagecraft sandbox): [-n] [-w] [-p FILE] [--system] NAME[=VALUE]...' && exit 0 ;;
      -*) echo "sysctl: invalid option -- '${1#-}'" >&2 && exit 1 ;;
      *) break ;;
    esac
    shift
  done
  if [ "$all" = yes ]; then
    find /proc/sys -type f | sort | while IFS= read -r path; do show "${path#/proc/sys/}"; done
    exit 0
  fi
  if [ -n "$file" ]; then load "$file"; fi
  if [ "$system" = yes ]; then load_system; fi
  for word in "$@"; do
    case $word in
      *=*) assign "${word%%=*}" "${word#*=}" ;;
      *) show "$(path_of "$word")" ;;
    esac
  done
  exit "$failed"
}

# Dots separate; a name with slashes keeps its dots (net/ipv4/conf/eth0.1/forwarding).
path_of() {
  case $1 in */*) echo "$1" ;; *) echo "$1" | tr . / ;; esac
}

show() {
  if [ ! -e "/proc/sys/$1" ]; then
    missing "$1"
    return
  fi
  name=$(echo "$1" | tr / .)
  content=$(cat "/proc/sys/$1" 2>/dev/null)
  if [ "$names_only" = yes ]; then
    echo "$name"
  elif [ "$values" = yes ]; then
    printf '%s\n' "$content"
  else
    printf '%s = %s\n' "$name" "$content"
  fi
}

assign() {
  key=$(echo "$1" | sed -e 's/^[[:space:]]*-*//' -e 's/[[:space:]]*$//')
  content=$(echo "$2" | sed -e 's/^[[:space:]]*//' -e 's/[[:space:]]*$//')
  path=$(path_of "$key")
  if [ ! -e "/proc/sys/$path" ]; then
    missing "$path"
    return
  fi
  printf '%s\n' "$content" >"/proc/sys/$path" || {
    failed=255
    return
  }
  if [ "$quiet" = no ]; then echo "$key = $content"; fi
}

missing() {
  if [ "$ignore" = yes ]; then return 0; fi
  echo "sysctl: cannot stat /proc/sys/$1: No such file or directory" >&2
  failed=255
}

load() {
  if [ ! -r "$1" ]; then
    echo "sysctl: cannot open \"$1\": No such file or directory" >&2
    failed=255
    return
  fi
  while IFS= read -r line || [ -n "$line" ]; do
    line=$(echo "$line" | sed 's/^[[:space:]]*//')
    case $line in
      '' | '#'* | ';'*) ;;
      -*=*) (ignore=yes && assign "${line%%=*}" "${line#*=}") ;;
      *=*) assign "${line%%=*}" "${line#*=}" ;;
    esac
  done <"$1"
}

# By name over all folders; of equally named files the one in /etc counts.
load_system() {
  for folder in /etc/sysctl.d /run/sysctl.d /usr/local/lib/sysctl.d; do
    for conf in "$folder"/*.conf; do
      if [ -e "$conf" ]; then printf '%s\t%s\n' "${conf##*/}" "$conf"; fi
    done
  done | sort -s -k1,1 | awk -F '\t' '!seen[$1]++ { print $2 }' >/run/stagecraft-sandbox/sysctl.list
  if [ -e /etc/sysctl.conf ]; then echo /etc/sysctl.conf >>/run/stagecraft-sandbox/sysctl.list; fi
  while IFS= read -r conf; do
    if [ "$quiet" = no ]; then echo "* Applying $conf ..."; fi
    load "$conf"
  done </run/stagecraft-sandbox/sysctl.list
}

main "$@"
