/** What a node's disk holds before a role has ever run: a fresh Ubuntu image, as far as it is looked at. */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { InventoryNode } from '../../inventory/schema';
import { KUBELET_OF } from '../cluster/kubelet';
import { baseDpkgStatus } from './dpkg-status';

export interface SeedOptions {
  readonly node: InventoryNode;
  /** Addresses and a key for the stand-ins that talk to the daemon; a file only root of the node can read. */
  readonly clusterUrl: string;
  readonly clusterKey: string;
  /** Port on loopback that stands for port 6443 of the servers. */
  readonly supervisorPort: number;
  /** What the simulated apt-get asks for packages. */
  readonly archiveUrl: string;
}

const STAND_INS = join(__dirname, '..', 'stand-ins');

/** Where each stand-in lies in a node: over the real program, so that an absolute path finds it too. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  'systemctl.sh': ['usr/bin/systemctl'],
  'supervise.sh': ['usr/lib/stagecraft-sandbox/supervise'],
  'unit-file.sh': ['usr/lib/stagecraft-sandbox/unit-file.sh'],
  'k3s-certificate.sh': ['usr/lib/stagecraft-sandbox/k3s-certificate.sh'],
  'k3s-etcd.sh': ['usr/lib/stagecraft-sandbox/k3s-etcd.sh'],
  'shutdown.sh': ['usr/sbin/shutdown', 'usr/sbin/reboot'],
  'journalctl.sh': ['usr/bin/journalctl'],
  'apt-get.sh': ['usr/bin/apt-get', 'usr/bin/apt'],
  'packages.sh': ['usr/lib/stagecraft-sandbox/packages.sh'],
  'modprobe.sh': ['usr/sbin/modprobe'],
  'lsmod.sh': ['usr/sbin/lsmod', 'usr/bin/lsmod'],
  'swap.sh': ['usr/sbin/swapoff', 'usr/sbin/swapon'],
  'timedatectl.sh': ['usr/bin/timedatectl'],
  'hostnamectl.sh': ['usr/bin/hostnamectl'],
  'unit-state.sh': ['usr/lib/stagecraft-sandbox/unit-state.sh'],
  'unit-show.sh': ['usr/lib/stagecraft-sandbox/unit-show.sh'],
};

/** Stand-ins for hosts that lack the program; where it is there, the real one works on the node's own files. */
const WHERE_MISSING: Readonly<Record<string, readonly string[]>> = {
  'dpkg-query.sh': ['usr/bin/dpkg-query', 'usr/bin/dpkg'],
  'sysctl.sh': ['usr/sbin/sysctl'],
};

/** Writes the seed of a node's disk into a folder: `first/` for a new disk, `always/` for each boot. */
export function writeSeed(folder: string, options: SeedOptions): void {
  rmSync(folder, { recursive: true, force: true });
  writeFirst(join(folder, 'first'), options.node);
  writeAlways(join(folder, 'always'), options);
}

