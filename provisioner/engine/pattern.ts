import type { Host } from './play';

/** A host pattern that cannot be understood, or that names nothing there is. */
export class PatternError extends Error {
  override readonly name = 'PatternError';

  constructor(
    message: string,
    /** The part that matched nothing, if that is what is wrong. */
    readonly unknown?: string,
  ) {
    super(message);
  }
}

/**
 * Selects hosts by an Ansible host pattern: parts joined by `,` or `:`, each a group or host name with `*` and `?`
 * wildcards; `!part` excludes, `&part` intersects, whatever their order. Keeps the order of the hosts.
 *
 * @throws PatternError for a part that matches neither a group nor a host
 */
export function selectHosts(hosts: readonly Host[], pattern: string): Host[] {
  const parts = pattern
    .split(/[,:]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (parts.length === 0) throw new PatternError('the host pattern is empty');
  const named = (prefix: string) =>
    parts.filter((part) => part.startsWith(prefix)).map((part) => part.slice(1));
  const included = parts.filter((part) => !/^[!&]/.test(part)).map((part) => matching(hosts, part));
  const intersected = named('&').map((part) => matching(hosts, part));
  const excluded = named('!').map((part) => matching(hosts, part));
  return hosts.filter(
    (host) =>
      (included.length === 0 || included.some((set) => set.has(host))) &&
      intersected.every((set) => set.has(host)) &&
      !excluded.some((set) => set.has(host)),
  );
}

/** A name with the wildcards `*` and `?`. */
export function wildcard(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`);
}

/** Every name that a pattern may use. */
export function knownNames(hosts: readonly Host[]): string[] {
  return [...new Set(['all', ...hosts.flatMap((host) => host.groups), ...hosts.map((host) => host.name)])];
}

function matching(hosts: readonly Host[], part: string): Set<Host> {
  const expression = wildcard(part);
  const found = hosts.filter(
    (host) => part === 'all' || [host.name, ...host.groups].some((name) => expression.test(name)),
  );
  if (found.length === 0) throw new PatternError(`no host or group matches "${part}"`, part);
  return new Set(found);
}
