import { homedir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { readSshConfig, type SshConfigFile, type SshConfigSettings } from './ssh-config-file';

/** Where a node is and how to get in: everything settled, nothing looked up any more. */
export interface SshTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** The name by which its host key is known; absent: host and port. */
  readonly hostKeyAlias?: string;
  /** Private keys that were asked for, in order. Empty: the usual files. */
  readonly identityFiles: readonly string[];
  /** No key but those files: the agent may hold them, and only they are tried. */
  readonly identitiesOnly: boolean;
  /** Socket of the agent. */
  readonly agent?: string;
  /** Files of host keys; a new one is added to the first. */
  readonly knownHosts: readonly string[];
  readonly acceptNew: boolean;
  /** Host before this one, which may have one before itself. */
  readonly jump?: SshTarget;
  /** Set where ~/.ssh/config asks for something that is not possible here. */
  readonly unsupported?: string;
}

/** What an environment says of SSH; see `environments/fields/ssh.ts`. */
export interface SshWishes {
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  readonly identityFiles: readonly string[];
  readonly knownHosts?: string | undefined;
  readonly strictHostKeyChecking: 'yes' | 'accept-new';
  readonly proxyJump?: string | undefined;
}

/** What the way to a node depends on beside the environment. */
export interface SshSurroundings {
  readonly config: SshConfigFile;
  readonly home: string;
  /** The operator's account. */
  readonly localUser: string;
  /** Folder that relative paths of the environment start from. */
  readonly project: string;
  /** SSH_AUTH_SOCK. */
  readonly agent?: string | undefined;
}

export function operatorsSurroundings(project: string): SshSurroundings {
  const home = homedir();
  return {
    config: readSshConfig(home),
    home,
    localUser: userInfo().username,
    project,
    agent: process.env.SSH_AUTH_SOCK,
  };
}

/** The account of Ubuntu's cloud images. */
const DEFAULT_USER = 'ubuntu';

/** The way to a node: the environment first, then ~/.ssh/config by the node's name and by its address, then the defaults. */
export function targetOfNode(
  node: { readonly name: string; readonly address: string },
  wishes: SshWishes,
  around: SshSurroundings,
): SshTarget {
  const settings = merged(around.config.settingsOf(node.name), around.config.settingsOf(node.address));
  const address = one(settings.hostname)?.replaceAll('%h', node.name) ?? node.address;
  const target = endpoint(address, settings, { ...wishes }, around, DEFAULT_USER);
  const jumps = wishes.proxyJump ?? one(settings.proxyjump);
  return withJumps(target, jumps, settings, wishes, around);
}

function withJumps(
  target: SshTarget,
  jumps: string | undefined,
  settings: SshConfigSettings,
  wishes: SshWishes,
  around: SshSurroundings,
): SshTarget {
  if (jumps === undefined) {
    const command = one(settings.proxycommand);
    return command === undefined || command.toLowerCase() === 'none'
      ? target
      : { ...target, unsupported: 'ProxyCommand in ~/.ssh/config is not supported; use ProxyJump' };
  }
  if (jumps.toLowerCase() === 'none') return target;
  // The last hop of the list is the nearest to the node.
  const jump = jumps
    .split(',')
    .reduce<SshTarget | undefined>(
      (before, hop) => hopTarget(hop.trim(), before, target.user, wishes, around),
      undefined,
    );
  return jump === undefined ? target : { ...target, jump };
}

