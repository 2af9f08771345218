#!/bin/sh
# Builds the root of a sandbox node and becomes its init. The daemon runs it as PID 1 of new mount, pid and ipc
# namespaces; it has still the host's user namespace here, since an overlay can't be mounted in another one.
#
#   SANDBOX_DISK      folder that keeps the node's disk
#   SANDBOX_SEED      files to lay over it: first/ when the disk is new, always/ at each boot
#   SANDBOX_PROC_SYS  copy of the host's /proc/sys, shared by the nodes: a sysctl is a file here
#   SANDBOX_KUBECTL   the host's kubectl where the Kubernetes API is a real one, else empty
#
# It tells its progress on standard output, a word a line: `pid N` (the host's number of this process), `volatile`
# (the disk is in memory), `userns` (waiting for its id map and a line of standard input), then what init.sh says.
set -eu

read -r pid _ </proc/self/stat
echo "pid $pid"

disk=$SANDBOX_DISK
new=no

main() {
  mount --make-rprivate /
  cd "$disk"
  if ! make_root 2>"$disk/boot.err"; then
    # The folder's file system can't be the upper layer of an overlay: it is one itself in a container.
    mount -t tmpfs -o mode=0755 stagecraft-disk "$disk"
    cd "$disk"
    make_root
    echo volatile
  fi
  seed
  mount_kernel
  mount_devices
  mount_memory
  leave_host
}

# --- the disk -----------------------------------------------------------------------------------------------------

# The host's system folders under private upper layers; all else of the host is simply not there.
make_root() {
  mkdir -p root units local sysctl || return 1
  # pivot_root wants a mount of its own; what is mounted from here on lies on it.
  mount --bind root root || return 1
  mkdir -p root/proc root/sys root/dev root/run root/tmp root/mnt || return 1
  mkdir -p root/etc || return 1
  layer usr || return 1
  for folder in bin sbin lib lib32 lib64 libx32; do
    if [ -L "/$folder" ]; then
      [ -L "root/$folder" ] || ln -s "$(readlink "/$folder")" "root/$folder" || return 1
    elif [ -d "/$folder" ]; then
      layer "$folder" || return 1
    fi
  done
}

layer() {
  mkdir -p "root/$1" "$1.upper" "$1.work" || return 1
  # Relative paths: a colon or a comma in the name of the state folder would end the option.
  mount -t overlay stagecraft-node -o "lowerdir=/$1,upperdir=$1.upper,workdir=$1.work" "root/$1"
}

seed() {
  if [ ! -e formatted ]; then
    new=yes
    copy_etc
    hide_programs
    mkdir -p units local/bin local/sbin local/lib local/share local/etc
  fi
  mkdir -p root/usr/local root/usr/lib/systemd/system
  mount --bind local root/usr/local
  mount --bind units root/usr/lib/systemd/system
  if [ "$new" = yes ]; then
    cp -R "$SANDBOX_SEED/first/." root/
    chmod 0700 root/root
    : >formatted
  fi
  # The stand-ins take the place of the real programs; a link of that name must not be followed into the layer below.
  (cd "$SANDBOX_SEED/always" && find . -type f) >always.list
  while IFS= read -r file; do rm -f "root/$file"; done <always.list
  cp -R "$SANDBOX_SEED/always/." root/
  rm -f always.list
  rm -rf root/usr/lib/stagecraft-sandbox/kubernetes
  if [ -n "$SANDBOX_KUBECTL" ]; then
    mkdir -p root/usr/lib/stagecraft-sandbox/kubernetes
    : >root/usr/lib/stagecraft-sandbox/kubernetes/kubectl
    mount --bind "$SANDBOX_KUBECTL" root/usr/lib/stagecraft-sandbox/kubernetes/kubectl
    mount -o remount,bind,ro root/usr/lib/stagecraft-sandbox/kubernetes/kubectl
  fi
}

# Of the host's /etc only what its programs need to run; keys, tokens, accounts and services stay behind.
copy_etc() {
  for path in alternatives bash.bashrc ca-certificates ca-certificates.conf debconf.conf adduser.conf deluser.conf dpkg \
    ethertypes gai.conf host.conf inputrc iproute2 ld.so.cache ld.so.conf ld.so.conf.d locale.alias locale.conf login.defs \
    logrotate.conf magic mke2fs.conf networks pam.conf pam.d pki/ca-trust/extracted pki/tls/certs pki/tls/openssl.cnf \
    profile protocols rpc services shells skel ssl/certs ssl/openssl.cnf ssl/cert.pem terminfo ucf.conf xattr.conf; do
    if [ -e "/etc/$path" ]; then
      mkdir -p "root/etc/$path" && rmdir "root/etc/$path"
      cp -a "/etc/$path" "root/etc/$path"
    fi
  done
}

