#!/bin/sh
# Simulated dpkg-query and dpkg of a sandbox node: answers from the node's own /var/lib/dpkg/status, so that it works the
# same on hosts without dpkg. Knows -W, -s, -l, -L and -f with ${Package}, ${Version}, ${Status}, ${db:Status-Status}, ${Architecture}.
set -u
status=/var/lib/dpkg/status
verb='' names=''
# shellcheck disable=SC2016
format='${Package}\t${Version}\n'

main() {
  while [ $# -gt 0 ]; do
    case $1 in
      -W | --show) verb=show ;;
      -s | --status) verb=status ;;
      -l | --list) verb=list ;;
      -L | --listfiles) verb=files ;;
      -f | --showformat) shift && format=${1-} ;;
      -f=*) format=${1#-f=} ;;
      -f?*) format=${1#-f} ;;
      --showformat=*) format=${1#*=} ;;
      --print-architecture) cat /var/lib/dpkg/arch && exit 0 ;;
      --print-foreign-architectures | --configure | -a) ;;
      --compare-versions) exec_real "$@" ;;
      --version) echo "Debian 'dpkg' package management program version 1.22.6 (amd64). (simulated by the stagecraft sandbox)" && exit 0 ;;
      --help) echo 'dpkg-query (simulated by the stagecraft sandbox): -W -s -l -L -f' && exit 0 ;;
      -*) ;;
      *) names="$names $1" ;;
    esac
    shift || break
  done
  if [ -z "$verb" ]; then
    echo 'dpkg-query: error: need an action option (simulated: -W -s -l -L --print-architecture)' >&2
    exit 2
  fi
  if [ -z "$names" ]; then names=$(awk '$1 == "Package:" { print $2 }' "$status"); fi
  failed=0
  for name in $names; do
    answer "${name%%:*}" || failed=1
  done
  exit "$failed"
}

exec_real() {
  echo 'dpkg: error: --compare-versions is not simulated by the stagecraft sandbox' >&2
  exit 2
}

answer() {
  paragraph=$(awk -v name="$1" 'BEGIN { RS = "" } $0 ~ ("^Package: " name "(\n|$)") { print; found = 1; exit } END { exit !found }' "$status") || {
    case $verb in
      status) echo "dpkg-query: package '$1' is not installed and no information is available" >&2 ;;
      *) echo "dpkg-query: no packages found matching $1" >&2 ;;
    esac
    return 1
  }
  case $verb in
    status) printf '%s\n' "$paragraph" ;;
    files) echo '/.' ;;
    list) printf '%s\n' "$paragraph" | awk -F ': ' '{ field[$1] = $2 } END { split(field["Status"], s, " "); printf "%s  %s %s %s %s\n", (s[3] == "installed" ? "ii" : "rc"), field["Package"], field["Version"], field["Architecture"], field["Description"] }' ;;
    show) printf '%s\n' "$paragraph" | render ;;
  esac
}

render() {
  FORMAT=$format awk -F ': ' '
    { field[$1] = substr($0, length($1) + 3) }
    END {
      out = ENVIRON["FORMAT"]
      split(field["Status"], words, " ")
      field["db:Status-Want"] = words[1]; field["db:Status-Eflag"] = words[2]; field["db:Status-Status"] = words[3]
      field["db:Status-Abbrev"] = words[3] == "installed" ? "ii " : "rc "
      field["binary:Package"] = field["Package"]
      while (match(out, /\$\{[^}]*\}/)) {
        key = substr(out, RSTART + 2, RLENGTH - 3); sub(/;.*/, "", key)
        out = substr(out, 1, RSTART - 1) field[key] substr(out, RSTART + RLENGTH)
      }
      gsub(/\\n/, "\n", out); gsub(/\\t/, "\t", out)
      printf "%s", out
    }'
}

main "$@"
