#!/bin/sh
# Simulated apt-get (and apt) of a sandbox node: install, remove, purge, update and upgrade change dpkg's database and
# leave the files that roles look at. Nothing is downloaded, but the archive has to answer.
set -u
# shellcheck source=/dev/null
. /usr/lib/stagecraft-sandbox/packages.sh

status=/var/lib/dpkg/status
verb='' names='' yes=no simulate=no
case ${DEBIAN_FRONTEND-} in noninteractive) yes=yes ;; esac

main() {
  while [ $# -gt 0 ]; do
    case $1 in
      -y | --yes | --assume-yes | -qy | -yq | -qqy | -yqq) yes=yes ;;
      -s | --simulate | --dry-run | --just-print) simulate=yes ;;
      -o | -c | -t | --option | --target-release) shift ;;
      -v | --version) echo 'apt 2.7.14 (amd64) (simulated by the stagecraft sandbox)' && exit 0 ;;
      -h | --help) usage && exit 0 ;;
      -*) ;;
      *) if [ -z "$verb" ]; then verb=$1; else names="$names $1"; fi ;;
    esac
    shift || break
  done
  case $verb in
    update) archive_answers || echo 'W: Some index files failed to download. They have been ignored, or old ones used instead.' && mkdir -p /var/lib/apt/lists && touch /var/lib/apt/lists /var/cache/apt && echo 'Reading package lists... (simulated)' ;;
    install) locked install ;;
    remove | purge) locked "$verb" ;;
    upgrade | dist-upgrade | full-upgrade | autoremove | autoclean | clean | check) echo '0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded. (simulated)' ;;
    '') usage ;;
    *) echo "E: Invalid operation $verb" >&2 && exit 100 ;;
  esac
}

usage() { echo 'apt-get (simulated by the stagecraft sandbox): update install remove purge upgrade autoremove clean'; }

# One at a time, as dpkg's lock has it.
locked() {
  if ! mkdir /run/stagecraft-sandbox/dpkg.lock 2>/dev/null; then
    echo 'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by another process (apt-get)' >&2
    exit 100
  fi
  trap 'rmdir /run/stagecraft-sandbox/dpkg.lock' EXIT
  trap 'exit 130' INT TERM HUP
  "$1"
}

install() {
  for word in $names; do
    name=${word%%=*} && name=${name%%:*} && name=${name%%/*}
    known=$(package_version "$name") || {
      echo "E: Unable to locate package $name" >&2
      exit 100
    }
    case $word in
      *=*)
        if [ "${word#*=}" != "$known" ]; then
          echo "E: Version '${word#*=}' for '$name' was not found" >&2
          exit 100
        fi
        ;;
    esac
  done
  new=''
  for word in $names; do
    name=${word%%=*} && name=${name%%:*} && name=${name%%/*}
    if is_installed "$name"; then
      echo "$name is already the newest version ($(package_version "$name"))."
    else
      new="$new $name"
    fi
  done
  confirm
  if [ -n "$new" ] && [ "$simulate" = no ] && ! archive_answers; then
    echo 'E: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?' >&2
    exit 100
  fi
  for name in $new; do
    if [ "$simulate" = yes ]; then
      echo "Inst $name ($(package_version "$name") simulated)"
      continue
    fi
    rewrite "$name" 'install ok installed'
    after_install "$name"
    echo "Setting up $name ($(package_version "$name")) ... (simulated)"
  done
}

remove() {
  for name in $names; do
    if ! is_installed "$name"; then
      package_version "$name" >/dev/null || {
        echo "E: Unable to locate package $name" >&2
        exit 100
      }
      echo "Package '$name' is not installed, so not removed"
      continue
    fi
    confirm
    if [ "$simulate" = yes ]; then continue; fi
    rewrite "$name" 'deinstall ok config-files'
    after_remove "$name"
    echo "Removing $name ... (simulated)"
  done
}

purge() {
  remove
  if [ "$simulate" = yes ]; then return; fi
  for name in $names; do
    rewrite "$name" ''
    after_purge "$name"
  done
}

archive_answers() {
  read -r archive </usr/lib/stagecraft-sandbox/archive || return 0
  if failure=$(curl -fsS -o /dev/null --max-time 20 "$archive" 2>&1); then return 0; fi
  echo "E: Failed to fetch $archive  ${failure#*) } (simulated)" >&2
  return 1
}

# The real one asks, and gives up where nobody can answer.
confirm() {
  if [ "$yes" = yes ] || [ "$simulate" = yes ]; then return 0; fi
  if [ -t 0 ]; then return 0; fi
  echo 'Do you want to continue? [Y/n] Abort.'
  exit 1
}

is_installed() {
  awk -v name="$1" '$1 == "Package:" { current = $2 } $0 == "Status: install ok installed" && current == name { found = 1 } END { exit !found }' "$status"
}

# rewrite NAME STATUS: takes a package's paragraph out of the database and puts the new one in; none for an empty status.
rewrite() {
  awk -v name="$1" 'BEGIN { RS = ""; ORS = "\n\n" } $0 !~ ("^Package: " name "(\n|$)")' "$status" >"$status.new"
  if [ -n "$2" ]; then
    printf 'Package: %s\nStatus: %s\nPriority: optional\nSection: admin\nMaintainer: Ubuntu Developers <ubuntu-devel-discuss@lists.ubuntu.com>\nArchitecture: %s\nVersion: %s\nDescription: %s (simulated)\n\n' \
      "$1" "$2" "$(cat /var/lib/dpkg/arch)" "$(package_version "$1")" "$1" >>"$status.new"
  fi
  mv -f "$status.new" "$status"
}

main "$@"
