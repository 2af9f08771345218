import { createInterface } from 'node:readline/promises';
import { exitCodes, UserError } from '../errors';

/**
 * Asks before something that cannot be taken back: only the exact word goes on. `--yes` answers for scripts.
 *
 * @returns whether to go on
 * @throws UserError where there is nobody to ask
 */
export async function confirmed(
  what: string,
  { word, yes }: { readonly word: string; readonly yes: boolean },
): Promise<boolean> {
  process.stderr.write(`${what}\n`);
  if (yes) return true;
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true)
    throw new UserError(
      'Nothing was done: there is no terminal to ask on.',
      'Run it on one, or with --yes when you are sure.',
      exitCodes.usage,
    );
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-C and the end of the input close it, and leave the question open.
  const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  const answer = terminal.question(`Type ${word} to go on: `).catch(() => '');
  try {
    if ((await Promise.race([answer, closed])).trim() === word) return true;
    process.stderr.write('Nothing was done.\n');
    return false;
  } finally {
    terminal.close();
  }
}
