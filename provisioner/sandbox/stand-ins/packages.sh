# shellcheck shell=sh
# The packages that the simulated apt-get knows, and what each leaves on a node. No network, no archive: a package is a
# line in dpkg's own database and the few files that roles look at.

# name version
package_list() {
  cat <<'LIST'
apparmor 4.0.1really4.0.0-beta3-0ubuntu0.1
apparmor-utils 4.0.1really4.0.0-beta3-0ubuntu0.1
apt 2.7.14build2
apt-transport-https 2.7.14build2
auditd 1:3.1.2-2.1build1
base-files 13ubuntu10
bash 5.2.21-2ubuntu4
bash-completion 1:2.11-8
ca-certificates 20240203
chrony 4.5-1ubuntu4
conntrack 1:1.4.8-1ubuntu1
coreutils 9.4-3ubuntu6
cron 3.0pl1-184ubuntu2
cryptsetup 2:2.7.0-1ubuntu4
curl 8.5.0-2ubuntu10
dash 0.5.12-6ubuntu5
dpkg 1.22.6ubuntu6
e2fsprogs 1.47.0-2.4~exp1ubuntu4
ebtables 2.0.11-6build1
ethtool 1:6.7-1build1
fail2ban 1.0.2-3
gnupg 2.4.4-2ubuntu17
gzip 1.12-1ubuntu3
htop 3.3.0-4build1
iproute2 6.1.0-1ubuntu6
ipset 7.19-1ubuntu2
iptables 1.8.10-3ubuntu2
jq 1.7.1-3build1
kmod 31+20240202-2ubuntu7
less 590-2ubuntu2
logrotate 3.21.0-2build1
lsb-release 12.0-2
lsof 4.95.0-1build3
mount 2.39.3-9ubuntu6
multipath-tools 0.9.4-5ubuntu8
needrestart 3.6-7ubuntu4
net-tools 2.10-0.1ubuntu4
nfs-common 1:2.6.4-3ubuntu5
nftables 1.0.9-1build1
nvme-cli 2.8-1build1
open-iscsi 2.1.9-3ubuntu5
openssl 3.0.13-0ubuntu3
procps 2:4.0.4-4ubuntu3
python3 3.12.3-0ubuntu1
python3-apt 2.7.7ubuntu1
rsync 3.2.7-1ubuntu1
rsyslog 8.2312.0-3ubuntu9
socat 1.8.0.0-4build3
sysstat 12.6.1-2
systemd 255.4-1ubuntu8
systemd-timesyncd 255.4-1ubuntu8
tar 1.35+dfsg-3build1
tcpdump 4.99.4-3ubuntu4
tmux 3.4-1build1
tzdata 2024a-2ubuntu1
ubuntu-minimal 1.539
unattended-upgrades 2.9.1+nmu4ubuntu1
unzip 6.0-28ubuntu4
update-notifier-common 3.192.68
util-linux 2.39.3-9ubuntu6
vim 2:9.1.0016-1ubuntu7
wget 1.21.4-1ubuntu4
wireguard-tools 1.0.20210914-1ubuntu4
xfsprogs 6.6.0-1ubuntu2
xz-utils 5.6.1+really5.4.5-1
zstd 1.5.5+dfsg2-2build1
LIST
}

package_version() {
  package_list | awk -v name="$1" '$1 == name { print $2; found = 1; exit } END { exit !found }'
}

# What the package's own scripts and files would have brought, as far as roles look at it. A conffile that is there
# already is kept, as dpkg keeps it.
after_install() {
  case $1 in
    chrony)
      conffile /etc/chrony/chrony.conf <<'CONF'
# Simulated default of the chrony package.
confdir /etc/chrony/conf.d
pool ntp.ubuntu.com iburst maxsources 4
sourcedir /etc/chrony/sources.d
keyfile /etc/chrony/chrony.keys
driftfile /var/lib/chrony/chrony.drift
makestep 1 3
rtcsync
CONF
      mkdir -p /etc/chrony/conf.d /etc/chrony/sources.d /var/lib/chrony
      simulated_unit chrony 'chrony, an NTP client/server' chronyd
      # The two exclude each other.
      systemctl disable --now systemd-timesyncd 2>/dev/null || :
      ;;
    unattended-upgrades)
      conffile /etc/apt/apt.conf.d/50unattended-upgrades <<'CONF'
// Simulated default of the unattended-upgrades package.
Unattended-Upgrade::Allowed-Origins {
	"${distro_id}:${distro_codename}";
	"${distro_id}:${distro_codename}-security";
};
CONF
      conffile /etc/apt/apt.conf.d/20auto-upgrades <<'CONF'
APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
CONF
      simulated_unit unattended-upgrades 'Unattended Upgrades Shutdown'
      ;;
    auditd) simulated_unit auditd 'Security Audit Logging Service' ;;
    cron) simulated_unit cron 'Regular background program processing daemon' ;;
    fail2ban) simulated_unit fail2ban 'Fail2Ban Service' ;;
    open-iscsi) simulated_unit iscsid 'iSCSI initiator daemon' ;;
    rsyslog) simulated_unit rsyslog 'System Logging Service' syslog ;;
    multipath-tools) simulated_unit multipathd 'Device-Mapper Multipath Device Controller' ;;
    *) ;;
  esac
}

after_remove() {
  case $1 in
    chrony | unattended-upgrades | auditd | cron | fail2ban | rsyslog) drop_unit "$1" ;;
    open-iscsi) drop_unit iscsid ;;
    multipath-tools) drop_unit multipathd ;;
    *) ;;
  esac
}

after_purge() {
  case $1 in
    chrony) rm -rf /etc/chrony /var/lib/chrony ;;
    unattended-upgrades) rm -f /etc/apt/apt.conf.d/50unattended-upgrades /etc/apt/apt.conf.d/20auto-upgrades ;;
    *) ;;
  esac
}

conffile() {
  mkdir -p "${1%/*}"
  if [ -e "$1" ]; then cat >/dev/null; else cat >"$1"; fi
}

# simulated_unit NAME DESCRIPTION [ALIAS]: enabled and started, as Debian packages do.
simulated_unit() {
  {
    printf '[Unit]\nDescription=%s (simulated)\n\n[Service]\n# No process: the sandbox only says that it runs.\nX-Simulated=yes\n' "$2"
    printf '\n[Install]\nWantedBy=multi-user.target\n'
    if [ -n "${3-}" ]; then printf 'Alias=%s.service\n' "$3"; fi
  } >"/usr/lib/systemd/system/$1.service"
  systemctl daemon-reload
  systemctl -q enable --now "$1"
}

drop_unit() {
  if [ ! -e "/usr/lib/systemd/system/$1.service" ]; then return 0; fi
  systemctl -q disable --now "$1" 2>/dev/null || :
  rm -f "/usr/lib/systemd/system/$1.service"
  systemctl daemon-reload
}
