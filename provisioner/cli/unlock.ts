import type { Command } from 'commander';
import { addExamples } from './examples';
import { addEnvironmentOptions, addTransportOption } from './options';
import type { UnlockOptions } from './run-unlock';

/** `unlock`: takes the lease of an environment from a run that is gone; Terraform's `force-unlock` for runs. */
export function registerUnlock(program: Command): void {
  const command = addTransportOption(
    addEnvironmentOptions(
      program
        .command('unlock')
        .description('Show which run holds an environment, and on a yes take the lease from it.'),
    ),
  ).option('--force', 'do not ask: for scripts');
  addExamples(
    command,
    [
      ['npm run unlock -- --env prod', 'who is at work? asks before it removes anything'],
      ['npm run unlock -- --env prod --force', 'in a script, which has made sure that the run is gone'],
    ],
    `Rarely needed: the lease of a run that was killed ends by itself after two minutes, and on the machine that
it ran on the next run takes it over at once. A run that is still at work stops when its lease is taken.`,
    'Exit codes: 0 removed, or nothing to remove; 1 not confirmed; 3 another run holds it by now, or the lease\ncannot be used; 64 wrong usage, or no terminal to ask on.',
  );
  command.action(async (options: UnlockOptions) => {
    const { unlock } = await import('./run-unlock');
    process.exitCode = await unlock(options);
  });
}
