import { BudgetsBudget } from '@cdktf/provider-aws/lib/budgets-budget';
import { Construct } from 'constructs';
import type { Alarms } from './alarms';

export interface ObservabilityArgs {
  /** `<project>-<environment>`, the start of every name. */
  readonly name: string;
  /** Name of the environment: the value of the tag by which its cost is told from that of others. */
  readonly environment: string;
  /** US dollars a month. */
  readonly monthlyUsd: number;
  /** Where the budget tells. */
  readonly alarms: Alarms;
}

/** When the budget tells: at four fifths, when it is spent, and when it will be by the end of the month. */
const thresholds = [
  { percent: 80, of: 'ACTUAL' },
  { percent: 100, of: 'ACTUAL' },
  { percent: 100, of: 'FORECASTED' },
] as const;

/**
 * What the environment may cost in a month, and who hears of it: the subscribers of its alarms. Alarms of the parts are
 * with the parts (nodes, load balancer, cache, database, queues, certificates, backups).
 *
 * AWS counts the cost by the tag `environment`, and only once that is activated as a cost allocation tag in the billing
 * console of the account that pays: until then the budget sees nothing, and stays silent.
 *
 * Cost: none; AWS bills budgets that act, not those that tell.
 */
export class Observability extends Construct {
  constructor(scope: Construct, id: string, args: ObservabilityArgs) {
    super(scope, id);
    new BudgetsBudget(this, 'budget', {
      name: `${args.name}-monthly`,
      budgetType: 'COST',
      limitAmount: String(args.monthlyUsd),
      limitUnit: 'USD',
      timeUnit: 'MONTHLY',
      costFilter: [{ name: 'TagKeyValue', values: [`user:environment$${args.environment}`] }],
      notification: thresholds.map(({ percent, of }) => ({
        comparisonOperator: 'GREATER_THAN',
        threshold: percent,
        thresholdType: 'PERCENTAGE',
        notificationType: of,
        subscriberSnsTopicArns: [args.alarms.topicArn],
      })),
    });
  }
}
