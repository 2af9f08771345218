import type { Command } from 'commander';
import { addExamples } from './examples';
import { addFleetOptions, addLeaseOptions, addRunOptions } from './options';
import type { AdHocOptions } from './run-ad-hoc';

/** `run`: one command on many nodes, as `ansible all -a` does. */
export function registerRun(program: Command): void {
  const command = program
    .command('run')
    .description('Run a command on nodes, as root, and show what each printed; equal output is shown once.')
    .argument('<command...>', 'one word is a line of shell, several are a program and its arguments')
    .passThroughOptions();
  addLeaseOptions(addRunOptions(addFleetOptions(command), { seconds: 600, what: 'the command' }));
  addExamples(
    command,
    [
      ['npm run run -- --env prod -- uptime', 'on every node'],
      ['npm run run -- --env prod --limit agents -- df -h /', 'on the agents; the words arrive as they are'],
      ["npm run run -- --env prod -l servers -- 'journalctl -u k3s | tail -5'", 'a line of shell'],
      ['npx stagecraft run --env sandbox -- cat /etc/os-release', 'the same without npm'],
    ],
    `The command runs under sh from /, with standard input closed; standard output and standard error come
back together. An exit code other than 0 is a failure of that node. Everything is done through the
environment's transport, under the same lease as a run, because a command may change something;
--no-lease is for one that only looks.

No secrets in commands: SSM keeps commands and their output in its history, in plain text, and this
machine keeps them under .stagecraft/runs/.`,
    'Exit codes: 0 every node ended with 0; 1 a node failed; 3 a node is unreachable, or the environment is\nlocked; 64 wrong usage; 130 interrupted.',
  );
  command.action(async (words: readonly string[], options: AdHocOptions) => {
    // The AWS SDK takes a while to load; --help does without.
    const { runAdHoc } = await import('./run-ad-hoc');
    process.exitCode = await runAdHoc(words, options);
  });
}
