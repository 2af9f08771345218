# shellcheck shell=sh
# The result: records and texts, told live or sent at the end.

# sc_record INDEX STATUS [EXIT_CODE]: one record; the texts that belong to it follow by sc_text.
# Statuses: o ok, c changed, s skipped, h held, and f with the step that failed: a apply, v the check after it.
sc_record() {
  case $(($1 < SC_TOLD))$2 in
    1[os] | ?h) ;;
    1c) SC_CHANGES=$((SC_CHANGES + 1)) ;;
    ?o) SC_OKS=$((SC_OKS + 1)) ;;
    ?c) SC_OKS=$((SC_OKS + 1)) SC_CHANGES=$((SC_CHANGES + 1)) ;;
    ?s) SC_SKIPS=$((SC_SKIPS + 1)) ;;
    *) SC_FAILURES=$((SC_FAILURES + 1)) ;;
  esac
  sc_uptime
  sc_line="R $1 $2 $((sc_up - sc_started))0 ${3:-0}"
  sc_add "$sc_line"
}

# sc_texts KIND FILE [KIND FILE]: the output of steps, unless the task is sensitive, and what was said for the operator.
sc_texts() {
  case $sc_flags in
    *s*) ;;
    *) while [ $# -gt 0 ]; do
        sc_text "$1" "$2"
        shift 2
      done ;;
  esac
  [ ! -s "$SC_TMP/said" ] || sc_text said "$SC_TMP/said"
}

# sc_text KIND FILE: a text with its length, so that its content can't be taken for a record. Long ones lose their middle.
sc_text() {
  [ -s "$2" ] || [ -e "$2.cut" ] || return 0
  if [ "$SC_LENGTH" -le 2000000 ] && sc_brief "$2"; then
    sc_add "T $1 $((${#SC_TEXT} + 1))$SC_NL$SC_TEXT$SC_NL"
    return 0
  fi
  sc_size=$(wc -c <"$2")
  if [ "$sc_size" -gt 262144 ] || [ -e "$2.cut" ]; then
    sc_ends "$2" "$sc_size" >"$SC_TMP/long"
    set -- "$1" "$SC_TMP/long"
    sc_size=$(wc -c <"$2")
  fi
  # Texts of many tasks together: the controller takes no result without end. Those of a task
  # that failed or is held are its last.
  sc_most=4000
  [ "$SC_LENGTH" -le 2500000 ] || [ -n "$SC_FAILED$SC_HELD" ] || sc_most=100
  if [ "$SC_LENGTH" -gt 2000000 ] && [ "$sc_size" -gt "$((sc_most + 96))" ]; then
    { echo '[… the result is long: only the end of this is in it …]' && tail -c "$sc_most" "$2"; } >"$SC_TMP/end"
    set -- "$1" "$SC_TMP/end"
    sc_size=$(wc -c <"$2")
  fi
  # By its measured length: a process that the task left behind may still be writing.
  sc_line="T $1 $((sc_size))"
  { echo "$sc_line" && head -c "$sc_size" "$2" && echo; } >>"$SC_RESULT" || sc_die "cannot write to $SC_SCRATCH: $SC_FULL"
  SC_LENGTH=$((SC_LENGTH + ${#sc_line} + sc_size + 2))
}

# sc_brief FILE: the output of a brief task in SC_TEXT, without its last newline; 1 where it is not that short. What a task
# without content prints is one line, which takes no process to read.
sc_brief() {
  [ "$SC_BRIEF_OF" != "$1" ] || return 0
  [ ! -e "$1.cut" ] || return 1
  case $1:$sc_flags in
    */said:*) return 1 ;;
    *:*[bc]*) SC_TEXT=$(head -c 8193 "$1") ;;
    *:*g*) { IFS= read -r SC_TEXT && ! IFS= read -r sc_more && [ -z "$sc_more" ]; } <"$1" || return 1 ;;
    *) return 1 ;;
  esac
  [ "${#SC_TEXT}" -le 8192 ] || return 1
  SC_BRIEF_OF=$1
}

