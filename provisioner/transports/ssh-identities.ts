import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AgentAuthMethod, OpenSSHAgent, type ParsedKey, type PublicKeyAuthMethod, utils } from 'ssh2';
import { messageOf } from '../aws-errors';
import type { SshTarget } from './ssh-target';

/** The ways to prove who the operator is, in the order in which they are tried. */
export interface Identities {
  readonly methods: readonly (PublicKeyAuthMethod | AgentAuthMethod)[];
  /** The same in words, for messages. */
  readonly names: readonly string[];
  /** Keys that can't be used, and why. */
  readonly problems: readonly string[];
}

/** Files that ssh itself tries, the best first. */
const USUAL_FILES = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/** Reads keys once a run, whatever the number of nodes. */
export class IdentityReader {
  private readonly parsed = new Map<string, ParsedKey | Error>();

  constructor(private readonly home: string) {}

  /** Files that were asked for come first: with a key that is at hand, the agent need not be asked at all. */
  of(target: SshTarget): Identities {
    const asked = target.identityFiles;
    const files =
      asked.length > 0
        ? asked
        : USUAL_FILES.map((name) => join(this.home, '.ssh', name)).filter((path) => existsSync(path));
    const keys = files.map((path) => ({ path, key: this.read(path) }));
    const fromFiles = keys.flatMap(({ path, key }) =>
      key instanceof Error
        ? []
        : [{ name: path, method: { type: 'publickey', username: target.user, key } as const }],
    );
    const fromAgent = this.agent(target, asked);
    const ordered = asked.length > 0 ? [...fromFiles, ...fromAgent] : [...fromAgent, ...fromFiles];
    return {
      methods: ordered.map(({ method }) => method),
      names: ordered.map(({ name }) => name),
      problems: keys.flatMap(({ path, key }) => (key instanceof Error ? [problem(path, key)] : [])),
    };
  }

  private agent(target: SshTarget, asked: readonly string[]): { name: string; method: AgentAuthMethod }[] {
    if (target.agent === undefined) return [];
    const wanted = asked.flatMap((path) => publicKey(path));
    const agent = new ChoosyAgent(target.agent, wanted, target.identitiesOnly && asked.length > 0);
    return [{ name: 'the keys of the agent', method: { type: 'agent', username: target.user, agent } }];
  }

  private read(path: string): ParsedKey | Error {
    const known = this.parsed.get(path);
    if (known !== undefined) return known;
    const key = parse(path);
    this.parsed.set(path, key);
    return key;
  }
}

function parse(path: string): ParsedKey | Error {
  try {
    const key = utils.parseKey(readFileSync(path));
    if (key instanceof Error) return key;
    return key.isPrivateKey() ? key : new Error('it is a public key; name the private one');
  } catch (error) {
    return new Error(messageOf(error));
  }
}

function problem(path: string, error: Error): string {
  if (/encrypted|passphrase/i.test(error.message))
    return `${path} has a passphrase and is no key of the agent: \`ssh-add ${path}\``;
  if (/ENOENT/.test(error.message)) return `${path} does not exist`;
  return `${path} cannot be used (${error.message})`;
}

function publicKey(path: string): Buffer[] {
  try {
    const key = utils.parseKey(readFileSync(`${path}.pub`));
    return key instanceof Error ? [] : [key.getPublicSSH()];
  } catch {
    return [];
  }
}

/** An agent that offers the wanted keys first: a server gives up after a few wrong ones (MaxAuthTries of sshd_config(5): 6). */
class ChoosyAgent extends OpenSSHAgent {
  constructor(
    socket: string,
    private readonly wanted: readonly Buffer[],
    private readonly onlyWanted: boolean,
  ) {
    super(socket);
  }

  override getIdentities(callback: Parameters<OpenSSHAgent['getIdentities']>[0]): void {
    super.getIdentities((error, keys) => {
      // ssh2 would end the connection, though a key file may do as well. A socket that is long dead is quite common.
      if (error || keys === undefined) return callback(undefined, []);
      // The agent of OpenSSH gives parsed keys; the type allows for other agents' forms.
      const isWanted = (key: (typeof keys)[number]) =>
        'getPublicSSH' in key && this.wanted.some((one) => one.equals(key.getPublicSSH()));
      const [first, others] = [keys.filter(isWanted), keys.filter((key) => !isWanted(key))];
      callback(error, this.onlyWanted ? first : [...first, ...others]);
    });
  }
}
