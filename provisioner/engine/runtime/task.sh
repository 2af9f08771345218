# shellcheck shell=sh
# Tasks and handlers: check, apply, check again.

# sc_task INDEX FLAGS NOTIFY SATISFIES NAME: check, apply where needed, check again. FLAGS are letters: s sensitive,
# d has definitions, i has a condition, x is disruptive, r reboots, g can be told at a glance, c with its content, which
# is small where there is an m; b prints little. NOTIFY and SATISFIES are lists of handlers.
sc_task() {
  [ -z "$SC_FAILED$SC_HELD" ] || return 0
  if [ -n "$SC_RESUME" ]; then
    # Those before it were reported, or rather are in the result that was taken up.
    [ "$1" -lt "$SC_RESUME" ] || sc_rebooted "$@"
    return 0
  fi
  sc_start "$1" "$2" "$5"
  case $2 in
    *i*)
      sc_step "$1" only_if "$SC_TMP/check"
      if [ "$SC_RC" -ne 0 ]; then
        sc_record "$1" s
        return 0
      fi
      ;;
  esac
  if sc_glanced "$1" "$2"; then
    sc_record "$1" o
    return 0
  fi
  sc_step "$1" check "$SC_TMP/check"
  if [ "$SC_RC" -eq 0 ]; then
    sc_record "$1" o
    return 0
  fi
  if [ "$SC_MODE" = check ]; then
    for sc_handler in $3; do : >"$SC_TMP/pending.$sc_handler"; done
    for sc_handler in $4; do rm -f "$SC_TMP/pending.$sc_handler"; done
    sc_record "$1" c
    sc_texts diff "$SC_TMP/check"
    return 0
  fi
  case $SC_EXCLUSIVE$2 in 1*) ;; *x*)
    SC_HELD=$1
    sc_record "$1" h
    sc_texts diff "$SC_TMP/check"
    printf '== held\n' >>"$SC_LOG"
    return 0
    ;;
  esac
  sc_note "$SC_TMP/check"
  # Before the change, so that a run that dies in between still leaves word that the handler is due.
  for sc_handler in $3; do
    if { command : >"$SC_STATE/pending/$sc_handler"; } 2>/dev/null; then continue; fi
    sc_why=$({ command : >"$SC_STATE/pending/$sc_handler"; } 2>&1)
    sc_say "nothing was changed: it cannot be noted in $SC_STATE that \"$sc_handler\" will be due (${sc_why##*: })" 4>>"$SC_TMP/said"
    SC_RC=1
    sc_fail "$1" fa
    sc_texts diff "$SC_TMP/check"
    return 0
  done
  sc_apply "$1"
  if [ -z "$SC_FAILED" ]; then for sc_handler in $4; do rm -f "$SC_STATE/pending/$sc_handler"; done; fi
}

# sc_apply INDEX: apply, then the check that proves it.
sc_apply() {
  : >"$SC_TMP/said"
  SC_SEEN=
  # The memory of the task before; its name is not used again, for it may just be being shortened.
  [ -z "$SC_OUTPUT" ] || command : >"$SC_OUTPUT"
  [ ! -e "$SC_OUTPUT.cut" ] || rm -f "$SC_OUTPUT.cut" "$SC_OUTPUT.head" "$SC_OUTPUT.tail"
  SC_OUTPUT=$SC_TMP/apply.$1
  sc_watch
  sc_step "$1" apply "$SC_OUTPUT"
  sc_note "$SC_OUTPUT"
  case $SC_RC$sc_flags in 194*r*) sc_reboot "$1" ;; esac
  if [ "$SC_RC" -ne 0 ]; then
    sc_fail "$1" fa
    sc_texts diff "$SC_TMP/check" output "$SC_OUTPUT"
    return 0
  fi
  sc_verify "$1"
}

# sc_verify INDEX: the check after the apply.
sc_verify() {
  if sc_confirmed "$1"; then
    sc_record "$1" c
    sc_texts diff "$SC_TMP/check" output "$SC_OUTPUT"
    return 0
  fi
  sc_step "$1" check "$SC_TMP/again"
  sc_note "$SC_TMP/again"
  if [ "$SC_RC" -ne 0 ]; then
    sc_fail "$1" fv
    sc_texts diff "$SC_TMP/check" output "$SC_OUTPUT" again "$SC_TMP/again"
    return 0
  fi
  sc_record "$1" c
  sc_texts diff "$SC_TMP/check" output "$SC_OUTPUT"
}

# sc_handler INDEX FLAGS ID NAME: runs the handler if a task of this run or of a broken-off one asked for it.
sc_handler() {
  [ -z "$SC_FAILED$SC_HELD" ] || return 0
  [ -e "$SC_STATE/pending/$3" ] || [ -e "$SC_TMP/pending.$3" ] || return 0
  sc_start "$1" "$2" "handler: $4"
  if [ "$SC_MODE" = check ]; then
    sc_record "$1" c
    return 0
  fi
  : >"$SC_TMP/check"
  sc_apply "$1"
  [ -n "$SC_FAILED" ] || rm -f "$SC_STATE/pending/$3"
}

# sc_start INDEX FLAGS NAME: the line that tells, should the bundle never end, which task it was in.
sc_start() {
  sc_flags=$2
  SC_BRIEF_OF=
  printf '>%s\n' "$1"
  sc_uptime
  sc_started=$sc_up
  : >"$SC_TMP/said"
  printf '== %s\n' "$3" >>"$SC_LOG"
}

# sc_fail INDEX STATUS: the node's later tasks do not run.
sc_fail() {
  SC_FAILED=$1
  sc_record "$1" "$2" "$SC_RC"
  cat "$SC_TMP/said" >>"$SC_LOG"
  printf '== failed\n' >>"$SC_LOG"
}

# sc_facts: the facts that step `facts` of task 0 prints, one key=value a line.
sc_facts() {
  sc_flags=
  sc_step 0 facts "$SC_TMP/facts"
  sc_text facts "$SC_TMP/facts"
}
