import { type Command, InvalidArgumentError } from 'commander';
import { addExamples } from './examples';
import { addFleetOptions, addLeaseOptions, addRunOptions } from './options';
import type { RestoreOptions } from './run-restore';

/** `restore`: the cluster's data from a snapshot, all servers in the right order. */
export function registerRestore(program: Command): void {
  const command = program
    .command('restore')
    .description("Bring the cluster's data back from a snapshot of etcd. Everything after it is lost.");
  addLeaseOptions(addRunOptions(addFleetOptions(command), { seconds: 3600, what: 'one play' }))
    .option('--list', 'list the snapshots, and stop')
    .option(
      '--snapshot <name>',
      'a snapshot as --list names it, or the absolute path of a file on the first server',
      snapshotName,
    )
    .option(
      '--gone <names>',
      'servers that are terminated for good, comma-separated: they need not be stopped',
    )
    .option(
      '--token-version <number>',
      'the join token that the snapshot was taken with, where it was rotated since: a version of its parameter',
      version,
    )
    .option('--yes', 'do not ask: for scripts')
    .option('-v, --verbose', 'show every task, and what it printed');
  addExamples(
    command,
    [
      ['npm run restore -- --env prod --list', 'which snapshots are there?'],
      ['npm run restore -- --env prod --snapshot etcd-snapshot-prod-server-1-1795575443.zip', 'asks first'],
      ['npm run restore -- --env prod --snapshot /root/etcd.zip --gone prod-server-2', 'a server is no more'],
    ],
    `It takes a snapshot of the present state where etcd still gives one, stops K3s on all servers, makes the first
one a cluster of its own from the snapshot, and lets the others join it. Containers on the nodes run on until
the restored API says otherwise. A restore that broke off begins anew, from the snapshot, when it is run again.
docs/operations/etcd-restore.md is the runbook: what is lost, what goes wrong, how to go back.`,
    'Exit codes: 0 done; 1 a task failed, or not confirmed; 3 a server is unreachable, or the environment is\nlocked; 64 wrong usage; 130 interrupted.',
  );
  command.action(async (options: RestoreOptions) => {
    // The AWS SDK takes a while to load; --help does without.
    const { restore } = await import('./run-restore');
    process.exitCode = await restore(options);
  });
}

/** What K3s and S3 allow in a name, or a path without anything special in it. */
function snapshotName(value: string): string {
  if (!/^[A-Za-z0-9._-]{1,200}$|^\/[A-Za-z0-9._/-]{1,400}$/.test(value))
    throw new InvalidArgumentError('It is a name as --list shows it, or an absolute path.');
  return value;
}

function version(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError('It has to be a whole number from 1 on.');
  return number;
}
