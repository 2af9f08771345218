import { createHash, createHmac } from 'node:crypto';

/** A line of a known_hosts file. Source of the form: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT". */
export interface KnownHost {
  readonly marker: 'revoked' | 'cert-authority' | undefined;
  /** Names and patterns, or one hashed name. */
  readonly hosts: string;
  readonly type: string;
  readonly key: Buffer;
  /** `file:line`, for messages. */
  readonly where: string;
}

export type HostKeyVerdict =
  | { readonly kind: 'known' }
  | { readonly kind: 'unknown' }
  /** `where`: the line that says otherwise. */
  | { readonly kind: 'changed' | 'revoked'; readonly where: string };

/** The lines of a known_hosts file; what is not of its form is passed over, as ssh does. */
export function parseKnownHosts(content: string, file: string): KnownHost[] {
  return content.split('\n').flatMap((line, index) => {
    const fields = line.trim().split(/[ \t]+/);
    const marker = fields[0]?.startsWith('@') ? fields.shift()?.slice(1) : undefined;
    const [hosts = '', type = '', key = ''] = fields;
    if (hosts === '' || hosts.startsWith('#') || key === '') return [];
    if (marker !== undefined && marker !== 'revoked' && marker !== 'cert-authority') return [];
    return [{ marker, hosts, type, key: Buffer.from(key, 'base64'), where: `${file}:${index + 1}` }];
  });
}

/** The name under which a host's keys are kept: with the port where it is not 22. */
export function knownHostName(host: string, port: number): string {
  return port === 22 ? host : `[${host}]:${port}`;
}

/** What known_hosts says of a key that a host shows. */
export function checkHostKey(lines: readonly KnownHost[], name: string, key: Buffer): HostKeyVerdict {
  const own = lines.filter((line) => matches(line.hosts, name));
  const revoked = own.find((line) => line.marker === 'revoked' && line.key.equals(key));
  if (revoked !== undefined) return { kind: 'revoked', where: revoked.where };
  const plain = own.filter((line) => line.marker === undefined);
  if (plain.some((line) => line.key.equals(key))) return { kind: 'known' };
  const other = plain.find((line) => line.type === keyType(key)) ?? plain[0];
  return other === undefined ? { kind: 'unknown' } : { kind: 'changed', where: other.where };
}

/** The types of the keys that are known for a host: asking it for one of these avoids a false alarm. */
export function knownKeyTypes(lines: readonly KnownHost[], name: string): string[] {
  const own = lines.filter((line) => line.marker === undefined && matches(line.hosts, name));
  return [...new Set(own.map((line) => line.type))];
}

/** A line that makes the key known from now on. */
export function knownHostLine(name: string, key: Buffer): string {
  return `${name} ${keyType(key)} ${key.toString('base64')}\n`;
}

/** The first field of a public key in SSH's wire format (RFC 4253, 6.6): its type. */
export function keyType(key: Buffer): string {
  return key.length < 4 ? '' : key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
}

/** As `ssh-keygen -l` shows it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

function matches(hosts: string, name: string): boolean {
  if (hosts.startsWith('|1|')) return matchesHash(hosts, name);
  const patterns = hosts.toLowerCase().split(',');
  const wanted = name.toLowerCase();
  const negated = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
  if (negated.some((pattern) => matchesPattern(pattern, wanted))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && matchesPattern(pattern, wanted));
}

/** `|1|salt|HMAC-SHA1 of the name`, both in base64: what HashKnownHosts writes. */
function matchesHash(hosts: string, name: string): boolean {
  const [, , salt = '', hash = ''] = hosts.split('|');
  const own = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64');
  return own === hash;
}

function matchesPattern(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(name);
}
