import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { stagecraft } from '../../provisioner/cli/program';
import { everyCommandOf, prepare } from '../../provisioner/cli/run-command-line';

const { scripts, version }: { scripts: Record<string, string>; version: string } = JSON.parse(
  readFileSync(join(__dirname, '../../package.json'), 'utf8'),
);

const commands = everyCommandOf(stagecraft()).filter(isVisible);

describe.each(commands.map((command) => [pathOf(command), command] as const))('%s', (path, command) => {
  const examples = examplesIn(helpOf(command));

  test('has examples of its own', () => {
    expect(examples.length).toBeGreaterThan(0);
    for (const line of examples) expect(wordsOf(line).join(' ')).toMatch(new RegExp(`^${path}( |$)`));
  });

  test.each(examples)('%s', async (line) => {
    await expect(parse(wordsOf(line))).resolves.toBeDefined();
  });

  test('is told of a misspelt option, with the nearest', async () => {
    await expect(parse([...path.split(' '), '--hlep'])).rejects.toThrow('Did you mean --help?');
  });

  test('describes every option and argument', () => {
    const parts = [...command.options, ...command.registeredArguments];
    expect(parts.filter(({ description }) => description === '')).toEqual([]);
  });
});

test('the command line itself has examples, and help', async () => {
  const examples = examplesIn(helpOf(stagecraft()));
  expect(examples).toHaveLength(3);
  for (const line of examples)
    if (line.endsWith('--help')) await expect(parse(wordsOf(line))).rejects.toThrow('(outputHelp)');
    else await expect(parse(wordsOf(line))).resolves.toBeDefined();
});

test('it has the version of the package', async () => {
  await expect(parse(['--version'])).rejects.toThrow(version);
});

test('an example that does not parse would be found', async () => {
  await expect(parse(['provision', '--env', 'prod', '--forks', 'many'])).rejects.toThrow('whole number');
  await expect(parse(['provision', '--envy', 'prod'])).rejects.toThrow('Did you mean --env?');
  await expect(parse(['provision'])).rejects.toThrow('dev, prod, sandbox');
  await expect(parse(['sandbox', 'shell'])).rejects.toThrow('missing required argument');
});

/** Not one that only completion scripts call. */
function isVisible(command: Command): boolean {
  return !command.name().startsWith('__');
}

function pathOf(command: Command): string {
  return command.parent?.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

/** The help as it is printed, with what is added below it. */
function helpOf(command: Command): string {
  let help = '';
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  return help;
}

function examplesIn(help: string): string[] {
  const section = /\nExamples:\n((?: {2}.*\n)+)/.exec(help)?.[1] ?? '';
  return section
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.trim().split(/ {3,}/)[0] ?? '');
}

/** What reaches the command line, as a shell and npm make it of what is typed. */
function wordsOf(line: string): string[] {
  const asNpm = `
    npx() { [ "$1" = stagecraft ] || exit 1; shift; printf '%s\\0' "$@"; }
    npm() {
      [ "$1" = run ] || exit 1; shift
      [ "$1" != -s ] || shift
      printf '%s\\0' "$1"; shift
      [ $# -eq 0 ] || { [ "$1" = -- ] || exit 1; shift; }
      [ $# -eq 0 ] || printf '%s\\0' "$@"
    }
    `;
  const words = execFileSync('sh', ['-c', asNpm + line], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);
  if (line.startsWith('npm')) expect(Object.keys(scripts)).toContain(words[0]);
  return words;
}

/** Parses as the real command line does, but does nothing. */
async function parse(words: readonly string[]): Promise<Command> {
  const program = stagecraft();
  const silent = { writeErr: () => {}, writeOut: () => {} };
  for (const command of [program, ...everyCommandOf(program)]) {
    command.configureOutput(silent);
    if (command.commands.length === 0) command.action(() => {});
  }
  prepare(program);
  return program.parseAsync(['node', 'stagecraft', ...words]);
}
