import type { Command } from 'commander';
import { addExamples } from './examples';
import type { ShellOptions } from './open-shell';
import { addEnvironmentOptions, addTransportOption } from './options';

/** `shell`: a terminal on one node, the way that the environment's transport goes. */
export function registerShell(program: Command): void {
  const command = program
    .command('shell')
    .description('Open a terminal on a node: through Session Manager, by ssh, or into the sandbox.')
    .argument('<node>', 'name or instance id of the node');
  addTransportOption(addEnvironmentOptions(command)).option(
    '--print',
    'print the command that opens it, and stop',
  );
  addExamples(
    command,
    [
      ['npm run shell -- --env prod prod-server-1', 'a session on a server'],
      ['npm run -s shell -- --env prod prod-server-1 --print', 'how to get there without stagecraft'],
      ['npm run shell -- --env prod --transport ssh prod-general-1', 'the same by ssh'],
      ['npm run shell -- --env sandbox sandbox-general-1', 'into a simulated node'],
    ],
    'Session Manager needs the AWS CLI and its plugin on this machine. What is typed and shown\nthere is kept in the log group /<project>-<env>/sessions; a session ends after 20 minutes without a key press.\nFor one command on many nodes there is `run`.',
    'Exit codes: that of the shell; 1 a program is missing here; 64 wrong usage.',
  );
  command.action(async (node: string, options: ShellOptions) => {
    // The AWS SDK takes a while to load; --help does without.
    const { openShell } = await import('./open-shell');
    process.exitCode = await openShell(node, options);
  });
}
