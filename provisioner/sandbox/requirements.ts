import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { UserError } from '../errors';

/** Programs of the host that the sandbox and its nodes use, and the package that brings each on Debian and Ubuntu. */
const PROGRAMS: Readonly<Record<string, string>> = {
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setsid: 'util-linux',
  setpriv: 'util-linux',
  mount: 'mount',
  umount: 'mount',
  pivot_root: 'util-linux',
  hostname: 'hostname',
  awk: 'mawk',
  sed: 'sed',
  find: 'findutils',
  xargs: 'findutils',
  curl: 'curl',
  openssl: 'openssl',
};

const NEVER = 'The sandbox never runs a role on the host itself.';

/** Where the sandbox is to be. */
interface Host {
  readonly platform: string;
  /** Effective user id; undefined where there is no such thing. */
  readonly uid: number | undefined;
}

/**
 * Makes sure, by trying, that this machine allows what a node is made of.
 *
 * @throws UserError with what is missing and what to do about it
 */
export function requireNamespaces(host: Host = thisHost()): void {
  if (host.platform !== 'linux')
    throw new UserError(
      `the sandbox needs Linux: its nodes are Linux namespaces, and this is ${host.platform}`,
      `Run it in a Linux virtual machine (Lima, Multipass, WSL 2). ${NEVER}`,
    );
  if (host.uid !== 0)
    throw new UserError(
      'the sandbox needs root: it mounts an overlay of the root file system for each node',
      `Run the same command with sudo, or as root in a virtual machine. ${NEVER}`,
    );
  const missing = Object.keys(PROGRAMS).filter((program) => !isInstalled(program));
  if (missing.length > 0)
    throw new UserError(
      `the sandbox needs programs that are not on this machine: ${missing.join(', ')}`,
      `On Debian or Ubuntu: apt-get install ${[...new Set(missing.map((program) => PROGRAMS[program]))].join(' ')}. ${NEVER}`,
    );
  requireKernel();
}

function thisHost(): Host {
  return { platform: process.platform, uid: process.geteuid?.() };
}

/** Both kinds that a node needs, in the order that it makes them. */
function requireKernel(): void {
  const attempt = spawnSync(
    'unshare',
    [
      '--mount',
      '--pid',
      '--ipc',
      '--fork',
      '--propagation',
      'private',
      'unshare',
      '--user',
      '--mount',
      '--uts',
      'true',
    ],
    { encoding: 'utf8', timeout: 10_000 },
  );
  if (attempt.status === 0) return;
  const complaint = (attempt.stderr || attempt.error?.message || `exit code ${attempt.status}`).trim();
  throw new UserError(
    `this machine does not permit the namespaces that the sandbox's nodes are made of: ${complaint}`,
    `Run it as root of a Linux machine or virtual machine; in a container it takes --privileged (CAP_SYS_ADMIN, and seccomp and AppArmor profiles that allow unshare and mount); user.max_user_namespaces must not be 0. ${NEVER}`,
  );
}

function isInstalled(program: string): boolean {
  const folders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
  return folders.some((folder) => {
    try {
      accessSync(`${folder}/${program}`, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
