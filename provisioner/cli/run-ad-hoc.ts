import type { Play } from '../engine/play';
import { type Shell, sh, words as shellWords } from '../engine/shell';
import { type ExitCode, exitCodes, UserError } from '../errors';
import type { RoleContext } from '../roles/context';
import { openFleet } from './open-fleet';
import type { FleetFlags, LeaseFlags, RunFlags } from './options';
import { chooseListeners } from './output';
import { runPlays, selectPlays } from './run-plays';
import { exitCodeOf, type INTERRUPTED } from './verdict';

/** The flags of `run`, as commander gives them. */
export interface AdHocOptions extends FleetFlags, RunFlags, LeaseFlags {}

/** Runs `run`. @throws UserError or EnvironmentError for everything that the operator can mend */
export async function runAdHoc(
  words: readonly string[],
  options: AdHocOptions,
): Promise<ExitCode | typeof INTERRUPTED> {
  const play = adHocPlay(words);
  const fleet = await openFleet(options);
  const result = await runPlays(fleet, {
    selection: selectPlays(fleet, [play]),
    mode: 'apply',
    // What was left undone by a run of the site must not be forgotten for it.
    remembered: false,
    forks: options.forks,
    timeoutSeconds: options.timeout,
    lease: options,
    listeners: (runId) => chooseListeners({ output: options.output, tasks: 'folded' }, runId),
  }).catch((error: unknown) => {
    if (error instanceof RangeError) throw tooLong;
    throw error;
  });
  return exitCodeOf(result, { check: false, detailed: false });
}

/**
 * A play of one task that runs the command, once, and always as a change: what a command does cannot be checked.
 *
 * @throws UserError for a command that is empty or that no shell could be given
 */
export function adHocPlay(words: readonly string[]): Play<RoleContext> {
  const [first = '', ...more] = words[0] === '--' ? words.slice(1) : words;
  if (first.trim() === '')
    throw new UserError('The command is empty.', 'For example: -- uptime', exitCodes.usage);
  const title = inOneLine([first, ...more].join(' '));
  const task = {
    name: title,
    // What a step leaves behind is all that the next one knows of it.
    check: sh`[ -e "$SC_TMP/command-ran" ]`,
    apply: sh`${more.length === 0 ? shellLine(first) : shellWords([first, ...more])}
: >"$SC_TMP/command-ran"`,
  };
  // Plays are named in the lease, in SSM's history and in the record on the node; what the command says is not for those.
  return { name: 'run', hosts: 'all', roles: [{ name: 'command', tasks: () => [task] }] };
}

const tooLong = new UserError(
  'The command is too long for the transport, even compressed.',
  'Let the nodes download what is large, or make it a role.',
  exitCodes.usage,
);

/** A shell of its own: `exit`, `set` and unset variables in the line are no concern of the runtime. */
function shellLine(line: string): Shell {
  return sh`sh -c ${line}`;
}

function inOneLine(text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length <= 60 ? line : `${line.slice(0, 59)}…`;
}