/** A host on the way: `[user@]host[:port]`, looked up in ~/.ssh/config as well. */
function hopTarget(
  hop: string,
  before: SshTarget | undefined,
  nodeUser: string,
  wishes: SshWishes,
  around: SshSurroundings,
): SshTarget {
  const [, user, name = '', port] = /^(?:ssh:\/\/)?(?:([^@]+)@)?(.+?)(?::(\d+))?$/.exec(hop) ?? [];
  const settings = around.config.settingsOf(name);
  const address = one(settings.hostname)?.replaceAll('%h', name) ?? name;
  const own = { ...wishes, user, port: port === undefined ? undefined : Number(port) };
  const target = endpoint(address, settings, own, around, nodeUser);
  if (before !== undefined) return { ...target, jump: before };
  // Only the first hop may have a way of its own; a host that names itself would never end.
  const further = one(settings.proxyjump);
  const isLoop = further === undefined || further.toLowerCase() === 'none' || further.includes(name);
  return isLoop ? target : withJumps(target, further, settings, { ...wishes, proxyJump: further }, around);
}

function endpoint(
  host: string,
  settings: SshConfigSettings,
  wishes: SshWishes,
  around: SshSurroundings,
  defaultUser: string,
): SshTarget {
  const user = wishes.user ?? one(settings.user) ?? defaultUser;
  const port = wishes.port ?? Number(one(settings.port) ?? 22);
  const expand = (path: string) => expanded(path, { host, port, user }, around);
  const fromConfig = list(settings.identityfile).map((path) => expand(fromHome(path, around.home)));
  const alias = one(settings.hostkeyalias);
  const agent = agentOf(one(settings.identityagent), around);
  return {
    host,
    port,
    user,
    identityFiles:
      wishes.identityFiles.length > 0
        ? wishes.identityFiles.map((path) => expand(fromProject(path, around)))
        : fromConfig,
    identitiesOnly: one(settings.identitiesonly)?.toLowerCase() === 'yes',
    knownHosts: [
      ...(wishes.knownHosts === undefined ? [] : [fromProject(wishes.knownHosts, around)]),
      ...knownHostsFiles(settings, around.home),
      '/etc/ssh/ssh_known_hosts',
    ],
    acceptNew: wishes.strictHostKeyChecking === 'accept-new',
    ...(alias === undefined ? {} : { hostKeyAlias: alias }),
    ...(agent === undefined ? {} : { agent }),
  };
}

function knownHostsFiles(settings: SshConfigSettings, home: string): string[] {
  const own = list(settings.userknownhostsfile).flatMap((value) => value.split(/[ \t]+/));
  return own.length > 0
    ? own.map((path) => fromHome(path, home))
    : [join(home, '.ssh', 'known_hosts'), join(home, '.ssh', 'known_hosts2')];
}

function agentOf(setting: string | undefined, around: SshSurroundings): string | undefined {
  if (setting === undefined || setting === 'SSH_AUTH_SOCK') return around.agent;
  return setting.toLowerCase() === 'none' ? undefined : fromHome(setting, around.home);
}

function fromHome(path: string, home: string): string {
  if (path.startsWith('~/')) return join(home, path.slice(2));
  return isAbsolute(path) || path.startsWith('%') ? path : join(home, path);
}

function fromProject(path: string, { home, project }: SshSurroundings): string {
  return path.startsWith('~/') || isAbsolute(path) ? fromHome(path, home) : join(project, path);
}

/** The tokens of ssh_config(5) that IdentityFile may have, as far as they are in use. */
function expanded(
  path: string,
  { host, port, user }: { host: string; port: number; user: string },
  { home, localUser }: SshSurroundings,
): string {
  const tokens: Readonly<Record<string, string>> = {
    '%': '%',
    d: home,
    h: host,
    p: String(port),
    r: user,
    u: localUser,
  };
  return path.replace(/%([%dhpru])/g, (_, token: string) => tokens[token] ?? '');
}

/** Settings by name precede those by address, as the first value that ssh finds does; lists are joined. */
function merged(first: SshConfigSettings, second: SshConfigSettings): SshConfigSettings {
  const identityFiles = [...new Set([...list(first.identityfile), ...list(second.identityfile)])];
  return {
    ...second,
    ...first,
    ...(identityFiles.length > 0 ? { identityfile: identityFiles } : {}),
  };
}

function list(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

function one(value: string | readonly string[] | undefined): string | undefined {
  return list(value)[0];
}
