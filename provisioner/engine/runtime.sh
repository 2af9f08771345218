# shellcheck shell=sh
# The runtime that every bundle starts with: POSIX sh, no bashisms, runs under dash, bash and busybox ash.
# The bundle sets SC_MODE (apply or check), SC_RUN, SC_NONCE, SC_INLINE and SC_LAST before it; SC_STREAM where the
# transport streams; SC_BESIDE where it does not wait for another bundle; SC_EXCLUSIVE where the node is out of service for it, with SC_TOLD (tasks before this index were told when it was held) and SC_DISRUPTED (the mark);
# and where the node is to remember the run, SC_ENTRY (who and what, as lines of the record) and SC_FINAL (1 in the node's
# last play).
#
# Two things make it what it is. Every step of a task runs in a subshell of its own whose output goes to a file, so
# nothing that a task prints can be taken for the protocol. And a step is never called in a condition (`if step`,
# `step || …`), because POSIX then ignores `set -e` inside it, and a half-failed apply would pass for a success.

PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
HOME=/root
LC_ALL=C
export PATH HOME LC_ALL
unset ENV CDPATH || :
umask 022
cd /

SC_STATE=${SC_STATE:-/var/lib/stagecraft}
SC_LOGS=${SC_LOGS:-/var/log/stagecraft}
SC_SCRATCH=${SC_SCRATCH:-/run/stagecraft}
SC_BOOT_ID=${SC_BOOT_ID:-/proc/sys/kernel/random/boot_id}
SC_TMP=$SC_SCRATCH/$SC_RUN
SC_RESULT=$SC_TMP/result
SC_FAILED=
# Set where the node waits before a disruptive task.
SC_HELD=
# The task that the node was rebooted for, while the bundle goes through those before it.
SC_RESUME=
SC_RC=0
# Bytes of the result, and how many of them have been told while the bundle runs.
SC_LENGTH=0 SC_TOLD_LENGTH=0
SC_OKS=0 SC_CHANGES=0 SC_FAILURES=0 SC_SKIPS=0
SC_SEEN=
SC_SUMS=
# What has been added to the result since it was last told, as far as that is known without reading it again.
SC_UNTOLD=
# The file whose text is in SC_TEXT.
SC_BRIEF_OF=
# What the node's role signs with, once a step has asked for it.
sc_credentials=
SC_NL='
'
SC_FULL='is the disk full, or read-only? Look at df -h and df -i there'
# The process that watches how much the steps print, once there is one.
SC_WATCHER=

# --- what tasks may use -------------------------------------------------------------------------------------------

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
# file is on the disk before it does; new files are brought there together at the end of the bundle, before it is told that
# they are in place.
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

# sc_say MESSAGE: tells the operator something even from a sensitive task: why it failed, never a secret.
sc_say() {
  echo "$1" >&4
}

# sc_fetch URL FILE: downloads with retries; an HTTP error is a failure and leaves no file.
sc_fetch() {
  for sc_try in 1 2 3; do
    if curl --fail --silent --show-error --location --retry 5 --retry-delay 1 --retry-connrefused \
      --connect-timeout 10 --speed-limit 1024 --speed-time 30 --output "$2" -- "$1"; then
      return 0
    else
      sc_code=$?
    fi
    # Cut in the middle (a partial file, a receive error, an HTTP/2 stream): curl's own retries leave these out.
    case $sc_try$sc_code in [12]18 | [12]56 | [12]92) sleep 1 ;; *)
      rm -f "$2"
      return 1
      ;;
    esac
  done
}

# sc_imds PATH: instance metadata, version 2 (a token for every session).
sc_imds() {
  sc_metadata=${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}
  sc_session=$(curl -fsS --connect-timeout 2 --max-time 5 --retry 2 -X PUT \
    -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "${sc_metadata%/}/latest/api/token") || return 1
  # The token goes through standard input: an argument could be read by any user of the node.
  printf 'header = "X-aws-ec2-metadata-token: %s"\n' "$sc_session" |
    curl -fsS --connect-timeout 2 --max-time 5 --retry 2 -K - "${sc_metadata%/}/latest/$1"
}

