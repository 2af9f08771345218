# shellcheck shell=sh
# What tasks do with files.

# sc_diff PATH LABEL: unified diff from the file (empty where it is absent) to standard input; 0 when they are equal.
sc_diff() {
  if [ -f "$1" ]; then
    diff -u -L "$2" -L "$2" "$1" -
  elif [ -e "$1" ]; then
    # A FIFO, for instance: to open one may never return.
    echo "$1 is not a regular file"
    return 1
  else
    diff -u -L /dev/null -L "$2" /dev/null -
  fi
}

# sc_write PATH MODE OWNER GROUP: replaces the file by standard input in one step; a reader sees the old or the new.
sc_write() {
  if [ -d "$1" ]; then
    echo "$1 is a directory; a file is wanted there"
    return 1
  fi
  sc_tidy "${1%/*}"
  sc_new=$(mktemp "${1%/*}/.stagecraft.XXXXXX") || return 1
  # Under errexit, from here on a failure must not leave the temporary file behind.
  if cat >"$sc_new" && chmod "$2" "$sc_new" && chown "$3:$4" "$sc_new"; then
    sync "$sc_new" 2>/dev/null || :
    if mv -f "$sc_new" "$1"; then return 0; fi
  fi
  rm -f "$sc_new"
  return 1
}

# sc_put SOURCE PATH MODE OWNER GROUP: the same with a file as the source, which costs half the processes. What replaces a
# file is on the disk before it does; new files are brought there together at the end of the bundle, before a result
# is sent in one piece, and before the node's record says that the run is finished. Where the transport streams, their tasks
# have been told by then: should the power fail in between, such a file may be empty, and its check finds that in the next run.
sc_put() {
  if [ -d "$2" ]; then
    echo "$2 is a directory; a file is wanted there"
    return 1
  fi
  sc_tidy "${2%/*}"
  # Nobody else can know the nonce, and so prepare something of this name.
  sc_new=${2%/*}/.stagecraft.$SC_NONCE
  if install -m "$3" -o "$4" -g "$5" "$1" "$sc_new"; then
    if [ -e "$2" ]; then sync "$sc_new" 2>/dev/null || :; else printf '%s\0' "$2" >>"$SC_TMP/unsynced"; fi
    if mv -f "$sc_new" "$2"; then return 0; fi
  fi
  rm -f "$sc_new"
  return 1
}

# sc_tidy FOLDER: removes what a write that was killed has left there; one bundle at a time is at work on a node.
sc_tidy() {
  for sc_old in "$1"/.stagecraft.*; do
    if [ -e "$sc_old" ]; then rm -f "$sc_old"; fi
  done
}

# sc_stat_is PATH MODE OWNER GROUP: 0 when they are so, otherwise a line that says what differs.
sc_stat_is() {
  sc_found=$(stat -c '%a %U %G' "$1" 2>/dev/null) || {
    echo "$1 is absent"
    return 1
  }
  sc_wanted="${2#0} $3 $4"
  [ "$sc_found" = "$sc_wanted" ] || {
    echo "$1: mode, owner and group are $sc_found, wanted $sc_wanted"
    return 1
  }
}
