import type { Command } from 'commander';
import { addExamples } from './examples';
import { addFleetOptions, addTaskOptions } from './options';
import { addSiteOptions } from './provision';
import type { ProvisionOptions } from './run-provision';

/** `plan`: what Terraform's users type for `provision --check --diff`. */
export function registerPlan(program: Command): void {
  const command = program
    .command('plan')
    .description('Show what `provision` would change, with diffs. Same as `provision --check --diff`.');
  addTaskOptions(addFleetOptions(command)).option(
    '--detailed-exitcode',
    'exit 2 when something would change, as in Terraform',
  );
  addExamples(
    addSiteOptions(command),
    [
      ['npm run plan -- --env prod', 'what would a run change?'],
      ['npm run plan -- --env prod --limit agents --tags k3s', 'a part of it'],
      ['npm run plan -- --env prod --detailed-exitcode', 'for a schedule: 0 as wanted, 2 drift'],
    ],
    'Exit codes: 0 done; 1 a check broke; 2 something would change (--detailed-exitcode);\n3 a node is unreachable; 64 wrong usage; 130 interrupted.',
  );
  command.action(async (options: Omit<ProvisionOptions, 'check' | 'diff'>) => {
    // The AWS SDK and the roles take a while to load; --help needs neither.
    const { provision } = await import('./run-provision');
    process.exitCode = await provision({ ...options, check: true, diff: true });
  });
}
