import { codeOf, messageOf } from '../aws-errors';
import { fingerprint, type HostKeyVerdict, keyType, knownHostName } from './ssh-known-hosts';
import type { SshTarget } from './ssh-target';

/** Why a node can't be reached, with what to do: one text for the operator. */
export class SshProblem extends Error {
  override readonly name = 'SshProblem';
}

/** What a failure to connect means. */
export function connectProblem(target: SshTarget, error: unknown): SshProblem {
  const where = `${target.host}:${target.port}`;
  const explain = explanations[codeOf(error, explanations)] ?? unexpected;
  return new SshProblem(explain(where, messageOf(error).replace(/\.$/, '')));
}

type Explain = (where: string, message: string) => string;

const silent: Explain = (where) =>
  `no answer from ${where}: is it running, does its firewall let this machine in? Behind a bastion, set ssh.proxyJump`;

const unknownName: Explain = (where) =>
  `the name in ${where} cannot be resolved: look at HostName in ~/.ssh/config and at the network`;

const unexpected: Explain = (where, message) => {
  if (/Timed out while waiting/.test(message)) return silent(where, message);
  if (/before handshake|No response from server/.test(message))
    return `${where} closed the connection before it said that it is an SSH server: is the port right (ssh.port)? An sshd with too many connections at once does the same (MaxStartups)`;
  if (/no matching|no compatible/i.test(message))
    return `${where} and this client have no algorithm in common (${message}): update its sshd`;
  return `the connection to ${where} failed (${message})`;
};

const explanations: Readonly<Record<string, Explain>> = {
  ECONNREFUSED: (where) =>
    `nothing listens on ${where} (connection refused): is sshd running, is the port right (ssh.port)?`,
  ETIMEDOUT: silent,
  EHOSTUNREACH: silent,
  ENETUNREACH: silent,
  ENOTFOUND: unknownName,
  EAI_AGAIN: unknownName,
  ECONNRESET: (where) => `${where} broke the connection off`,
  EPIPE: (where) => `${where} broke the connection off`,
};

/** Nothing to prove with who the operator is. */
export function noKeyProblem(target: SshTarget, problems: readonly string[]): SshProblem {
  const said = problems.length === 0 ? '' : `: ${problems.join('; ')}`;
  return new SshProblem(
    `there is no key to sign in to ${target.host} with${said}. Start an agent (\`ssh-add -l\` shows its keys) or set ssh.identityFiles`,
  );
}

/** The node knows none of the keys. */
export function deniedProblem(
  target: SshTarget,
  tried: readonly string[],
  problems: readonly string[],
): SshProblem {
  const unused = problems.length === 0 ? '' : ` (${problems.join('; ')})`;
  return new SshProblem(
    `${target.host}:${target.port} lets ${target.user} in with none of: ${tried.join(', ')}${unused}. Is ssh.user right, is the public key in its authorized_keys?`,
  );
}

/** The host key is not one that this machine trusts. */
export function hostKeyProblem(
  target: SshTarget,
  key: Buffer,
  verdict: Exclude<HostKeyVerdict, { kind: 'known' }>,
): SshProblem {
  const name = hostKeyName(target);
  const shown = `${keyType(key)} ${fingerprint(key)}`;
  switch (verdict.kind) {
    case 'unknown':
      return new SshProblem(
        `the host key of ${name} is not known (${shown}). Compare it with the one in the instance's console output, then add it: \`ssh-keyscan -p ${target.port} ${target.host} >> ${target.knownHosts[0]}\`; or set ssh.strictHostKeyChecking to "accept-new"`,
      );
    case 'changed':
      return new SshProblem(
        `THE HOST KEY OF ${name} HAS CHANGED: it shows ${shown}, ${verdict.where} has another. Somebody may be in between, or the node was made anew. In the latter case: \`ssh-keygen -R '${name}' -f ${verdict.where.replace(/:\d+$/, '')}\``,
      );
    case 'revoked':
      return new SshProblem(
        `the host key of ${name} (${shown}) is revoked in ${verdict.where}: give the node a new key`,
      );
  }
}

/** The name under which known_hosts has a target. */
export function hostKeyName(target: SshTarget): string {
  return target.hostKeyAlias ?? knownHostName(target.host, target.port);
}
