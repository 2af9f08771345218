# shellcheck shell=sh
# A bundle from its beginning to its end: scratch space, the lock, the record of the run.

# sc_begin: scratch space in memory, readable by root only; in apply mode also the log of the run on the node.
sc_begin() {
  SC_LOG=/dev/null
  if [ -z "${SC_BESIDE:-}" ]; then
    sc_lock
    sc_sweep
  fi
  sc_room
  # Only now: another copy of this very bundle, sent twice because nobody knew whether it had arrived, has the same folder.
  command : >"$SC_RESULT" || sc_die "cannot write to $SC_SCRATCH: $SC_FULL"
  [ "$SC_MODE" = apply ] || return 0
  # shellcheck disable=SC2174
  mkdir -p -m 700 "$SC_STATE" "$SC_STATE/pending" "$SC_LOGS" || sc_die "cannot write to $SC_STATE and $SC_LOGS: $SC_FULL"
  SC_LOG=$SC_LOGS/$SC_RUN.log
  (umask 077 && : >>"$SC_LOG") || sc_die "cannot write to $SC_LOG: $SC_FULL"
  [ -z "$SC_DISRUPTED" ] || echo "$SC_DISRUPTED" >"$SC_STATE/disrupted" || sc_die "cannot write to $SC_STATE: $SC_FULL"
  [ ! -e "$SC_STATE/resume" ] || sc_take_up
  # The last 20 logs stay. Their names are made of digits, letters and hyphens, and sort by time.
  # shellcheck disable=SC2012
  ls "$SC_LOGS" | sort -r | sed -n '21,$p' | while IFS= read -r sc_old; do rm -f "${SC_LOGS:?}/$sc_old"; done
  sc_recall
  sc_remember running
}

# sc_room: the folders of the bundle, where they are not there yet.
sc_room() {
  # shellcheck disable=SC2174 # the parents are the system's own
  [ -d "$SC_TMP" ] || mkdir -p -m 700 "$SC_SCRATCH" "$SC_TMP" || sc_die "cannot write to $SC_SCRATCH: $SC_FULL"
}

# sc_lock: one bundle at a time on a node; another run's (or that of a controller that was killed) is waited for a while.
# Exit code 75 tells the controller that the node is busy.
sc_lock() {
  command -v flock >/dev/null 2>&1 || return 0
  while :; do
    sc_room
    if command exec 9>"$SC_SCRATCH/lock"; then :; else
      # Another copy of this bundle, at its end, has taken the folders away just now.
      [ ! -d "$SC_TMP" ] || sc_die "cannot write to $SC_SCRATCH: $SC_FULL"
      continue
    fi
    if ! flock -w "${SC_PATIENCE:-30}" 9; then
      # Empty, unless a copy of this bundle is at work in it.
      rmdir "$SC_TMP" 2>/dev/null || :
      echo 'another run is at work on this node' >&2
      exit 75
    fi
    # Whoever held it has removed the file: a third bundle may have the lock on the next file of this name by now.
    # shellcheck disable=SC3013 # -ef is in POSIX.1-2024, and in all three shells
    if [ /proc/self/fd/9 -ef "$SC_SCRATCH/lock" ]; then return 0; fi
  done
}

