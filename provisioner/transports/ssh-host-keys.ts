import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf, messageOf } from '../aws-errors';
import { UserError } from '../errors';
import {
  checkHostKey,
  type HostKeyVerdict,
  type KnownHost,
  knownHostLine,
  knownKeyTypes,
  parseKnownHosts,
} from './ssh-known-hosts';
import { hostKeyName } from './ssh-problem';
import type { SshTarget } from './ssh-target';

/** The host keys that this machine trusts: files of known_hosts, read once a run. */
export class HostKeys {
  private readonly files = new Map<string, KnownHost[]>();

  /** Whether a target's key is to be trusted; with `accept-new` an unknown one is kept. */
  check(target: SshTarget, key: Buffer): HostKeyVerdict {
    const name = hostKeyName(target);
    const verdict = checkHostKey(this.linesFor(target), name, key);
    if (verdict.kind !== 'unknown' || !target.acceptNew) return verdict;
    this.keep(target.knownHosts[0], knownHostLine(name, key));
    return { kind: 'known' };
  }

  knownTypes(target: SshTarget): string[] {
    return knownKeyTypes(this.linesFor(target), hostKeyName(target));
  }

  private linesFor(target: SshTarget): KnownHost[] {
    return target.knownHosts.flatMap((file) => this.read(file));
  }

  private read(file: string): KnownHost[] {
    const known = this.files.get(file);
    if (known !== undefined) return known;
    const lines = parseKnownHosts(contentOf(file), file);
    this.files.set(file, lines);
    return lines;
  }

  private keep(file: string | undefined, line: string): void {
    if (file === undefined) return;
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      const content = contentOf(file);
      appendFileSync(file, content === '' || content.endsWith('\n') ? line : `\n${line}`, { mode: 0o600 });
    } catch (error) {
      throw new UserError(`a new host key cannot be kept in ${file}: ${messageOf(error)}`);
    }
    this.read(file).push(...parseKnownHosts(line, file));
  }
}

/** Codes of a file that is not there. */
const ABSENT = { ENOENT: true, ENOTDIR: true };

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error, ABSENT) in ABSENT) return '';
    throw new UserError(
      `${file} cannot be read: ${messageOf(error)}`,
      'It holds the host keys that are trusted.',
    );
  }
}
