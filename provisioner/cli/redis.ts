import type { Command } from 'commander';
import { addExamples } from './examples';
import { addFleetOptions, addLeaseOptions, addRunOptions } from './options';
import type { RedisOptions } from './run-redis';

const EXIT_CODES =
  'Exit codes: 0 done; 1 a task failed, or not confirmed; 3 a node is unreachable, or the environment is\nlocked; 64 wrong usage; 130 interrupted.';

/** `redis rotate-password` and `retire-password`: another password for the cache, without a moment in which services have none. */
export function registerRedis(program: Command): void {
  const command = program.command('redis').description('The cache and its password.');
  const rotate = withOptions(
    command
      .command('rotate-password')
      .description(
        'Give the cache a new password beside the one in use. Both open it until `retire-password`.',
      ),
  );
  addExamples(
    rotate,
    [
      ['npm run redis -- rotate-password --env prod', 'then restart the services, then retire'],
      ['npm run redis -- rotate-password --env sandbox', 'on the simulated cache'],
    ],
    `The new value is made here, straight into Parameter Store, and given to the cache by the first server; it is in no
argument, output, event or log. One that broke off goes on where it was when it is run again.`,
    EXIT_CODES,
  );
  rotate.action(async (options: RedisOptions) => {
    // The AWS SDK takes a while to load; --help does without.
    const { rotatePassword } = await import('./run-redis');
    process.exitCode = await rotatePassword(options);
  });
  const retire = withOptions(
    command
      .command('retire-password')
      .description(
        'Let the older of two passwords open the cache no longer. Services that have it are locked out.',
      ),
  ).option('--yes', 'do not ask: for scripts');
  addExamples(
    retire,
    [
      ['npm run redis -- retire-password --env prod', 'asks first'],
      ['npm run redis -- retire-password --env sandbox --yes', 'on the simulated cache'],
    ],
    'Does nothing where only one password opens it. docs/operations/cache-password.md',
    EXIT_CODES,
  );
  retire.action(async (options: RedisOptions) => {
    const { retirePassword } = await import('./run-redis');
    process.exitCode = await retirePassword(options);
  });
  addExamples(command, [
    ['npm run redis -- rotate-password --env prod', 'a new password beside the old one'],
    ['npm run redis -- retire-password --env prod', 'the old one goes'],
  ]);
}

function withOptions(command: Command): Command {
  return addLeaseOptions(addRunOptions(addFleetOptions(command), { seconds: 3600, what: 'one play' })).option(
    '-v, --verbose',
    'show every task, and what it printed',
  );
}
