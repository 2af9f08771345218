import type { Argument, Command, Option } from 'commander';
import { awsEnvironmentNames, environmentNames } from '../../../environments';
import type { Names } from './names';

/** What may stand where the cursor is. */
export type Completion =
  | { readonly kind: 'words'; readonly words: readonly Candidate[] }
  /** Names of files: the shell knows them best. */
  | { readonly kind: 'files' };

export interface Candidate {
  readonly value: string;
  /** One line, for shells that show it. */
  readonly description: string;
}

/** The names that an environment has; none where nothing is known of it yet. */
export type NamesOf = (environment: string) => Names;

/**
 * What can follow, from the tree of commands as commander has it: commands, options, and values of both.
 *
 * @param words what has been typed behind the program's name; the last is what the cursor is at, empty for a new word
 */
export function complete(program: Command, words: readonly string[], namesOf: NamesOf): Completion {
  const before = words.slice(0, -1);
  const current = words.at(-1) ?? '';
  const place = walk(program, before);
  const names = namesOf(place.environment ?? 'sandbox');
  const found = candidates(place, current, names);
  if (found.kind === 'files') return found;
  return { kind: 'words', words: found.words.filter(({ value }) => value.startsWith(current)) };
}

/** Where the typed words have led to. */
interface Place {
  readonly command: Command;
  /** The option whose value comes next. */
  readonly pending?: Option;
  readonly used: readonly Option[];
  /** How many words have been no options. */
  readonly positionals: number;
  /** After `--` there are no options any more. */
  readonly plain: boolean;
  readonly environment?: string;
}

function walk(program: Command, words: readonly string[]): Place {
  let place: Place = { command: program, used: [], positionals: 0, plain: false };
  for (const word of words) place = step(place, word);
  return place;
}

function step(place: Place, word: string): Place {
  const { pending, ...rest } = place;
  if (pending !== undefined) return isEnvironment(pending) ? { ...rest, environment: word } : rest;
  if (place.plain) return { ...place, positionals: place.positionals + 1 };
  if (word === '--') return { ...place, plain: true };
  if (word.startsWith('-')) return option(place, word);
  const child =
    place.positionals === 0 ? visible(place.command).find((one) => one.name() === word) : undefined;
  if (child !== undefined) return { ...rest, command: child };
  // From its first word on, a command that is passed on to a node is nobody's business here.
  const isPassedOn = takesRest(place.command.registeredArguments[place.positionals]);
  return { ...place, positionals: place.positionals + 1, plain: isPassedOn };
}

function option(place: Place, word: string): Place {
  const [flag = '', value] = splitAt(word, '=');
  const found = place.command.options.find(({ long, short }) => flag === long || flag === short);
  if (found === undefined) return place;
  const used = [...place.used, found];
  if (value !== undefined) return { ...place, used, ...(isEnvironment(found) ? { environment: value } : {}) };
  return found.required ? { ...place, used, pending: found } : { ...place, used };
}

function candidates(place: Place, current: string, names: Names): Completion {
  if (place.pending !== undefined) return valuesOf(place.pending, current, names);
  if (!place.plain && current.startsWith('--') && current.includes('=')) {
    const [flag = '', value = ''] = splitAt(current, '=');
    const found = place.command.options.find(({ long }) => long === flag);
    if (found === undefined) return nothing;
    const values = valuesOf(found, value, names);
    return values.kind === 'files' ? values : prefixed(`${flag}=`, values.words);
  }
  if (!place.plain && current.startsWith('-')) return words(optionsOf(place));
  const argument = place.command.registeredArguments[place.positionals];
  if (argument !== undefined && !takesRest(argument)) return argumentValues(argument, names);
  if (argument !== undefined || place.plain) return nothing;
  const commands = visible(place.command).map((one) => ({
    value: one.name(),
    description: firstSentence(one.description()),
  }));
  if (commands.length > 0) return place.positionals === 0 ? words(commands) : nothing;
  // Nothing but options can follow, so they are shown before a hyphen is typed.
  return words(optionsOf(place));
}

