import { type Command, InvalidArgumentError } from 'commander';
import { addExamples } from './examples';
import { addEnvironmentOptions } from './options';
import type { KubeconfigOptions } from './write-kubeconfig';

/** `kubeconfig`: a way for kubectl into an environment's cluster, for a day. */
export function registerKubeconfig(program: Command): void {
  const command = program
    .command('kubeconfig')
    .description('Make a kubeconfig for the cluster, and hold the tunnel to it open until Ctrl-C.');
  addEnvironmentOptions(command)
    .option('--print', 'write the kubeconfig, print the command that opens the tunnel, and stop')
    .option(
      '--output <file>',
      'merge into this file instead of $KUBECONFIG or ~/.kube/config, as its current context',
    )
    .option('--context <name>', 'name of context, cluster and user (default: <project>-<env>)')
    .option('--view', 'look only: everything but secrets (default: cluster-admin)')
    .option('--hours <number>', 'how long the credentials are valid, 1 to 168', hours, 24)
    .option(
      '--port <number>',
      'port of the tunnel on this machine (default: one of its own for each environment)',
      port,
    )
    .option('--use', 'make it the current context');
  addExamples(
    command,
    [
      ['npm run kubeconfig -- --env prod', 'then, elsewhere: kubectl --context stagecraft-prod get nodes'],
      ['npm run kubeconfig -- --env prod --view --hours 2', 'to look around, for two hours'],
      ['npm run kubeconfig -- --env prod --output prod.kubeconfig --print', 'a file of its own, no tunnel'],
      ['npm run kubeconfig -- --env sandbox', 'the simulated cluster of this machine'],
    ],
    `The key is made on this machine and stays here: only a request for a certificate travels to a server, and the
certificate comes back. The cluster's API signs it for --hours; it cannot be taken back earlier, so keep that
short. Nobody else's entries in the file are touched; what was there before stays as <file>.before-stagecraft.`,
    'Exit codes: that of the tunnel; 1 the cluster did not sign, or a program is missing here; 3 no server is\nreachable; 64 wrong usage.',
  );
  command.action(async (options: KubeconfigOptions) => {
    // The AWS SDK takes a while to load; --help does without.
    const { writeKubeconfig } = await import('./write-kubeconfig');
    process.exitCode = await writeKubeconfig(options);
  });
}

function hours(value: string): number {
  return whole(value, 1, 168);
}

function port(value: string): number {
  return whole(value, 1024, 65_535);
}

function whole(value: string, least: number, most: number): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < least || number > most)
    throw new InvalidArgumentError(`It has to be a whole number from ${least} to ${most}.`);
  return number;
}
