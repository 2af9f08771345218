# shellcheck shell=sh
# A reboot that a task asks for, and how the bundle goes on after it.

# sc_reboot INDEX: ends the bundle with the exit code that makes the transport reboot the node and run the same script
# again. What it has found so far waits on the disk, for root only; in case that fails, this task does.
sc_reboot() {
  sc_keep=$SC_STATE/resume
  if rm -rf "$sc_keep" && mkdir -m 700 "$sc_keep" &&
    cp "$SC_RESULT" "$SC_TMP/check" "$SC_OUTPUT" "$sc_keep" &&
    echo "$SC_NONCE $1 $(cat "$SC_BOOT_ID") $(date +%s)" >"$sc_keep/new" && mv "$sc_keep/new" "$sc_keep/point" && sync; then
    sc_remember running
    printf '== reboot\n' >>"$SC_LOG"
    exit 194
  fi
  rm -rf "${sc_keep:?}"
  sc_say "no reboot: the result so far cannot be kept in $sc_keep" 4>>"$SC_TMP/said"
}

# sc_rebooted INDEX FLAGS NOTIFY SATISFIES NAME: goes on where the node was rebooted: this task's check has to pass now.
sc_rebooted() {
  SC_RESUME=
  sc_start "$1" "$2" "$5"
  # By the wall clock, for the uptime began anew; a clock that was set back meanwhile counts as no time.
  sc_then=$((($(date +%s) - sc_then) * 100))
  [ "$sc_then" -lt 0 ] || sc_started=$((sc_started - sc_then))
  if [ "$sc_boot_then" = "$(cat "$SC_BOOT_ID")" ]; then
    sc_say 'the script was run again, but the node was not rebooted' 4>>"$SC_TMP/said"
    SC_RC=194
    sc_fail "$1" fa
    sc_texts diff "$SC_TMP/check" output "$SC_OUTPUT"
    return 0
  fi
  sc_verify "$1"
  if [ -z "$SC_FAILED" ]; then for sc_handler in $4; do rm -f "$SC_STATE/pending/$sc_handler"; done; fi
}
