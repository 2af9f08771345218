import { hostname, userInfo } from 'node:os';
import type { RunOrigin } from '../engine/last-run';
import { quote } from '../engine/shell';

type Variables = Readonly<Record<string, string | undefined>>;

/** Who runs this command, where, and how, as others will read it: in the lease, on the nodes, in reports. */
export function runOrigin(
  now: Date,
  argv: readonly string[] = process.argv,
  variables: Variables = process.env,
): RunOrigin {
  return {
    user: operatorName(variables),
    host: hostname(),
    command: shownCommand(argv.slice(2)),
    started: `${now.toISOString().slice(0, 19)}Z`,
  };
}

/**
 * A command line as it may be kept where others read it: the command, the options that name what the run is about, and
 * names. Whatever else there is may hold a secret, so it is left out: `…` stands for it.
 */
export function shownCommand(words: readonly string[]): string {
  const [command = '', ...rest] = words;
  const shown = [command];
  let expects: 'value' | 'secret' | undefined;
  for (const word of rest) {
    const [option = '', value] = splitOption(word);
    if (expects === 'value') shown.push(quote(word));
    else if (option !== '') shown.push(value === undefined ? option : withValue(option, value));
    else if (expects === undefined && isName(word) && !freeForm.has(command)) shown.push(word);
    else if (shown.at(-1) !== REST) shown.push(REST);
    if (word === '--') return [...shown, REST].join(' ');
    expects = expectedAfter(option, value);
  }
  return shown.join(' ');
}

const REST = '…';

/** Commands whose words are somebody's own command line. */
const freeForm: ReadonlySet<string> = new Set(['run', 'shell']);

/** Options whose values say what a run is about. */
const telling: ReadonlySet<string> = new Set([
  ...['--env', '--inventory', '-i', '--limit', '-l', '--tags', '-t', '--skip-tags', '--start-at-task'],
  ...['--transport', '--forks', '-f', '--timeout', '--wait', '--output'],
]);

/** Options without a value. */
const flags: ReadonlySet<string> = new Set([
  ...['--check', '-C', '--diff', '-D', '--verbose', '-v', '--detailed-exitcode', '--force', '--yes'],
]);

/** The option that a word is, with its value where that is glued to it; an empty name for any other word. */
function splitOption(word: string): readonly [string, string?] {
  const [, long, value] = /^(--[a-z-]*)(?:=(.*))?$/s.exec(word) ?? [];
  if (long !== undefined) return value === undefined ? [long] : [long, value];
  const [, short, glued] = /^(-[A-Za-z])(.*)$/s.exec(word) ?? [];
  if (short === undefined) return [''];
  return glued === undefined || glued === '' ? [short] : [short, glued];
}

function withValue(option: string, value: string): string {
  return `${option}${option.startsWith('--') ? '=' : ''}${telling.has(option) ? quote(value) : REST}`;
}

function expectedAfter(option: string, value: string | undefined): 'value' | 'secret' | undefined {
  if (option === '' || value !== undefined || flags.has(option)) return undefined;
  return telling.has(option) ? 'value' : 'secret';
}

function isName(word: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,62}$/.test(word);
}

/** The person, where a shared account hides one: behind sudo, behind a CI job. */
function operatorName(variables: Variables): string {
  const account = accountName(variables);
  if (variables.GITHUB_ACTIONS === 'true' && variables.GITHUB_ACTOR)
    return `${variables.GITHUB_ACTOR} (GitHub Actions, run ${variables.GITHUB_RUN_ID ?? 'unknown'})`;
  if (account === 'root' && variables.SUDO_USER) return `${variables.SUDO_USER} (as root)`;
  return account;
}

function accountName(variables: Variables): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a number that has no account.
    return variables.USER ?? variables.LOGNAME ?? `user ${process.getuid?.() ?? 'unknown'}`;
  }
}
