import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../provisioner/sandbox/free-port';
import type { SshTarget } from '../../provisioner/transports/ssh-target';

const SSHD = '/usr/sbin/sshd';

/** Why this machine can't run the tests that need an sshd of their own; undefined where it can. */
export function sshdObstacle(): string | undefined {
  if (process.getuid?.() !== 0) return 'an sshd that serves root takes root';
  return existsSync(SSHD) ? undefined : 'sshd is not installed (openssh-server)';
}

/** A folder of keys and the servers that use it, all gone after `remove`. */
export class SshLab {
  readonly folder = mkdtempSync(join(tmpdir(), 'stagecraft-ssh-'));
  readonly identity = this.key('operator');
  private readonly running: Stoppable[] = [];

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Makes a key pair and gives the path of the private one. */
  key(name: string, type = 'ed25519', passphrase = ''): string {
    const path = this.path(name);
    const size = type === 'rsa' ? ['-b', '2048'] : [];
    execFileSync('ssh-keygen', ['-q', '-t', type, ...size, '-N', passphrase, '-C', name, '-f', path]);
    return path;
  }

  publicKey(path: string): string {
    return readFileSync(`${path}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
  }

  write(name: string, content: string): string {
    writeFileSync(this.path(name), content, { mode: 0o600 });
    return this.path(name);
  }

  async sshd(options: SshdOptions = {}): Promise<Sshd> {
    const sshd = await startSshd(this, options);
    this.running.push(sshd);
    return sshd;
  }

  /** A known_hosts file that knows these servers. */
  knownHosts(...servers: readonly Sshd[]): string {
    const lines = servers.map(({ port, hostKeys }) =>
      hostKeys.map((key) => `[127.0.0.1]:${port} ${this.publicKey(key)}\n`).join(''),
    );
    return this.write(`known_hosts-${servers.map(({ port }) => port).join('-')}`, lines.join(''));
  }

  /** The way to a server, with its key known. */
  target(sshd: Sshd, more: Partial<SshTarget> = {}): SshTarget {
    return {
      host: '127.0.0.1',
      port: sshd.port,
      user: 'root',
      identityFiles: [this.identity],
      identitiesOnly: true,
      knownHosts: [this.knownHosts(sshd)],
      acceptNew: false,
      ...more,
    };
  }

  /** A network in between that can be cut. */
  async cable(sshd: Sshd): Promise<Cable> {
    const cable = await layCable(sshd.port);
    this.running.push(cable);
    return cable;
  }

  async remove(): Promise<void> {
    await Promise.all(this.running.map((one) => one.stop()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

interface Stoppable {
  stop(): Promise<void>;
}

export interface SshdOptions {
  /** Private host keys. Default: one of its own. */
  readonly hostKeys?: readonly string[];
  /** More lines of sshd_config; they precede the others. */
  readonly config?: readonly string[];
  /** Public keys that let in beside the operator's. */
  readonly authorized?: readonly string[];
  /** Shell commands for a mount namespace of its own, before sshd starts there. */
  readonly setUp?: string;
}

export interface Sshd extends Stoppable {
  readonly port: number;
  readonly hostKeys: readonly string[];
  /** What it has logged so far. */
  log(): string;
}

let count = 0;

async function startSshd(lab: SshLab, options: SshdOptions): Promise<Sshd> {
  count += 1;
  const port = await freePort();
  const hostKeys = options.hostKeys ?? [lab.key(`host-${count}`)];
  const authorized = [lab.publicKey(lab.identity), ...(options.authorized ?? [])];
  const keys = lab.write(`authorized-${count}`, `${authorized.join('\n')}\n`);
  // sshd reads them as the user who signs in.
  chmodSync(lab.folder, 0o755);
  chmodSync(keys, 0o644);
  const config = lab.write(
    `sshd_config-${count}`,
    [
      ...(options.config ?? []),
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      ...hostKeys.map((key) => `HostKey ${key}`),
      `AuthorizedKeysFile ${keys}`,
      // The folder is below /tmp, which everybody may write to.
      'StrictModes no',
      'AuthenticationMethods publickey',
      'UsePAM no',
      'PidFile none',
      '',
    ].join('\n'),
  );
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const child =
    options.setUp === undefined
      ? spawn(SSHD, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] })
      : spawn(
          'unshare',
          [
            '--mount',
            '--propagation',
            'private',
            'sh',
            '-euc',
            `${options.setUp}\nexec ${SSHD} -D -e -f "$0"`,
            config,
          ],
          { stdio: ['ignore', 'ignore', 'pipe'] },
        );
  let log = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (/Server listening/.test(log)) resolve();
    });
    child.once('exit', () => reject(new Error(`sshd ended: ${log}`)));
    child.once('error', reject);
  });
  return { port, hostKeys, log: () => log, stop: () => stopped(child) };
}

function stopped(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

export interface Cable extends Stoppable {
  readonly port: number;
  /** Both sides see the connection break. */
  cut(): void;
  /** Nothing arrives any more, and nobody is told. */
  freeze(): void;
}

async function layCable(to: number): Promise<Cable> {
  const sockets = new Set<Socket>();
  let frozen = false;
  const server = createServer((near) => {
    const far = createConnection({ host: '127.0.0.1', port: to, noDelay: true });
    for (const [from, onto] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => {
        if (!frozen) onto.write(chunk);
      });
      from.on('close', () => {
        if (!frozen) onto.destroy();
      });
      from.on('error', () => {});
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    cut,
    freeze: () => {
      frozen = true;
    },
    stop: () =>
      new Promise((resolve) => {
        cut();
        server.close(() => resolve());
      }),
  };
}
