import { quote } from '../engine/shell';
import type { SshTarget } from './ssh-target';

/**
 * The arguments of ssh(1) that lead to a node as the transport goes: with the same keys, host keys and jumps, and nothing
 * that ~/.ssh/config says beside what the target was made of.
 */
export function sshArguments(target: SshTarget): string[] {
  return [...settings(target), target.host];
}

function settings(target: SshTarget): string[] {
  const options = {
    UserKnownHostsFile: target.knownHosts.map(inQuotes).join(' '),
    GlobalKnownHostsFile: '/dev/null',
    StrictHostKeyChecking: target.acceptNew ? 'accept-new' : 'yes',
    IdentityAgent: target.agent ?? 'none',
    ...(target.identitiesOnly ? { IdentitiesOnly: 'yes' } : {}),
    ...(target.hostKeyAlias === undefined ? {} : { HostKeyAlias: target.hostKeyAlias }),
    ...(target.jump === undefined ? {} : { ProxyCommand: through(target.jump) }),
  };
  return [
    ...['-F', 'none', '-p', String(target.port), '-l', target.user],
    ...target.identityFiles.flatMap((file) => ['-i', file]),
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
  ];
}

/** ssh expands `%h` and `%p` in the command; every other `%` is its own. */
function through(jump: SshTarget): string {
  const words = ['ssh', ...settings(jump)].map((word) => quote(word).replaceAll('%', '%%'));
  return `${words.join(' ')} -W '[%h]:%p' ${quote(jump.host)}`;
}

/** ssh_config(5): arguments may be enclosed in double quotes; `\` and `"` in them are escaped, `%` is doubled. */
function inQuotes(path: string): string {
  return `"${path.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%')}"`;
}
