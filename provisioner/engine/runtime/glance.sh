# shellcheck shell=sh
# Entries of the file system that are told to be as wanted without running a check.

# sc_want INDEX: what the file of this task should hold, for sc_sum to compare.
sc_want() {
  "t$1_define"
  wanted >"$SC_TMP/want.$1"
}

# sc_look PATH …: what all these entries are, a line each, in SC_SEEN. The nonce in front keeps the target of a link from
# passing for a line. A find that cannot print leaves it empty, and the checks decide.
sc_look() {
  SC_SEEN=$SC_NL$(find "$@" -maxdepth 0 \( -type l -printf "$SC_NONCE l %p %l\n" -o \
    -printf "$SC_NONCE %y %m %u %g %p\n" \) 2>/dev/null)$SC_NL
}

# sc_sum PATH …: the sums of these files, in SC_SUMS.
sc_sum() {
  for sc_path in "$@"; do
    shift
    # Opening anything else, a FIFO for instance, might never return.
    if [ -f "$sc_path" ]; then set -- "$@" "$sc_path"; fi
  done
  SC_SUMS=$SC_NL$(sha256sum "$@" 2>/dev/null)$SC_NL
}

# sc_glanced INDEX FLAGS: 0 when the look at all entries has shown that this task's is as wanted, and nothing was changed
# since.
sc_glanced() {
  case $2 in *g*) ;; *) return 1 ;; esac
  [ -n "$SC_SEEN" ] || return 1
  sc_entry='' sc_path=''
  eval "sc_entry=\$t${1}_entry sc_path=\$t${1}_path"
  case $SC_SEEN in *"$SC_NL$SC_NONCE $sc_entry$SC_NL"*) ;; *) return 1 ;; esac
  case $2 in *c*) ;; *) return 0 ;; esac
  sc_hash=${SC_SUMS%%"  $SC_TMP/want.$1$SC_NL"*}
  sc_hash=${sc_hash##*"$SC_NL"}
  case $SC_SUMS in *"$SC_NL$sc_hash  $sc_path$SC_NL"*) ;; *) return 1 ;; esac
}

# sc_confirmed INDEX: 0 when another look, at this task's entry alone, shows that it is as wanted now.
sc_confirmed() {
  case $sc_flags in *g*) ;; *) return 1 ;; esac
  eval "sc_path=\$t${1}_path"
  sc_look "$sc_path"
  case $sc_flags in
    *m*) sc_glanced "$1" g && sc_same "$SC_TMP/want.$1" "$sc_path" ;;
    *c*) sc_sum "$SC_TMP/want.$1" "$sc_path" && sc_glanced "$1" gc ;;
    *) sc_glanced "$1" g ;;
  esac
  sc_seen=$?
  SC_SEEN=
  return "$sc_seen"
}

# sc_same FILE FILE: whether two small texts are equal; reading them here is quicker than to start a process that does.
sc_same() {
  sc_read "$1" && sc_one=$SC_GOT && sc_read "$2" && [ "$sc_one" = "$SC_GOT" ]
}

# sc_read FILE: the text of a small file, in SC_GOT.
sc_read() {
  SC_GOT='' sc_got=''
  [ -f "$1" ] || return 1
  while IFS= read -r sc_got; do SC_GOT=$SC_GOT$sc_got$SC_NL; done <"$1"
  SC_GOT=$SC_GOT$sc_got
}
