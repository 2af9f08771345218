import { join } from 'node:path';
import { Argument, type Command } from 'commander';
import { PROJECT } from '../state-directory';
import { type CompletionShell, completionScript, completionShells } from './completion/scripts';
import { addExamples } from './examples';

/** `completion`: the script that makes a shell complete stagecraft's command lines. */
export function registerCompletion(program: Command): void {
  const command = program
    .command('completion')
    .description(
      'Print a script that lets your shell complete commands, options, environments, nodes, tags and tasks.',
    )
    .addArgument(new Argument('<shell>', 'which shell').choices(completionShells))
    .action((shell: CompletionShell) => {
      process.stdout.write(
        completionScript(shell, {
          program: join(PROJECT, 'provisioner/cli/stagecraft.cjs'),
          project: PROJECT,
        }),
      );
    });
  addExamples(
    command,
    [
      ['npm run -s completion -- bash', 'put  source <(npx stagecraft completion bash)  into ~/.bashrc'],
      ['npm run -s completion -- zsh', 'the same in ~/.zshrc, behind compinit'],
      ['npm run -s completion -- fish', 'npx stagecraft completion fish | source'],
    ],
    'It completes `stagecraft`, `npx stagecraft` and, in this project, `npm run COMMAND -- `. Names of nodes, groups,\ntags and tasks are those that a command met last: AWS is never asked at the prompt.',
  );
  registerAnswer(program);
}

/** What the scripts ask: the words that can follow, one a line, with a tab and a description. */
function registerAnswer(program: Command): void {
  program
    .command('__complete', { hidden: true })
    .argument('<shell>')
    .argument('[words...]')
    .passThroughOptions()
    .action(async (shell: string, words: readonly string[]) => {
      const { answer } = await import('./completion/answer');
      process.stdout.write(answer(program, shell, words[0] === '--' ? words.slice(1) : words));
    });
}
