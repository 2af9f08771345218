import type { Command } from 'commander';
import { bashReply, splitLine } from './bash-line';
import { complete, type NamesOf } from './complete';
import { knownNames } from './names';
import { ownWords } from './own-words';

/** What can follow, as the script of a shell wants it; see `scripts.ts`. Bash gives its line up to the cursor, the others words. */
export function answer(
  program: Command,
  shell: string,
  given: readonly string[],
  namesOf: NamesOf = knownNames,
): string {
  const line = shell === 'bash' ? splitLine(given.join(' ')) : { words: given, raw: '', open: '' as const };
  const words = ownWords(line.words);
  if (words === undefined) return '';
  const found = complete(program, words, namesOf);
  if (found.kind === 'files') return ':files\n';
  return found.words
    .map(({ value, description }) =>
      shell === 'bash' ? `${bashReply(value, line)}\n` : `${value}\t${description}\n`,
    )
    .join('');
}