# sc_json KEY: the string value of the first "KEY" in the JSON on standard input, its escapes undone; 1 if there is none.
sc_json() {
  awk -v key="$1" '
    { json = json $0 "\n" }
    END {
      if (!match(json, "\"" key "\"[ \t\n]*:[ \t\n]*\"")) exit 1
      rest = substr(json, RSTART + RLENGTH)
      for (;;) {
        c = substr(rest, 1, 1)
        if (c == "") exit 1
        if (c == "\"") exit 0
        if (c != "\\") { printf "%s", c; rest = substr(rest, 2); continue }
        c = substr(rest, 2, 1); rest = substr(rest, 3)
        if (c == "u") { utf8(hex(substr(rest, 1, 4))); rest = substr(rest, 5) }
        else if (c == "n") printf "\n"
        else if (c == "t") printf "\t"
        else if (c == "r") printf "\r"
        else if (c == "b") printf "\b"
        else if (c == "f") printf "\f"
        else printf "%s", c
      }
    }
    function hex(digits,   i, n) {
      n = 0
      for (i = 1; i <= length(digits); i++) n = n * 16 + index("0123456789abcdef", tolower(substr(digits, i, 1))) - 1
      return n
    }
    function utf8(code) {
      if (code >= 55296 && code < 56320 && substr(rest, 5, 2) == "\\u") {
        code = 65536 + (code - 55296) * 1024 + hex(substr(rest, 7, 4)) - 56320
        rest = substr(rest, 7)
      }
      if (code < 128) printf "%c", code
      else if (code < 2048) printf "%c%c", 192 + int(code / 64), 128 + code % 64
      else if (code < 65536) printf "%c%c%c", 224 + int(code / 4096), 128 + int(code / 64) % 64, 128 + code % 64
      else printf "%c%c%c%c", 240 + int(code / 262144), 128 + int(code / 4096) % 64, 128 + int(code / 64) % 64, 128 + code % 64
    }'
}

# sc_region: the node's region, as the agent says, else from its metadata.
sc_region() {
  if [ -n "${AWS_SSM_REGION_NAME:-}" ]; then printf '%s' "$AWS_SSM_REGION_NAME"; else sc_imds meta-data/placement/region; fi
}

# sc_identify: this node's id, as the bundle's table has it, in SC_ID: from the transport, the agent, or the metadata.
sc_identify() {
  SC_ID=${STAGECRAFT_NODE_ID:-${AWS_SSM_INSTANCE_ID:-}}
  [ -n "$SC_ID" ] || SC_ID=$(sc_imds meta-data/instance-id) || sc_die 'this node does not know its own instance id'
}

# sc_fact NAME: a fact about the node that tasks may use as a value.
sc_fact() {
  case $1 in
    arch)
      case $(uname -m) in
        x86_64) echo amd64 ;;
        aarch64) echo arm64 ;;
        *) uname -m ;;
      esac
      ;;
    hostname) uname -n ;;
    os_id) sc_os_release ID ;;
    os_version) sc_os_release VERSION_ID ;;
    os_codename) sc_os_release VERSION_CODENAME ;;
  esac
}

# sc_os_release KEY: a value of /etc/os-release (os-release(5): shell-compatible assignments).
sc_os_release() {
  sed -n "s/^$1=\"\{0,1\}\([^\"]*\)\"\{0,1\}\$/\1/p" /etc/os-release
}

