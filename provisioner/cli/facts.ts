import type { Command } from 'commander';
import { addExamples } from './examples';
import { addFleetOptions, addForks, addFormat, namesIn } from './options';
import type { FactsOptions } from './run-facts';

/** `facts`: what the nodes of an environment say of themselves. */
export function registerFacts(program: Command): void {
  const command = program
    .command('facts')
    .description('Show what the nodes say of themselves: system, versions, certificates, the last run.');
  addFormat(addForks(addFleetOptions(command))).option(
    '--filter <keys>',
    'only facts with these names; `,` joins, `*` and `?` match',
    namesIn,
  );
  addExamples(
    command,
    [
      ['npm run facts -- --env prod', 'every fact, and which nodes differ in it'],
      ["npm run facts -- --env prod --limit agents --filter 'kernel,os_*'", 'some of them'],
      ['npm run -s facts -- --env prod --format json', 'for programs: { nodes: { NAME: { FACT: … } }, … }'],
    ],
    'Exit codes: 0 done; 1 a node belongs to another environment; 3 a node is unreachable; 64 wrong usage.',
  );
  command.action(async (options: FactsOptions) => {
    // The AWS SDK takes a while to load; --help does without.
    const { showFacts } = await import('./run-facts');
    process.exitCode = await showFacts(options);
  });
}