function optionsOf({ command, used }: Place): Candidate[] {
  const left = command.options.filter(
    (one) => !one.hidden && (one.parseArg !== undefined || !used.includes(one)),
  );
  return [
    ...left.flatMap(({ long, description }) =>
      long ? [{ value: long, description: firstSentence(description) }] : [],
    ),
    { value: '--help', description: 'display help for command' },
  ];
}

/** By the option, else by what the placeholder in its flags says that the value is: `--limit <pattern>`. */
function valuesOf(option: Option, current: string, names: Names): Completion {
  if (option.argChoices !== undefined) return words(option.argChoices.map(plain));
  const ofOption = special[option.long ?? '']?.(current, names);
  if (ofOption !== undefined) return ofOption;
  switch (placeholder(option)) {
    case 'file':
    case 'folder':
      return { kind: 'files' };
    case 'pattern':
      return patterns(current, names);
    case 'tags':
      return list(current, names.tags.map(plain));
    case 'node':
    case 'node=time':
      return words(names.nodes.map(plain));
    case 'keys':
      return list(current, names.facts.map(plain));
    default:
      return nothing;
  }
}

/** Options whose placeholder does not tell. */
const special: Readonly<Record<string, (current: string, names: Names) => Completion>> = {
  '--env': () => words(environmentNames.map(plain)),
  '--start-at-task': (_, { tasks }) => words(tasks.map(plain)),
  '--host': (_, { nodes }) => words(nodes.map(plain)),
  '--gone': (current, { nodes }) => list(current, nodes.map(plain)),
  '--compare': (current) => list(current, [...awsEnvironmentNames, 'managed'].map(plain)),
};

function argumentValues(argument: Argument, names: Names): Completion {
  if (argument.argChoices !== undefined) return words(argument.argChoices.map(plain));
  return argument.name() === 'node' ? words(names.nodes.map(plain)) : nothing;
}

/** The part of a host pattern that is being typed, behind what joins the parts. */
function patterns(current: string, { nodes, groups }: Names): Completion {
  const [head = ''] = /^(.*[,:])?[!&]?/.exec(current) ?? [];
  const every = [
    { value: 'all', description: 'every node' },
    ...groups.map((value) => ({ value, description: 'group' })),
    ...nodes.map((value) => ({ value, description: 'node' })),
  ];
  return prefixed(head, every);
}

function list(current: string, values: readonly Candidate[]): Completion {
  const head = current.slice(0, current.lastIndexOf(',') + 1);
  const taken = new Set(head.split(','));
  return prefixed(
    head,
    values.filter(({ value }) => !taken.has(value)),
  );
}

function prefixed(head: string, values: readonly Candidate[]): Completion {
  return words(values.map(({ value, description }) => ({ value: `${head}${value}`, description })));
}

function words(values: readonly Candidate[]): Completion & { kind: 'words' } {
  return { kind: 'words', words: values };
}

const nothing = words([]);

function plain(value: string): Candidate {
  return { value, description: '' };
}

/** Commands that `--help` lists. */
function visible(command: Command): Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== 'help');
}

function isEnvironment({ long }: Option): boolean {
  return long === '--env';
}

function placeholder({ flags }: Option): string {
  return /[<[](.+?)(\.\.\.)?[>\]]/.exec(flags)?.[1] ?? '';
}

function takesRest(argument: Argument | undefined): boolean {
  return argument?.variadic === true;
}

function firstSentence(description: string): string {
  return description.split(/(?<=\.) |\n/)[0] ?? '';
}

function splitAt(text: string, mark: string): [string, string?] {
  const index = text.indexOf(mark);
  return index === -1 ? [text] : [text.slice(0, index), text.slice(index + mark.length)];
}