# sc_aws SERVICE ENDPOINT REQUEST: asks a service of AWS with the node's own role; ENDPOINT stands in for the service's own
# where it is not empty, REQUEST is the rest of curl's configuration. The answer, whatever it says, is in sc_answer.
# Credentials and request pass through pipes and builtins only: never through an argument, the environment or a file.
sc_aws() {
  # Once for each step, which is a process of its own: the metadata service gives none that end within five minutes.
  if [ -z "$sc_credentials" ]; then
    sc_role=$(sc_imds meta-data/iam/security-credentials/) || {
      sc_say "this node has no instance profile that it could ask $1 with"
      return 1
    }
    sc_credentials=$(sc_imds "meta-data/iam/security-credentials/${sc_role%%[!A-Za-z0-9+=,.@_-]*}") || return 1
    sc_where=$(sc_region) || return 1
  fi
  case $sc_where in cn-*) sc_domain=amazonaws.com.cn ;; *) sc_domain=amazonaws.com ;; esac
  for sc_pause in 1 2 3 0; do
    sc_answer=$(
      {
        printf 'url = "%s/"\n' "${2:-https://$1.$sc_where.$sc_domain}"
        printf 'user = "%s:%s"\n' "$(printf '%s' "$sc_credentials" | sc_json AccessKeyId)" \
          "$(printf '%s' "$sc_credentials" | sc_json SecretAccessKey)"
        printf 'header = "X-Amz-Security-Token: %s"\n' "$(printf '%s' "$sc_credentials" | sc_json Token)"
        printf 'aws-sigv4 = "aws:amz:%s:%s"\n' "$sc_where" "$1"
        printf '%s\n' "$3"
      } | curl -sS --connect-timeout 5 --max-time 20 --retry 5 --retry-delay 1 --retry-connrefused -K -
    ) || return 1
    # Throttling is a client's fault to AWS, which curl does not retry.
    case $sc_pause$sc_answer in [!0]*Throttling*) sleep "$sc_pause" ;; *) return 0 ;; esac
  done
}

# sc_ask_param NAME: what Parameter Store answers about a parameter, decrypted, in sc_answer.
sc_ask_param() {
  sc_aws ssm "${AWS_ENDPOINT_URL_SSM:-}" "$(
    printf 'header = "X-Amz-Target: AmazonSSM.GetParameter"\n'
    printf 'header = "Content-Type: application/x-amz-json-1.1"\n'
    printf 'data = "{\\"Name\\":\\"%s\\",\\"WithDecryption\\":true}"\n' "$1"
  )"
}

# sc_no_param NAME: says why the answer has no parameter.
sc_no_param() {
  sc_say "$1 cannot be read from Parameter Store: $(printf '%s' "$sc_answer" | sc_json __type || echo 'no answer') $(
    printf '%s' "$sc_answer" | sc_json message || printf '%s' "$sc_answer" | sc_json Message
  )"
}

# sc_param NAME: the value of a Parameter Store parameter.
sc_param() {
  sc_ask_param "$1" || return 1
  printf '%s' "$sc_answer" | sc_json Value || {
    sc_no_param "$1"
    return 1
  }
}

# sc_param_version NAME: the number of its newest version.
sc_param_version() {
  sc_ask_param "$1" || return 1
  # A quote within a value has a backslash before it, so no value can pass for this.
  sc_version=$(printf '%s' "$sc_answer" | tr -d '\n' | sed -n 's/.*"Version" *: *\([0-9][0-9]*\).*/\1/p')
  [ -n "$sc_version" ] || {
    sc_no_param "$1"
    return 1
  }
  echo "$sc_version"
}

# --- the run of a bundle ------------------------------------------------------------------------------------------