# sc_add LINES: whole lines to the result.
sc_add() {
  printf '%s\n' "$1" >>"$SC_RESULT" || sc_make_room "$1" || sc_die "cannot write to $SC_SCRATCH: $SC_FULL"
  SC_LENGTH=$((SC_LENGTH + ${#1} + 1))
  [ -z "${SC_STREAM:-}" ] || SC_UNTOLD=$SC_UNTOLD$1$SC_NL
}

# sc_make_room LINES: a step has filled the memory faster than sc_watch looks: of what it printed only the end stays, and the
# lines that found no room are written again.
sc_make_room() {
  [ -n "$SC_OUTPUT" ] || return 1
  sc_kept=$(tail -c 65536 "$SC_OUTPUT" | tr -d '\000')
  printf '[… it filled %s: only the end is kept …]\n%s\n' "$SC_SCRATCH" "$sc_kept" >"$SC_OUTPUT"
  head -c "$SC_LENGTH" "$SC_RESULT" >"$SC_RESULT.whole" && mv "$SC_RESULT.whole" "$SC_RESULT" && printf '%s\n' "$1" >>"$SC_RESULT"
}

# sc_note FILE: to the node's log, unless the task is sensitive.
sc_note() {
  case $sc_flags in *s*) return 0 ;; esac
  if [ -e "$1.cut" ]; then
    sc_ends "$1" "$(wc -c <"$1")" >>"$SC_LOG"
  elif [ -s "$1" ]; then
    if sc_brief "$1"; then printf '%s\n' "$SC_TEXT" >>"$SC_LOG"; else cat "$1" >>"$SC_LOG"; fi
  fi
}

# sc_tell: where the transport streams, what has been added to the result since the last time; with its length, so that
# nothing in it can be taken for anything else. A record with brief texts, or none, costs no process.
sc_tell() {
  [ "$SC_LENGTH" -gt "$SC_TOLD_LENGTH" ] || return 0
  printf '::record %s %s\n' "$SC_NONCE" "$((SC_LENGTH - SC_TOLD_LENGTH))"
  if [ "$((SC_LENGTH - SC_TOLD_LENGTH))" -eq "${#SC_UNTOLD}" ]; then
    printf '%s' "$SC_UNTOLD"
  else
    tail -c "+$((SC_TOLD_LENGTH + 1))" "$SC_RESULT"
  fi
  SC_UNTOLD=
  SC_TOLD_LENGTH=$SC_LENGTH
}

# sc_send: the result in a frame.
sc_send() {
  sc_encoding=raw
  if grep -q '^T ' "$SC_RESULT" || [ "$(wc -c <"$SC_RESULT")" -gt 2000 ]; then
    sc_encoding=gz
    gzip -nc "$SC_RESULT" | base64 | tr -d '\n' >"$SC_TMP/encoded"
    mv "$SC_TMP/encoded" "$SC_RESULT"
  fi
  sc_size=$(wc -c <"$SC_RESULT")
  sc_sum=$(sha256sum <"$SC_RESULT")
  printf '::stagecraft 1 %s %s %s %s\n' "$SC_NONCE" "$sc_encoding" "$((sc_size))" "${sc_sum%% *}"
  head -c "$SC_INLINE" "$SC_RESULT"
  printf '\n::end %s\n' "$SC_NONCE"
  if [ "$sc_size" -gt "$SC_INLINE" ]; then
    mv "$SC_RESULT" "$SC_SCRATCH/$SC_NONCE.spool"
  fi
}

# sc_send_sum: all of the result has been told; this says how much that was.
sc_send_sum() {
  sc_tell
  sc_sum=$(sha256sum <"$SC_RESULT")
  printf '::stagecraft 1 %s told %s %s\n' "$SC_NONCE" "$SC_LENGTH" "${sc_sum%% *}"
}