# sc_sweep: forgets what bundles that were killed have left in memory. Only what is a day old: between two parts of a
# bundle that was split no process lives, and yet its files are needed.
sc_sweep() {
  for sc_old in "$SC_SCRATCH"/*; do
    case $sc_old in "$SC_TMP" | "$SC_SCRATCH/lock") continue ;; esac
    find "$SC_SCRATCH" -mindepth 1 -maxdepth 1 ! -name lock ! -name "$SC_RUN" -mmin +1440 -exec rm -rf {} +
    return 0
  done
}

# sc_take_up: after a reboot that this very bundle asked for, the result so far; what another one left is thrown away.
sc_take_up() {
  if [ -e "$SC_STATE/resume/point" ]; then
    read -r sc_asked sc_index sc_boot_then sc_then <"$SC_STATE/resume/point"
    if [ "$sc_asked" = "$SC_NONCE" ]; then
      mv "$SC_STATE/resume/result" "$SC_STATE/resume/check" "$SC_STATE/resume/apply.$sc_index" "$SC_TMP" ||
        sc_die "cannot take up the result in $SC_STATE/resume"
      SC_RESUME=$sc_index
      SC_OUTPUT=$SC_TMP/apply.$sc_index
      SC_LENGTH=$(($(wc -c <"$SC_RESULT")))
      SC_TOLD_LENGTH=$SC_LENGTH
    fi
  fi
  rm -rf "${SC_STATE:?}/resume"
}

# sc_recall: the counts of this run's earlier plays on this node, from the record that they left.
sc_recall() {
  [ -r "$SC_STATE/last-run" ] || return 0
  sc_same=
  while IFS='=' read -r sc_key sc_value; do
    case $sc_key in run) [ "$sc_value" != "$SC_RUN" ] || sc_same=1 ;; esac
    case $sc_same$sc_value in 1 | *[!0-9]*) continue ;; esac
    case $sc_same$sc_key in
      1ok) SC_OKS=$sc_value ;;
      1changed) SC_CHANGES=$sc_value ;;
      1failed) SC_FAILURES=$sc_value ;;
      1skipped) SC_SKIPS=$sc_value ;;
    esac
  done <"$SC_STATE/last-run"
}

# sc_remember STATE [ENDED]: this run as the node's last one, replaced in one step. It stays "running" until the node's
# last play has ended, so a run that broke off is told from one that was finished. A node that cannot write it, for want
# of space, still runs its tasks.
sc_remember() {
  [ -n "${SC_ENTRY:-}" ] || return 0
  if printf '%s\n' "run=$SC_RUN" "$SC_ENTRY" "state=$1" "ok=$SC_OKS" "changed=$SC_CHANGES" "failed=$SC_FAILURES" \
    "skipped=$SC_SKIPS" ${2:+"ended=$2"} 2>/dev/null >"$SC_STATE/last-run.new" &&
    mv -f "$SC_STATE/last-run.new" "$SC_STATE/last-run"; then
    return 0
  fi
  rm -f "$SC_STATE/last-run.new"
  echo '== the record of this run cannot be written' >>"$SC_LOG" || :
}

# sc_end: the bundle is over. Where the transport streams, the result has been told, and only its sum is missing. Else it
# is sent now: short and plain results as they are, others compressed; what does not fit into SC_INLINE characters stays
# on the node, and the controller fetches the rest.
sc_end() {
  if [ -s "$SC_TMP/unsynced" ]; then
    xargs -0 sync <"$SC_TMP/unsynced" 2>/dev/null || :
    : >"$SC_TMP/unsynced"
  fi
  case ${SC_FAILED:+failed}$SC_HELD:$SC_LAST${SC_FINAL:-} in
    failed:*) sc_remember failed "$(date -u +%Y-%m-%dT%H:%M:%SZ)" ;;
    :11) sc_remember finished "$(date -u +%Y-%m-%dT%H:%M:%SZ)" ;;
    *) sc_remember running ;;
  esac
  [ -z "$SC_WATCHER" ] || { kill -s KILL "$SC_WATCHER"; wait "$SC_WATCHER"; } 2>/dev/null || :
  if [ -n "${SC_STREAM:-}" ]; then sc_send_sum; else sc_send; fi
  [ -z "$SC_LAST$SC_FAILED$SC_HELD" ] || {
    rm -rf "${SC_TMP:?}"
    [ -n "${SC_BESIDE:-}" ] || rm -f "$SC_SCRATCH/lock"
    rmdir "$SC_SCRATCH" 2>/dev/null || :
  }
  [ -z "$SC_FAILED" ] || exit 1
  exit 0
}

# sc_die MESSAGE: the bundle cannot go on at all.
sc_die() {
  echo "stagecraft: $1" >&2
  exit 70
}

# sc_uptime: centiseconds, without a process of its own.
sc_uptime() {
  read -r sc_up _ </proc/uptime
  sc_up=${sc_up%.*}${sc_up#*.}
}
