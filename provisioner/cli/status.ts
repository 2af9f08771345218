import type { Command } from 'commander';
import { addExamples } from './examples';
import { addFleetOptions, addForks, addFormat, addTimeout } from './options';
import type { StatusOptions } from './run-status';

/** `status`: one screen on how an environment is. */
export function registerStatus(program: Command): void {
  const command = program
    .command('status')
    .description(
      'Show how an environment is: reachable, last run, drift, versions, certificates. Worst first.',
    );
  addTimeout(addFormat(addForks(addFleetOptions(command))), { seconds: 600, what: 'the checks of one play' })
    .option('--no-drift', 'do not run the checks; quicker')
    .option('--detailed-exitcode', 'exit 2 when something needs attention');
  addExamples(
    command,
    [
      ['npm run status -- --env prod', 'one screen, the worst first'],
      ['npm run status -- --env prod --no-drift', 'without looking for drift'],
      ['npm run -s status -- --env prod --format json --detailed-exitcode', 'for monitoring'],
    ],
    'Nothing is changed. Exit codes: 0 it could be shown; 64 wrong usage; 130 interrupted. With --detailed-exitcode:\n0 all is well; 1 a check broke; 2 something needs attention; 3 a node is unreachable.',
  );
  command.action(async (options: StatusOptions) => {
    // The AWS SDK and the roles take a while to load; --help needs neither.
    const { showStatus } = await import('./run-status');
    process.exitCode = await showStatus(options);
  });
}
