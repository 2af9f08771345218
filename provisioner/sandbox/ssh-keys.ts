/** Keys of the sandbox's SSH: the operator's and one for each node, made once and kept until `reset`. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface SshKeys {
  /** The operator's private key. */
  readonly identityFile: string;
  readonly knownHostsFile: string;
  /** The line of `authorized_keys` for it. */
  readonly authorizedKey: string;
  /** A node's private host key. */
  hostKeyOf(node: string): string;
  /** Writes known_hosts: the nodes with their ports, all on loopback. */
  writeKnownHosts(ports: ReadonlyMap<string, number>): void;
}

/** The keys in a folder; those that are missing are made by ssh-keygen, which comes with sshd. */
export function sshKeys(folder: string): SshKeys {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const identityFile = join(folder, 'operator');
  const knownHostsFile = join(folder, 'known_hosts');
  const hostFile = (node: string) => keyFile(join(folder, `host-${node}`), node);
  keyFile(identityFile, 'operator of the stagecraft sandbox');
  return {
    identityFile,
    knownHostsFile,
    authorizedKey: readFileSync(`${identityFile}.pub`, 'utf8'),
    hostKeyOf: (node) => readFileSync(hostFile(node), 'utf8'),
    writeKnownHosts(ports) {
      const lines = [...ports].map(([node, port]) => {
        const [type, key] = readFileSync(`${hostFile(node)}.pub`, 'utf8').split(' ');
        return `[127.0.0.1]:${port} ${type} ${key} ${node}\n`;
      });
      writeFileSync(`${knownHostsFile}.tmp`, lines.join(''), { mode: 0o600 });
      renameSync(`${knownHostsFile}.tmp`, knownHostsFile);
    },
  };
}

function keyFile(path: string, comment: string): string {
  if (!existsSync(path))
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', path], {
      stdio: 'ignore',
    });
  return path;
}
