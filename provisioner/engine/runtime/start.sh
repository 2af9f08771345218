# shellcheck shell=sh
# The runtime that every bundle starts with: POSIX sh, no bashisms, runs under dash, bash and busybox ash. It begins here;
# the files beside this one follow, a file for each thing that it does.
#
# The bundle sets before it SC_MODE (apply or check), SC_RUN, SC_NONCE, SC_INLINE and SC_LAST; SC_STREAM where the transport
# streams; SC_BESIDE where it does not wait for another bundle; SC_EXCLUSIVE where the node is out of service for it, with
# SC_TOLD (tasks before this index were told when it was held) and SC_DISRUPTED (the mark); and where the node is to
# remember the run, SC_ENTRY (who and what, as lines of the record) and SC_FINAL (1 in the node's last play).
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
# What the last apply has printed. Each task has a file of its own: what one leaves behind may go on writing to it.
SC_OUTPUT=
# What the node's role signs with, once a step has asked for it.
sc_credentials=
SC_NL='
'
SC_FULL='is the disk full, or read-only? Look at df -h and df -i there'
# The process that watches how much the steps print, once there is one.
SC_WATCHER=
