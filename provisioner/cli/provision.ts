import { type Command, InvalidArgumentError, Option } from 'commander';
import { environmentNames } from '../../environments';
import type { ProvisionOptions } from './run-provision';

/** `provision`: makes an environment's nodes what the roles say. Flags are Ansible's wherever the thing is Ansible's. */
export function registerProvision(program: Command): void {
  program
    .command('provision')
    .description("Make an environment's nodes what the roles say. Running it again changes nothing.")
    .requiredOption('--env <name>', `environment: ${environmentNames.join(', ')}`)
    .option('-i, --inventory <file>', 'read the nodes from this file instead of the remote state')
    .option(
      '-l, --limit <pattern>',
      'only these hosts: names, groups, wildcards; `,` joins, `!` excludes, `&` intersects',
    )
    .addOption(listOption('-t, --tags <tags>', 'only tasks with one of these tags (a role is a tag)'))
    .addOption(listOption('--skip-tags <tags>', 'no task with one of these tags'))
    .option('--start-at-task <name>', 'begin at this task, named as in --list-tasks')
    .option('-C, --check', 'change nothing; say what would change')
    .option('-D, --diff', 'show what differs, as a unified diff')
    .option('--detailed-exitcode', 'with --check: exit 2 when something would change')
    .option('-f, --forks <number>', 'nodes at a time', positive, 500)
    .option('--timeout <seconds>', 'how long a node may take for one play', positive, 3600)
    .option('--list-tasks', 'list the plays and tasks of this run, and stop')
    .option('--list-hosts', 'list the hosts of each play, and stop')
    .addOption(
      new Option('--output <format>', 'text, or one JSON event a line')
        .choices(['text', 'json'])
        .default('text'),
    )
    .option('-v, --verbose', 'show every task, and what it printed')
    .addHelpText('after', help)
    .action(async (options: ProvisionOptions) => {
      // The AWS SDK and the roles take a while to load; --help needs neither.
      const { provision } = await import('./run-provision');
      process.exitCode = await provision(options);
    });
}

const help = `
Examples:
  npm run provision -- --env prod --check --diff     what would change?
  npm run provision -- --env prod --limit agents     only the agents
  npm run provision -- --env sandbox                 five simulated nodes on this machine, no AWS

Exit codes: 0 done; 1 a task failed; 2 something would change (--check --detailed-exitcode);
3 a node is unreachable, or the environment is locked; 64 wrong usage; 130 interrupted.`;

function listOption(flags: string, description: string): Option {
  return new Option(flags, `${description}; comma-separated, may be repeated`)
    .default([], 'none')
    .argParser((value: string, previous: readonly string[]) => {
      const tags = tagsIn(value);
      if (tags.length === 0) throw new InvalidArgumentError('It names no tag.');
      return [...previous, ...tags];
    });
}

function tagsIn(value: string): string[] {
  return value
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
}

function positive(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 1 || number > 172_800)
    throw new InvalidArgumentError('It has to be a whole number from 1 to 172800.');
  return number;
}
