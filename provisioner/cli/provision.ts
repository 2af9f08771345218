import type { Command } from 'commander';
import { addExamples } from './examples';
import { addFleetOptions, addLeaseOptions, addRunOptions, addTaskOptions, positive } from './options';
import type { ProvisionOptions } from './run-provision';

/** `provision`: makes an environment's nodes what the roles say. Flags are Ansible's wherever the thing is Ansible's. */
export function registerProvision(program: Command): void {
  const command = program
    .command('provision')
    .description("Make an environment's nodes what the roles say. Running it again changes nothing.");
  addTaskOptions(addFleetOptions(command))
    .option('-C, --check', 'change nothing; say what would change')
    .option('-D, --diff', 'show what differs, as a unified diff')
    .option('--detailed-exitcode', 'with --check: exit 2 when something would change')
    .option(
      '--reboot-timeout <seconds>',
      'how long a node may be gone for a reboot (default: 900)',
      positive,
    );
  addExamples(
    addLeaseOptions(addSiteOptions(command)),
    [
      ['npm run provision -- --env prod --check --diff', 'what would change?'],
      ['npm run provision -- --env prod --limit agents', 'only the agents'],
      ['npm run provision -- --env sandbox', 'five simulated nodes on this machine, no AWS'],
    ],
    'Exit codes: 0 done; 1 a task failed; 2 something would change (--check --detailed-exitcode);\n3 a node is unreachable, or the environment is locked; 64 wrong usage; 130 interrupted.',
  );
  command.action(async (options: ProvisionOptions) => {
    // The AWS SDK and the roles take a while to load; --help needs neither.
    const { provision } = await import('./run-provision');
    process.exitCode = await provision(options);
  });
}

/** What a run of the site takes beside hosts and tasks: the end of the list of `provision` and `plan`. */
export function addSiteOptions(command: Command): Command {
  return addRunOptions(command, { seconds: 3600, what: 'one play' })
    .option('--list-tasks', 'list the plays and tasks of this run, and stop')
    .option('--list-hosts', 'list the hosts of each play, and stop')
    .option('-v, --verbose', 'show every task, and what it printed');
}