function writeFirst(folder: string, node: InventoryNode): void {
  const host = initialHostname(node);
  const files: Record<string, string> = {
    'etc/hostname': `${host}\n`,
    'etc/hosts': `127.0.0.1 localhost\n::1 ip6-localhost ip6-loopback\n`,
    'etc/os-release': OS_RELEASE,
    'usr/lib/os-release': OS_RELEASE,
    'etc/lsb-release':
      'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=24.04\nDISTRIB_CODENAME=noble\nDISTRIB_DESCRIPTION="Ubuntu 24.04 LTS (simulated)"\n',
    'etc/fstab':
      'LABEL=cloudimg-rootfs / ext4 discard,commit=30,errors=remount-ro 0 1\n/swap.img none swap sw 0 0\n',
    'swap.img': '',
    'etc/timezone': 'Etc/UTC\n',
    'etc/machine-id': `${node.instanceId.slice(2).padStart(32, '0')}\n`,
    'etc/resolv.conf': readOr('/etc/resolv.conf', 'nameserver 127.0.0.53\n'),
    'etc/passwd': PASSWD.map(
      ([name, uid, gid, home, shell]) => `${name}:x:${uid}:${gid}::${home}:${shell}\n`,
    ).join(''),
    'etc/group': GROUPS.map(([name, gid]) => `${name}:x:${gid}:\n`).join(''),
    'etc/shadow': PASSWD.map(([name]) => `${name}:*:19837:0:99999:7:::\n`).join(''),
    'etc/gshadow': GROUPS.map(([name]) => `${name}:*::\n`).join(''),
    'etc/nsswitch.conf': 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n',
    'etc/debian_version': 'trixie/sid\n',
    'etc/environment': 'PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"\n',
    'etc/sysctl.conf': '# Kernel settings of this node belong into /etc/sysctl.d.\n',
    'etc/modules': '',
    'etc/systemd/journald.conf': '[Journal]\n#SystemMaxUse=\n',
    'var/lib/dpkg/status': baseDpkgStatus(node.arch),
    'var/lib/dpkg/arch': `${node.arch}\n`,
    'var/lib/dpkg/info/format': '1\n',
    'var/lib/dpkg/available': '',
    'var/lib/stagecraft-sandbox.README':
      'This node is simulated: Linux namespaces on the operator\'s machine. See "npm run sandbox -- status".\n',
  };
  for (const [path, content] of Object.entries(files)) write(join(folder, path), content);
  for (const [name, description] of UNITS)
    write(join(folder, `usr/lib/systemd/system/${name}.service`), unitFile(name, description));
  const wanted = join(folder, 'etc/systemd/system/multi-user.target.wants');
  mkdirSync(wanted, { recursive: true });
  for (const name of ENABLED)
    symlinkSync(`/usr/lib/systemd/system/${name}.service`, join(wanted, `${name}.service`));
  for (const path of EMPTY_FOLDERS) mkdirSync(join(folder, path), { recursive: true });
  symlinkSync('/usr/share/zoneinfo/Etc/UTC', join(folder, 'etc/localtime'));
  symlinkSync('../run', join(folder, 'var/run'));
  symlinkSync('../run/lock', join(folder, 'var/lock'));
  chmodSync(join(folder, 'etc/shadow'), 0o640);
  chmodSync(join(folder, 'etc/gshadow'), 0o640);
  chmodSync(join(folder, 'swap.img'), 0o600);
  chmodSync(join(folder, 'var/tmp'), 0o1777);
}

function writeAlways(folder: string, options: SeedOptions): void {
  for (const [source, targets] of Object.entries(PLACES)) {
    for (const target of targets) copyProgram(join(STAND_INS, source), join(folder, target));
  }
  for (const [source, targets] of Object.entries(WHERE_MISSING)) {
    for (const target of targets.filter((path) => !onHost(path)))
      copyProgram(join(STAND_INS, source), join(folder, target));
  }
  copyProgram(join(__dirname, 'init.sh'), join(folder, 'usr/lib/stagecraft-sandbox/init.sh'));
  const access = join(folder, 'usr/lib/stagecraft-sandbox/cluster.env');
  // Read by stand-ins with `.`: plain words, made by the daemon itself.
  write(access, `SANDBOX_CLUSTER=${options.clusterUrl}\nSANDBOX_NODE=${options.node.name}\n`);
  write(join(folder, 'root/.curlrc'), curlSettings(options));
  const authorization = join(folder, 'usr/lib/stagecraft-sandbox/authorization');
  write(authorization, `Authorization: Bearer ${options.clusterKey}\n`);
  write(join(folder, 'usr/lib/stagecraft-sandbox/archive'), `${options.archiveUrl}\n`);
  for (const path of [access, authorization]) chmodSync(path, 0o600);
}

/**
 * There is no network between the nodes: what goes to port 6443 of a server is led to the sandbox. So is what goes to the
 * kubelet on loopback, which all nodes share; it tells them apart by the agent that asks.
 */
function curlSettings({ node, supervisorPort, clusterUrl }: SeedOptions): string {
  return `connect-to = ":6443:127.0.0.1:${supervisorPort}"
connect-to = "127.0.0.1:10248:${new URL(clusterUrl).host}"
user-agent = "${KUBELET_OF}${node.name}"
`;
}

function copyProgram(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to);
  chmodSync(to, 0o755);
}

/** `usr/sbin/x` may be `/usr/bin/x` elsewhere. */
function onHost(path: string): boolean {
  return ['/usr/bin', '/usr/sbin', '/bin', '/sbin'].some((folder) =>
    existsSync(join(folder, basename(path))),
  );
}

