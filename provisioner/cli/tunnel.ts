import type { SshTarget } from '../transports/ssh-target';
import { requireSessionManager, requireSsh } from './required-programs';
import { supportedArguments } from './ssh-arguments';

/** A program that leads a port of this machine to the Kubernetes API of a server while it runs. */
export interface Tunnel {
  readonly words: readonly [program: string, ...args: string[]];
  /** Where the API is then. */
  readonly url: string;
  /** @throws UserError when something that it needs is not on this machine */
  readonly check: (commandLine: string) => void;
}

export interface TunnelEnd {
  readonly region: string;
  readonly instanceId: string;
  readonly localPort: number;
}

/** K3s's own port for the API, on each server. */
const API_PORT = '6443';

/** Through Session Manager: no port of the server is open to the outside. */
export function tunnelTo({ region, instanceId, localPort }: TunnelEnd): Tunnel {
  return {
    words: [
      ...(['aws', 'ssm', 'start-session', '--region', region, '--target', instanceId] as const),
      ...['--document-name', 'AWS-StartPortForwardingSession'],
      ...['--parameters', JSON.stringify({ portNumber: [API_PORT], localPortNumber: [String(localPort)] })],
    ],
    url: `https://127.0.0.1:${localPort}`,
    check: requireSessionManager,
  };
}

/**
 * Through sshd, where the environment's transport is SSH: as the transport goes.
 *
 * @throws UserError where ~/.ssh/config asks for something that is not possible here
 */
export function sshTunnelTo(target: SshTarget, localPort: number): Tunnel {
  return {
    words: [
      ...([
        'ssh',
        '-N',
        '-L',
        `${localPort}:127.0.0.1:${API_PORT}`,
        '-o',
        'ExitOnForwardFailure=yes',
      ] as const),
      ...supportedArguments(target),
    ],
    url: `https://127.0.0.1:${localPort}`,
    check: requireSsh,
  };
}
