import { type Command, InvalidArgumentError, Option } from 'commander';
import { environmentNames } from '../../environments';
import { type Environment, transports } from '../../environments/schema';
import { type OutputFormat, outputFormats } from './output/listener';

/** Which environment a command is about, and where its nodes are known from. */
export interface EnvironmentFlags {
  readonly env: string;
  readonly inventory?: string;
  /** Settings laid over those of the environment's file, in the sandbox. */
  readonly set: readonly string[];
}

/** Which nodes a command is about: shared by every command that meets several nodes of an environment. */
export interface FleetFlags extends EnvironmentFlags {
  readonly limit?: string;
  /** In place of the environment's. */
  readonly transport?: Environment['transport'];
}

/** How a run goes about them and how it is shown: shared by every command that runs something on nodes. */
export interface RunFlags {
  readonly forks: number;
  readonly timeout: number;
  readonly output: OutputFormat;
  readonly verbose?: true;
}

/** How a command that may change nodes comes by the environment's lease. */
export interface LeaseFlags {
  /** Seconds to wait for a run that is at work. */
  readonly wait?: number;
  /** False with `--no-lease`. */
  readonly lease?: boolean;
}

/** Which tasks of the site a run is about. */
export interface TaskFlags {
  readonly tags: readonly string[];
  readonly skipTags: readonly string[];
  readonly startAtTask?: string;
}

export function addEnvironmentOptions(command: Command): Command {
  return command
    .requiredOption('--env <name>', `environment: ${environmentNames.join(', ')}`)
    .option('-i, --inventory <file>', 'read the nodes from this file instead of the remote state')
    .addOption(settingOption());
}

export function addFleetOptions(command: Command): Command {
  return addTransportOption(addEnvironmentOptions(command)).option(
    '-l, --limit <pattern>',
    'only these hosts: names, groups, wildcards; `,` joins, `!` excludes, `&` intersects',
  );
}

export function addTransportOption(command: Command): Command {
  return command.addOption(
    new Option('--transport <name>', "how to reach the nodes, in place of the environment's").choices(
      transports,
    ),
  );
}

/** `--set`: tries a setting without editing a file. */
export function settingOption(): Option {
  return new Option(
    '--set <setting>',
    'in the sandbox: a setting over those of the file, such as k3s.version=v1.34.4+k3s1; may be repeated',
  )
    .default([], 'none')
    .argParser((value: string, previous: readonly string[]) => [...previous, value]);
}

export function addTaskOptions(command: Command): Command {
  return command
    .addOption(listOption('-t, --tags <tags>', 'only tasks with one of these tags (a role is a tag)'))
    .addOption(listOption('--skip-tags <tags>', 'no task with one of these tags'))
    .option('--start-at-task <name>', 'begin at this task, named as in --list-tasks');
}

/** @param timeout seconds that a node may take unless `--timeout` says otherwise, and for what */
export function addRunOptions(
  command: Command,
  timeout: { readonly seconds: number; readonly what: string },
): Command {
  return addTimeout(addForks(command), timeout).addOption(
    new Option(
      '--output <format>',
      'text; one JSON event a line; or for GitHub Actions, with annotations and a step summary',
    )
      .choices(outputFormats)
      .default('text'),
  );
}

export function addTimeout(
  command: Command,
  timeout: { readonly seconds: number; readonly what: string },
): Command {
  return command.option(
    '--timeout <seconds>',
    `how long a node may take for ${timeout.what}`,
    positive,
    timeout.seconds,
  );
}

/** How something that is no run is printed: for people, or for programs. */
export const dataFormats = ['table', 'json', 'yaml'] as const;
export type DataFormat = (typeof dataFormats)[number];

export function addFormat(command: Command): Command {
  return command.addOption(
    new Option('--format <format>', 'how to print it').choices(dataFormats).default('table'),
  );
}

/** For commands that may change nodes. */
export function addLeaseOptions(command: Command): Command {
  return command
    .option('--wait <seconds>', 'how long to wait for another run on this environment to end', seconds, 0)
    .option('--no-lease', 'run even where the lease cannot be had: then nothing keeps a second run out');
}

export function addForks(command: Command): Command {
  return command.option('-f, --forks <number>', 'nodes at a time', positive, 500);
}

function listOption(flags: string, description: string): Option {
  return new Option(flags, `${description}; comma-separated, may be repeated`)
    .default([], 'none')
    .argParser((value: string, previous: readonly string[]) => {
      const tags = namesIn(value);
      if (tags.length === 0) throw new InvalidArgumentError('It names no tag.');
      return [...previous, ...tags];
    });
}

/** The names in a comma-separated list. */
export function namesIn(value: string): string[] {
  return value
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

export function positive(value: string): number {
  return wholeNumber(value, 1);
}

function seconds(value: string): number {
  return wholeNumber(value, 0);
}

function wholeNumber(value: string, least: number): number {
  const number = Number(value);
  if (value.trim() === '' || !Number.isSafeInteger(number) || number < least || number > 172_800)
    throw new InvalidArgumentError(`It has to be a whole number from ${least} to 172800.`);
  return number;
}
