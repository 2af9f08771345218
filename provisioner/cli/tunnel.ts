import type { SshTarget } from '../transports/ssh-target';

/** A program that leads a port of this machine to the Kubernetes API of a server while it runs. */
export interface Tunnel {
  readonly words: readonly [program: string, ...args: string[]];
  /** Where the API is then. */
  readonly url: string;
  readonly needsSessionManager: boolean;
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
    needsSessionManager: true,
  };
}

/** Through sshd, where the environment's transport is SSH. */
export function sshTunnelTo(target: SshTarget, localPort: number): Tunnel {
  const [first] = target.knownHosts;
  const options = [
    'ExitOnForwardFailure=yes',
    ...(target.identitiesOnly ? ['IdentitiesOnly=yes'] : []),
    ...(target.hostKeyAlias === undefined ? [] : [`HostKeyAlias=${target.hostKeyAlias}`]),
    ...(first === undefined ? [] : [`UserKnownHostsFile=${target.knownHosts.join(' ')}`]),
  ];
  return {
    words: [
      ...(['ssh', '-N', '-L', `${localPort}:127.0.0.1:${API_PORT}`] as const),
      ...options.flatMap((option) => ['-o', option]),
      ...target.identityFiles.flatMap((file) => ['-i', file]),
      ...(target.jump === undefined ? [] : ['-J', jumps(target.jump)]),
      ...['-p', String(target.port), `${target.user}@${target.host}`],
    ],
    url: `https://127.0.0.1:${localPort}`,
    needsSessionManager: false,
  };
}

/** As ssh wants them: the first hop first. */
function jumps({ user, host, port, jump }: SshTarget): string {
  return `${jump === undefined ? '' : `${jumps(jump)},`}${user}@${host}:${port}`;
}
