import { type Command, Option } from 'commander';
import { exitCodes, UserError } from '../errors';
import { addExamples } from './examples';

const formats = ['table', 'json'] as const;

interface CostOptions {
  readonly env?: string;
  readonly compare?: readonly string[];
  readonly format: (typeof formats)[number];
}

/** `cost`: what environments cost in a month, from the synthesized stacks and the price table in the repository. */
export function registerCost(program: Command): void {
  const command = program
    .command('cost')
    .description('Estimate what an environment costs in a month. AWS is not asked.')
    .option('--env <name>', 'environment in AWS: dev, prod')
    .option(
      '--compare <names>',
      'several side by side, for example dev,prod,managed; managed is the same with EKS, ECR, RDS Multi-AZ and a NAT gateway in each zone',
      listOfNames,
    )
    .addOption(new Option('--format <format>', 'how to print it').choices(formats).default('table'))
    .action(async (options: CostOptions) => {
      process.stdout.write(`${await cost(options)}\n`);
    });
  addExamples(command, [
    ['npm run cost -- --env prod', 'a month, resource by resource'],
    ['npm run cost -- --compare dev,prod,managed', 'side by side'],
    ['npm run -s cost -- --env prod --format json', 'for programs'],
  ]);
}

async function cost({ env, compare, format }: CostOptions): Promise<string> {
  const names = compare ?? (env === undefined ? [] : [env]);
  if (names.length === 0 || (env !== undefined && compare !== undefined))
    throw new UserError(
      'Either --env or --compare is needed.',
      'For example --env prod, or --compare dev,prod,managed.',
      exitCodes.usage,
    );
  // The constructs of AWS take a while to load, and no other command needs them.
  const { costReport } = await import('../../stacks/cost/report');
  const report = costReport(names);
  if (format === 'json') return JSON.stringify({ currency: 'USD', period: 'month', ...report }, null, 2);
  const { costTable } = await import('../../stacks/cost/table');
  return costTable(report);
}

function listOfNames(value: string): readonly string[] {
  return [
    ...new Set(
      value
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== ''),
    ),
  ];
}