# Programs of the host that a fresh instance has not, and that roles look for.
hide_programs() {
  for path in bin/k3s bin/kubectl bin/crictl bin/ctr bin/chronyc sbin/chronyd bin/unattended-upgrade; do
    rm -f "root/usr/$path"
  done
}

# --- the kernel's file systems ------------------------------------------------------------------------------------

mount_kernel() {
  # Scratch memory for what lies over the kernel's files; the mounts below keep it when its own is gone.
  mount -t tmpfs -o mode=0700 stagecraft-kernel root/mnt
  mkdir root/mnt/upper root/mnt/work root/mnt/module
  mount -t proc -o nosuid,nodev,noexec proc root/proc
  mount --bind "$SANDBOX_PROC_SYS" sysctl
  mount -t overlay stagecraft-sysctl -o lowerdir=sysctl,upperdir=root/mnt/upper,workdir=root/mnt/work root/proc/sys
  # The host's own proc is still at /proc: these are a fresh number a read, and this node's own UTS namespace.
  for file in kernel/random/uuid kernel/hostname kernel/domainname; do
    if [ -e "root/proc/sys/$file" ]; then mount --bind "/proc/sys/$file" "root/proc/sys/$file"; fi
  done
  mask_proc
  printf 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n' >root/mnt/swaps
  replace swaps
  : >root/mnt/modules
  replace modules

  mount -t sysfs -o ro,nosuid,nodev,noexec sysfs root/sys
  for module in /sys/module/*; do
    case ${module##*/} in
      br_netfilter | bridge | overlay | nf_conntrack | ip_vs* | xt_* | ip_tables | nf_tables | vxlan | wireguard) ;;
      *) echo "root/mnt/module/${module##*/}" ;;
    esac
  done | xargs mkdir
  mount --bind root/mnt/module root/sys/module
  if [ -d root/sys/firmware ]; then mount -t tmpfs -o ro,mode=0555 tmpfs root/sys/firmware; fi
  umount -l root/mnt
}

# Root of a node has the host's uid 0: files of proc that ask for no capability would obey it.
mask_proc() {
  for file in root/proc/*; do
    case ${file##*/} in [0-9]* | self | thread-self | sys | mounts | net | swaps | modules) continue ;; esac
    case ${file##*/} in
      kcore | keys | timer_list | sched_debug | latency_stats | sysrq-trigger) mount --bind /dev/null "$file" ;;
      acpi | asound | scsi) mount -t tmpfs -o ro,mode=0555 tmpfs "$file" ;;
      *)
        if [ -d "$file" ] || [ -n "$(find "$file" -perm /0222)" ]; then
          mount --bind "$file" "$file"
          mount -o remount,bind,ro "$file"
        fi
        ;;
    esac
  done
}

replace() {
  if [ -e "root/proc/$1" ]; then mount --bind "root/mnt/$1" "root/proc/$1"; fi
}

mount_devices() {
  mount -t tmpfs -o nosuid,mode=0755 stagecraft-dev root/dev
  for device in null zero full random urandom tty; do
    : >"root/dev/$device"
    mount --bind "/dev/$device" "root/dev/$device"
  done
  mkdir root/dev/pts root/dev/shm
  mount -t devpts -o newinstance,nosuid,noexec,ptmxmode=0666,mode=0620,gid=5 devpts root/dev/pts
  mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs root/dev/shm
  ln -s pts/ptmx root/dev/ptmx
  ln -s /proc/self/fd root/dev/fd
  ln -s /proc/self/fd/0 root/dev/stdin
  ln -s /proc/self/fd/1 root/dev/stdout
  ln -s /proc/self/fd/2 root/dev/stderr
}

mount_memory() {
  mount -t tmpfs -o nosuid,nodev,mode=0755 tmpfs root/run
  mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs root/tmp
  mkdir -p root/run/lock root/run/stagecraft-sandbox
  chmod 0700 root/run/stagecraft-sandbox
}

# --- the way in ---------------------------------------------------------------------------------------------------

# After the pivot there is no path, not even ../.., that leads to a file of the host.
leave_host() {
  cd root
  pivot_root . .
  umount -l .
  cd /
  # Before its map is written this process has no id in the new namespace, and no capability after an exec: so it only
  # waits, and the next exec makes it root there.
  # shellcheck disable=SC2016
  exec unshare --user --mount --uts --propagation private /bin/sh -c \
    'echo userns; read -r go || exit 1; exec /bin/sh /usr/lib/stagecraft-sandbox/init.sh'
}

main
