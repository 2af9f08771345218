import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { glob, parse } from 'ssh-config';
import { codeOf, messageOf } from '../aws-errors';
import { UserError } from '../errors';

/** What ~/.ssh/config says of hosts. */
export interface SshConfigFile {
  /** The settings of a host: keywords in lower case, those that repeat as lists. */
  settingsOf(host: string): SshConfigSettings;
}

export type SshConfigSettings = Readonly<Record<string, string | readonly string[] | undefined>>;

/** No file: no settings. */
export const noSshConfig: SshConfigFile = { settingsOf: () => ({}) };

/**
 * Reads `~/.ssh/config` with what it includes. Without a file there are no settings.
 *
 * @throws UserError when it can't be read or parsed
 */
export function readSshConfig(home: string): SshConfigFile {
  const file = join(home, '.ssh', 'config');
  const content = withIncludes(file, home, 0);
  if (content === undefined) return noSshConfig;
  const config = explained(file, () => parse(content));
  return { settingsOf: (host) => explained(file, () => config.compute(host, { ignoreCase: true })) };
}

function explained<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new UserError(
      `${file} cannot be read: ${messageOf(error)}`,
      '`ssh -G HOST` shows what ssh makes of it.',
    );
  }
}

/** As deep as ssh itself follows Include (READCONF_MAX_DEPTH). */
const DEEPEST = 16;

/** The text with each Include line replaced by the files it names; undefined where there is no file. */
function withIncludes(file: string, home: string, depth: number): string | undefined {
  if (depth > DEEPEST) throw new UserError(`${file}: Include goes deeper than ${DEEPEST} files`);
  return read(file)?.replace(/^[ \t]*include[ \t=]+(.+)$/gim, (_, patterns: string) =>
    patterns
      .trim()
      .split(/[ \t]+/)
      .flatMap((pattern) => filesOf(pattern.replaceAll('"', ''), home))
      .map((included) => withIncludes(included, home, depth + 1) ?? '')
      .join('\n'),
  );
}

/** A wildcard in the last part of a path, which is where people have them. */
function filesOf(pattern: string, home: string): string[] {
  const path = pattern.startsWith('~/') ? join(home, pattern.slice(2)) : pattern;
  const whole = isAbsolute(path) ? path : join(home, '.ssh', path);
  if (!/[*?]/.test(basename(whole))) return [whole];
  try {
    return readdirSync(dirname(whole))
      .filter((name) => glob(basename(whole), name))
      .sort()
      .map((name) => join(dirname(whole), name));
  } catch {
    return [];
  }
}

/** Codes of what is not there, or is a folder that a wildcard meets. */
const NO_FILE = { ENOENT: true, EISDIR: true };

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error, NO_FILE) in NO_FILE) return undefined;
    throw new UserError(`${file} cannot be read: ${messageOf(error)}`);
  }
}
