/** SSH into the nodes: a real sshd each, on loopback, where this machine has one. */
import type { SandboxSsh } from './handle';
import type { Identity } from './identity';
import { sshdIsInstalled, startSshServer } from './nodes/ssh-server';
import { type SshKeys, sshKeys } from './ssh-keys';
import type { StateFolder } from './state-folder';

export interface NodeSsh {
  /** Starts sshd in a node that is up. A node without one is still a node: why is kept and told by `handle`. */
  start(node: {
    readonly name: string;
    readonly pid: number;
    readonly environment: Readonly<Record<string, string>>;
    readonly marker: Readonly<Record<string, string>>;
  }): Promise<void>;
  /** The node is gone, and its sshd with it. */
  forget(name: string): void;
  portOf(name: string): number | null;
  readonly handle: SandboxSsh;
}

const ABSENT = 'this machine has no sshd. On Debian or Ubuntu: apt-get install openssh-server';

export function createNodeSsh(state: StateFolder, identity: Identity): NodeSsh {
  const ports = new Map<string, number>();
  let keys: SshKeys | undefined;
  /** Why nodes have no sshd, by name. */
  const failures = new Map<string, string>();
  const isInstalled = sshdIsInstalled();
  return {
    async start({ name, ...node }) {
      if (!isInstalled) return;
      try {
        keys ??= sshKeys(state.ssh);
        const port = await startSshServer({
          ...node,
          port: identity.portOf(`ssh-${name}`),
          hostKey: keys.hostKeyOf(name),
          authorizedKey: keys.authorizedKey,
        });
        identity.keepPort(`ssh-${name}`, port);
        ports.set(name, port);
        failures.delete(name);
        keys.writeKnownHosts(ports);
      } catch (error) {
        failures.set(name, `${name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
    forget(name) {
      ports.delete(name);
      failures.delete(name);
    },
    portOf: (name) => ports.get(name) ?? null,
    get handle() {
      const [failure] = failures.values();
      if (!isInstalled) return { unavailable: ABSENT };
      if (failure !== undefined || keys === undefined) return { unavailable: failure ?? 'no node is up' };
      return {
        user: 'root',
        host: '127.0.0.1',
        ports: Object.fromEntries(ports),
        identityFile: keys.identityFile,
        knownHostsFile: keys.knownHostsFile,
      };
    },
  };
}