# sc_begin: scratch space in memory, readable by root only; in apply mode also the log of the run on the node.
sc_begin() {
  SC_LOG=/dev/null
  # shellcheck disable=SC2174 # the parents are the system's own
  if mkdir -p -m 700 "$SC_SCRATCH" "$SC_TMP" && command : >"$SC_RESULT"; then :; else sc_die "cannot write to $SC_SCRATCH: $SC_FULL"; fi
  if [ -z "${SC_BESIDE:-}" ]; then
    sc_lock
    sc_sweep
  fi
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

# sc_take_up: after a reboot that this very bundle asked for, the result so far; what another one left is thrown away.
sc_take_up() {
  if [ -e "$SC_STATE/resume/point" ]; then
    read -r sc_asked sc_index sc_boot_then sc_then <"$SC_STATE/resume/point"
    if [ "$sc_asked" = "$SC_NONCE" ]; then
      mv "$SC_STATE/resume/result" "$SC_STATE/resume/check" "$SC_STATE/resume/apply" "$SC_TMP" ||
        sc_die "cannot take up the result in $SC_STATE/resume"
      SC_RESUME=$sc_index
      SC_LENGTH=$(($(wc -c <"$SC_RESULT")))
      SC_TOLD_LENGTH=$SC_LENGTH
    fi
  fi
  rm -rf "${SC_STATE:?}/resume"
}

# sc_lock: one bundle at a time on a node; another run's (or that of a controller that was killed) is waited for a while.
# Exit code 75 tells the controller that the node is busy.
sc_lock() {
  command -v flock >/dev/null 2>&1 || return 0
  while :; do
    exec 9>"$SC_SCRATCH/lock"
    if ! flock -w "${SC_PATIENCE:-30}" 9; then
      rm -rf "${SC_TMP:?}"
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
  # 128 + SIGXFSZ
  [ "$SC_RC" -ne 153 ] || sc_say "it printed or wrote more than 32 MiB, which only an apply may do" 4>>"$SC_TMP/said"
}

# sc_watch: sees once a second, from the first apply on, whether one prints without end. Of what is longer than 8 MiB
# the head and the tail stay, so that the memory does not fill up. It ends with the bundle, and holds nothing of it.
sc_watch() {
  [ -z "$SC_WATCHER" ] || return 0
  (
    sc_cut=0
    while sleep 1 && [ -d "$SC_TMP" ] && kill -0 "$$"; do
      if [ -n "$(find "$SC_TMP/apply" -size +8192k)" ]; then sc_shorten "$SC_TMP/apply"; fi
    done
  ) >/dev/null 2>&1 </dev/null 4>&- 9>&- &
  SC_WATCHER=$!
}

# sc_shorten FILE: keeps its head in FILE.head, the tail of what was cut in FILE.tail, and in FILE.cut how much that was.
# The writer appends, and goes on at the beginning.
sc_shorten() {
  [ -e "$1.cut" ] || sc_cut=0
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

# sc_add LINES: whole lines to the result.
sc_add() {
  printf '%s\n' "$1" >>"$SC_RESULT" || sc_make_room "$1" || sc_die "cannot write to $SC_SCRATCH: $SC_FULL"
  SC_LENGTH=$((SC_LENGTH + ${#1} + 1))
  [ -z "${SC_STREAM:-}" ] || SC_UNTOLD=$SC_UNTOLD$1$SC_NL
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

# sc_make_room LINES: a step has filled the memory faster than sc_watch looks: of what it printed only the end stays, and the
# lines that found no room are written again.
sc_make_room() {
  sc_kept=$(tail -c 65536 "$SC_TMP/apply" | tr -d '\000')
  printf '[… it filled %s: only the end is kept …]\n%s\n' "$SC_SCRATCH" "$sc_kept" >"$SC_TMP/apply"
  head -c "$SC_LENGTH" "$SC_RESULT" >"$SC_RESULT.whole" && mv "$SC_RESULT.whole" "$SC_RESULT" && printf '%s\n' "$1" >>"$SC_RESULT"
}

# sc_text KIND FILE: a text with its length, so that its content can't be taken for a record. Long ones lose their middle.
sc_text() {
  [ -s "$2" ] || [ -e "$2.cut" ] || return 0
  if sc_brief "$2"; then
    sc_add "T $1 $((${#SC_TEXT} + 1))$SC_NL$SC_TEXT$SC_NL"
    return 0
  fi
  sc_size=$(wc -c <"$2")
  if [ "$sc_size" -gt 262144 ] || [ -e "$2.cut" ]; then
    sc_ends "$2" "$sc_size" >"$SC_TMP/long"
    set -- "$1" "$SC_TMP/long"
    sc_size=$(wc -c <"$2")
  fi
  # Long texts of many tasks together: the controller takes no result without end.
  if [ "$SC_LENGTH" -gt 2000000 ] && [ "$sc_size" -gt 4096 ]; then
    { echo '[… the result is long: only the end of this is in it …]' && tail -c 4000 "$2"; } >"$SC_TMP/end"
    set -- "$1" "$SC_TMP/end"
    sc_size=$(wc -c <"$2")
  fi
  # By its measured length: a process that the task left behind may still be writing.
  sc_line="T $1 $((sc_size))"
  { echo "$sc_line" && head -c "$sc_size" "$2" && echo; } >>"$SC_RESULT" || sc_die "cannot write to $SC_SCRATCH: $SC_FULL"
  SC_LENGTH=$((SC_LENGTH + ${#sc_line} + sc_size + 2))
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

# sc_note FILE: to the node's log, unless the task is sensitive.
sc_note() {
  case $sc_flags in *s*) return 0 ;; esac
  if [ -e "$1.cut" ]; then
    sc_ends "$1" "$(wc -c <"$1")" >>"$SC_LOG"
  elif [ -s "$1" ]; then
    if sc_brief "$1"; then printf '%s\n' "$SC_TEXT" >>"$SC_LOG"; else cat "$1" >>"$SC_LOG"; fi
  fi
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
    if command : >"$SC_STATE/pending/$sc_handler"; then continue; fi
    sc_why=$({ command : >"$SC_STATE/pending/$sc_handler"; } 2>&1)
    sc_say "nothing was changed: it cannot be noted in $SC_STATE that \"$sc_handler\" will be due (${sc_why##*: })" 4>>"$SC_TMP/said"
    SC_RC=1
    sc_fail "$1" fa
    sc_texts diff "$SC_TMP/check"
    return 0
  done 2>/dev/null
  sc_apply "$1"
  if [ -z "$SC_FAILED" ]; then for sc_handler in $4; do rm -f "$SC_STATE/pending/$sc_handler"; done; fi
}

# sc_apply INDEX: apply, then the check that proves it.
sc_apply() {
  : >"$SC_TMP/said"
  SC_SEEN=
  [ ! -e "$SC_TMP/apply.cut" ] || rm -f "$SC_TMP/apply.cut" "$SC_TMP/apply.head" "$SC_TMP/apply.tail"
  sc_watch
  sc_step "$1" apply "$SC_TMP/apply"
  sc_note "$SC_TMP/apply"
  case $SC_RC$sc_flags in 194*r*) sc_reboot "$1" ;; esac
  if [ "$SC_RC" -ne 0 ]; then
    sc_fail "$1" fa
    sc_texts diff "$SC_TMP/check" output "$SC_TMP/apply"
    return 0
  fi
  sc_verify "$1"
}

# sc_verify INDEX: the check after the apply.
sc_verify() {
  if sc_confirmed "$1"; then
    sc_record "$1" c
    sc_texts diff "$SC_TMP/check" output "$SC_TMP/apply"
    return 0
  fi
  sc_step "$1" check "$SC_TMP/again"
  sc_note "$SC_TMP/again"
  if [ "$SC_RC" -ne 0 ]; then
    sc_fail "$1" fv
    sc_texts diff "$SC_TMP/check" output "$SC_TMP/apply" again "$SC_TMP/again"
    return 0
  fi
  sc_record "$1" c
  sc_texts diff "$SC_TMP/check" output "$SC_TMP/apply"
}

# sc_reboot INDEX: ends the bundle with the exit code that makes the transport reboot the node and run the same script
# again. What it has found so far waits on the disk, for root only; in case that fails, this task does.
sc_reboot() {
  sc_keep=$SC_STATE/resume
  if rm -rf "$sc_keep" && mkdir -m 700 "$sc_keep" &&
    cp "$SC_RESULT" "$SC_TMP/check" "$SC_TMP/apply" "$sc_keep" &&
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
    sc_texts diff "$SC_TMP/check" output "$SC_TMP/apply"
    return 0
  fi
  sc_verify "$1"
  if [ -z "$SC_FAILED" ]; then for sc_handler in $4; do rm -f "$SC_STATE/pending/$sc_handler"; done; fi
}

# sc_fail INDEX STATUS: the node's later tasks do not run.
sc_fail() {
  SC_FAILED=$1
  sc_record "$1" "$2" "$SC_RC"
  cat "$SC_TMP/said" >>"$SC_LOG"
  printf '== failed\n' >>"$SC_LOG"
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

# sc_facts: the facts that step `facts` of task 0 prints, one key=value a line.
sc_facts() {
  sc_flags=
  sc_step 0 facts "$SC_TMP/facts"
  sc_text facts "$SC_TMP/facts"
}

# sc_send_sum: all of the result has been told; this says how much that was.
sc_send_sum() {
  sc_tell
  sc_sum=$(sha256sum <"$SC_RESULT")
  printf '::stagecraft 1 %s told %s %s\n' "$SC_NONCE" "$SC_LENGTH" "${sc_sum%% *}"
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
