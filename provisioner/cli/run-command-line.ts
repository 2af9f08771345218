import { type Command, CommanderError } from 'commander';
import { EnvironmentError } from '../../environments/errors';
import { exitCodes, UserError } from '../errors';
import { visible } from '../report/visible';

/** Runs the command line and turns every error into text and one of the documented exit codes. */
export async function runCommandLine(program: Command, argv: readonly string[]): Promise<void> {
  // The SDK would warn in the middle of a run, where nobody can act on it; package.json states the versions of Node.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  for (const stream of [process.stdout, process.stderr]) stream.on('error', goOnWithoutReader);
  prepare(program);
  try {
    await program.parseAsync(argv);
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** Errors come back as exceptions, and what is misspelt is told before what is missing. */
export function prepare(program: Command): void {
  for (const command of [program, ...everyCommandOf(program)]) {
    command.exitOverride().showHelpAfterError('(--help shows what there is)');
    lookForTheMissingLast(command);
  }
}

/** Every command below another, at any depth. */
export function everyCommandOf(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...everyCommandOf(child)]);
}

/** Commander looks for required options first, and would tell `--envy prod` as a missing `--env`. */
function lookForTheMissingLast(command: Command): void {
  const required = command.options.filter(({ mandatory }) => mandatory);
  for (const option of required) option.mandatory = false;
  command.hook('preAction', () => {
    const missing = required.find((option) => command.getOptionValue(option.attributeName()) === undefined);
    if (missing !== undefined)
      command.error(`error: option '${missing.flags}' is required (${missing.description})`);
  });
}

/**
 * `… | head` closes the pipe early, and a terminal may be closed (EIO). A run that has begun is better finished, or
 * ended in order, than broken off for that.
 */
function goOnWithoutReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  if (error instanceof EnvironmentError) {
    print(`error: ${error.message}`);
    return exitCodes.usage;
  }
  if (error instanceof UserError) {
    print(`error: ${error.what}${error.next === undefined ? '' : `\n  ${error.next}`}`);
    return error.exitCode;
  }
  print(`error: ${error instanceof Error ? error.message : String(error)}`);
  if (process.env.STAGECRAFT_DEBUG !== undefined && error instanceof Error) print(error.stack ?? '');
  else
    print(
      '  This is a defect of stagecraft. Run again with STAGECRAFT_DEBUG=1 for the details and report them.',
    );
  return exitCodes.taskFailed;
}

/** An error may quote what a node printed, so nothing in it draws on the terminal, and no line but the first is at the margin. */
function print(text: string): void {
  process.stderr.write(`${visible(text).replace(/\n(?! {2})/g, '\n  ')}\n`);
}
