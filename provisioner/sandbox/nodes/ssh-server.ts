/** A real sshd inside a node: the way in for the SSH transport, and for tools such as Ansible. */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { quote } from '../../engine/shell';
import { freePort } from '../free-port';
import { enterArguments } from './namespaces';

/** sshd wants its own absolute path: it starts itself anew for each connection. */
export const SSHD = '/usr/sbin/sshd';

export interface SshServerOptions {
  /** The host's number of the node's PID 1. */
  readonly pid: number;
  /** The port that it had before; 0 for any free one. */
  readonly port: number;
  /** The host's private key in OpenSSH's format. */
  readonly hostKey: string;
  /** The line of `authorized_keys` that lets the operator in. */
  readonly authorizedKey: string;
  /** What a session finds in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly marker: Readonly<Record<string, string>>;
}

/** Whether this machine has an sshd. */
export function sshdIsInstalled(): boolean {
  try {
    accessSync(SSHD, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Starts sshd on loopback in the namespaces of a node, with which it ends. Returns its port.
 *
 * @throws Error with what sshd said when it does not come up
 */
export async function startSshServer(options: SshServerOptions, tries = TRIES): Promise<number> {
  const wanted = options.port === 0 ? await freePort() : options.port;
  try {
    await listen(options, wanted);
    return wanted;
  } catch (error) {
    if (tries === 1) throw error;
    // Somebody else has the port by now.
    return startSshServer({ ...options, port: 0 }, tries - 1);
  }
}

const TRIES = 3;

/** How long sshd may take to listen, in milliseconds. */
const PATIENCE_MS = 20_000;

function listen(options: SshServerOptions, port: number): Promise<void> {
  const child = spawn('nsenter', [...enterArguments(options.pid), '/bin/sh', '-s'], {
    stdio: ['pipe', 'ignore', 'pipe'],
    cwd: '/',
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...options.marker },
  });
  child.stdin.on('error', () => {}); // It ended first; its exit code tells.
  // The script arrives on standard input, so that no path of the node is ever followed from outside.
  child.stdin.end(startScript(options, port));
  child.unref();
  return new Promise((resolve, reject) => {
    let said = '';
    const timer = setTimeout(() => reject(new Error(`sshd does not listen: ${said}`)), PATIENCE_MS);
    child.stderr.on('data', (chunk: Buffer) => {
      if (said.length < 4000) said += chunk.toString();
      if (!/^Server listening on /m.test(said)) return;
      clearTimeout(timer);
      resolve();
    });
    const fail = (why: string) => {
      clearTimeout(timer);
      reject(new Error(`sshd ended: ${said.trim() || why}`));
    };
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(`exit code ${code}`));
  });
}

const FOLDER = '/usr/lib/stagecraft-sandbox/ssh';

/** Writes sshd's files and becomes it. */
function startScript(options: SshServerOptions, port: number): string {
  const files = {
    [`${FOLDER}/host_key`]: options.hostKey,
    [`${FOLDER}/authorized_keys`]: `${options.authorizedKey.trim()}\n`,
    [`${FOLDER}/sshd_config`]: configuration(port, options.environment),
  };
  return [
    'set -eu; umask 077',
    // Disks that were made before there was an sshd lack its account. The image's own number for it is as good as any.
    `grep -q '^sshd:' /etc/passwd || echo 'sshd:x:106:65534::/run/sshd:/usr/sbin/nologin' >>/etc/passwd`,
    `mkdir -p ${FOLDER}; chmod 755 ${FOLDER} ${FOLDER}/..`,
    ...Object.entries(files).map(([path, content]) => `printf %s ${quote(content)} >${path}`),
    `chmod 644 ${FOLDER}/authorized_keys`,
    'mkdir -p -m 755 /run/sshd',
    `exec ${SSHD} -D -e -f ${FOLDER}/sshd_config </dev/null >/dev/null`,
    '',
  ].join('\n');
}

function configuration(port: number, environment: Readonly<Record<string, string>>): string {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  return [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${FOLDER}/host_key`,
    `AuthorizedKeysFile ${FOLDER}/authorized_keys`,
    'AuthenticationMethods publickey',
    'PermitRootLogin prohibit-password',
    'Subsystem sftp internal-sftp',
    'AllowUsers root ubuntu',
    'UsePAM no',
    'UseDNS no',
    'PrintMotd no',
    'PrintLastLog no',
    'PidFile none',
    'X11Forwarding no',
    `SetEnv ${variables.join(' ')}`,
    '',
  ].join('\n');
}
