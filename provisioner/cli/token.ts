import type { Command } from 'commander';
import { addExamples } from './examples';
import { addFleetOptions, addLeaseOptions, addRunOptions } from './options';
import type { TokenOptions } from './run-token';

/** `token rotate`: another join token for the cluster. */
export function registerToken(program: Command): void {
  const token = program.command('token').description("The cluster's join token.");
  const rotate = token
    .command('rotate')
    .description('Give the cluster another join token. Servers restart one at a time, then the agents.');
  addLeaseOptions(addRunOptions(addFleetOptions(rotate), { seconds: 3600, what: 'one play' }))
    .option('--yes', 'do not ask: for scripts')
    .option('-v, --verbose', 'show every task, and what it printed');
  addExamples(
    rotate,
    [
      ['npm run token -- rotate --env prod', 'asks first; containers run on'],
      ['npm run token -- rotate --env sandbox --yes', 'on the simulated cluster'],
    ],
    `Every node has to be reachable. The new value is made here, straight into Parameter Store, and is read by the
nodes themselves: it is in no argument, output, event or log. A rotation that broke off goes on where it was
when it is run again; until then, nodes start with either token.
Snapshots of etcd from before need the old token: \`restore --token-version N\`. docs/operations/token.md`,
    'Exit codes: 0 done; 1 a task failed, or not confirmed; 3 a node is unreachable, or the environment is\nlocked; 64 wrong usage; 130 interrupted.',
  );
  rotate.action(async (options: TokenOptions) => {
    // The AWS SDK takes a while to load; --help does without.
    const { rotateToken } = await import('./run-token');
    process.exitCode = await rotateToken(options);
  });
  addExamples(token, [['npm run token -- rotate --env prod', 'another join token']]);
}
