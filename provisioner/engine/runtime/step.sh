# shellcheck shell=sh
# One step of a task, and what it prints.

# sc_step INDEX STEP FILE: one step of a task in a subshell; its output goes to FILE, what sc_say says to the file
# "said", its exit code to SC_RC. A process that the step leaves behind may hold the file, and nobody waits for it.
#
# Both are in memory, which a step must not fill, should it print without end: what only looks may write 32 MiB a file
# (65,536 blocks of POSIX), and for the rest there is sc_watch.
sc_step() {
  [ "$SC_BRIEF_OF" != "$3" ] || SC_BRIEF_OF=
  command : >"$3"
  (
    case $2 in apply) ;; *) ulimit -f 65536 2>/dev/null || : ;; esac
    set -eu
    case $sc_flags in *d*) "t$1_define" ;; esac
    "t$1_$2"
  ) >>"$3" 2>&1 </dev/null 4>>"$SC_TMP/said" 9>&-
  SC_RC=$?
  # 128 + SIGXFSZ; an apply may have ended so by itself.
  case $2$SC_RC in apply*) ;; *153) sc_say "it printed or wrote more than 32 MiB, which only an apply may do" 4>>"$SC_TMP/said" ;; esac
}

# sc_watch: sees once a second, from the first apply on, whether one prints without end. Of what is longer than 8 MiB
# the head and the tail stay, so that the memory does not fill up. It ends with the bundle, and holds nothing of it.
sc_watch() {
  [ -z "$SC_WATCHER" ] || return 0
  (
    IFS=$SC_NL
    while sleep 1 && [ -d "$SC_TMP" ] && kill -0 "$$"; do
      sc_large=$(find "$SC_TMP" -maxdepth 1 -name 'apply.*[0-9]' -size +8192k)
      for sc_file in $sc_large; do sc_shorten "$sc_file"; done
    done
  ) >/dev/null 2>&1 </dev/null 4>&- 9>&- &
  SC_WATCHER=$!
}

# sc_shorten FILE: keeps its head in FILE.head, the tail of what was cut in FILE.tail, and in FILE.cut how much that was.
# The writer appends, and goes on at the beginning.
sc_shorten() {
  sc_cut=0
  [ ! -e "$1.cut" ] || read -r sc_cut <"$1.cut"
  [ -e "$1.head" ] || head -c 131072 "$1" >"$1.head"
  tail -c 131072 "$1" >"$1.tail"
  sc_cut=$((sc_cut + $(wc -c <"$1")))
  : >"$1"
  echo "$sc_cut" >"$1.cut"
}

# sc_ends FILE SIZE: the first 128 KiB of an output and its last, and how much is left out in between.
sc_ends() {
  if [ -e "$1.cut" ]; then
    read -r sc_cut <"$1.cut"
    cat "$1.head"
    printf '\n[… %s bytes left out …]\n' "$((sc_cut + $2 > 262144 ? sc_cut + $2 - 262144 : 0))"
    cat "$1.tail" "$1" | tail -c 131072
  else
    head -c 131072 "$1"
    printf '\n[… %s bytes left out …]\n' "$(($2 - 262144))"
    tail -c 131072 "$1"
  fi
}
