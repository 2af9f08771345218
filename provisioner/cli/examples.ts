import type { Command } from 'commander';

/** A command line as an operator types it, and what it is for. */
export type Example = readonly [line: string, what: string];

/** Puts an Examples section, and what else has to be said, below the help of a command. */
export function addExamples(command: Command, examples: readonly Example[], ...more: string[]): Command {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, what]) => `  ${line.padEnd(width)}   ${what}`);
  return command.addHelpText(
    'after',
    ['', 'Examples:', ...lines, ...more.flatMap((text) => ['', text])].join('\n'),
  );
}