/** The name that EC2 gives an instance by its address, in the domain's short form. */
function initialHostname(node: InventoryNode): string {
  return `ip-${node.privateIp.replaceAll('.', '-')}`;
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** A unit without a process: the sandbox only says that it runs. */
function unitFile(name: string, description: string): string {
  const install = ENABLED.includes(name) ? '\n[Install]\nWantedBy=multi-user.target\n' : '';
  return `[Unit]\nDescription=${description} (simulated)\n\n[Service]\nX-Simulated=yes\n${install}`;
}

/** Services of a fresh Ubuntu image that roles restart or replace. */
const UNITS: readonly (readonly [string, string])[] = [
  ['systemd-journald', 'Journal Service'],
  ['systemd-logind', 'User Login Management'],
  ['systemd-timesyncd', 'Network Time Synchronization'],
  ['cron', 'Regular background program processing daemon'],
  ['snap.amazon-ssm-agent.amazon-ssm-agent', 'Service for snap application amazon-ssm-agent'],
];

/** The others are static. */
const ENABLED: readonly string[] = ['systemd-timesyncd', 'cron', 'snap.amazon-ssm-agent.amazon-ssm-agent'];

const OS_RELEASE = `PRETTY_NAME="Ubuntu 24.04 LTS (simulated)"
NAME="Ubuntu"
VERSION_ID="24.04"
VERSION="24.04 LTS (Noble Numbat)"
VERSION_CODENAME=noble
ID=ubuntu
ID_LIKE=debian
UBUNTU_CODENAME=noble
LOGO=ubuntu-logo
`;

const EMPTY_FOLDERS = [
  'root',
  'home/ubuntu',
  'opt',
  'srv',
  'media',
  'boot',
  'etc/systemd/system',
  'etc/sysctl.d',
  'etc/modules-load.d',
  'etc/modprobe.d',
  'etc/apt/apt.conf.d',
  'etc/cron.d',
  'etc/logrotate.d',
  'etc/profile.d',
  'etc/default',
  'etc/ssh',
  'etc/sudoers.d',
  'var/log/journal',
  'var/log/apt',
  'var/cache/apt/archives/partial',
  'var/lib/apt/lists/partial',
  'var/lib/dpkg/updates',
  'var/lib/dpkg/triggers',
  'var/lib/systemd',
  'var/lib/amazon/ssm',
  'var/spool',
  'var/mail',
  'var/tmp',
] as const;

const NOLOGIN = '/usr/sbin/nologin';

/** name, uid, gid, home, shell: the accounts of Ubuntu's base-passwd and of its cloud image. */
const PASSWD: readonly (readonly [string, number, number, string, string])[] = [
  ['root', 0, 0, '/root', '/bin/bash'],
  ['daemon', 1, 1, '/usr/sbin', NOLOGIN],
  ['bin', 2, 2, '/bin', NOLOGIN],
  ['sys', 3, 3, '/dev', NOLOGIN],
  ['sync', 4, 65534, '/bin', '/bin/sync'],
  ['man', 6, 12, '/var/cache/man', NOLOGIN],
  ['mail', 8, 8, '/var/mail', NOLOGIN],
  ['www-data', 33, 33, '/var/www', NOLOGIN],
  ['_apt', 42, 65534, '/nonexistent', NOLOGIN],
  ['syslog', 102, 103, '/nonexistent', NOLOGIN],
  ['sshd', 106, 65534, '/run/sshd', NOLOGIN],
  ['_chrony', 110, 112, '/var/lib/chrony', NOLOGIN],
  ['systemd-network', 998, 998, '/', NOLOGIN],
  ['ubuntu', 1000, 1000, '/home/ubuntu', '/bin/bash'],
  ['nobody', 65534, 65534, '/nonexistent', NOLOGIN],
];

const GROUPS: readonly (readonly [string, number])[] = [
  ['root', 0],
  ['daemon', 1],
  ['bin', 2],
  ['sys', 3],
  ['adm', 4],
  ['tty', 5],
  ['disk', 6],
  ['mail', 8],
  ['man', 12],
  ['kmem', 15],
  ['sudo', 27],
  ['www-data', 33],
  ['shadow', 42],
  ['utmp', 43],
  ['video', 44],
  ['staff', 50],
  ['users', 100],
  ['syslog', 103],
  ['_chrony', 112],
  ['systemd-journal', 999],
  ['systemd-network', 998],
  ['ubuntu', 1000],
  ['nogroup', 65534],
];
