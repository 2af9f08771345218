import { basename } from 'node:path';

/**
 * The part of a command line that is stagecraft's: behind `stagecraft`, `npx stagecraft`, or `npm run COMMAND --`.
 * Undefined where it is somebody else's.
 */
export function ownWords(words: readonly string[]): readonly string[] | undefined {
  const [program = '', ...rest] = words;
  switch (basename(program)) {
    case 'npx':
      return rest[0] === 'stagecraft' && rest.length > 1 ? rest.slice(1) : undefined;
    case 'npm':
      return behindNpm(rest);
    default:
      return rest;
  }
}

function behindNpm([run = '', ...rest]: readonly string[]): readonly string[] | undefined {
  if (run !== 'run' && run !== 'run-script') return undefined;
  const end = rest.indexOf('--');
  if (end === -1 || end === rest.length - 1) return undefined;
  const [script] = rest.slice(0, end).filter((word) => !word.startsWith('-'));
  return script === undefined ? undefined : [script, ...rest.slice(end + 1)];
}
