import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic';
import { SnsTopicSubscription } from '@cdktf/provider-aws/lib/sns-topic-subscription';
import { Construct } from 'constructs';

export interface AlarmsArgs {
  /** Prefix of every name: `<project>-<environment>`. */
  readonly name: string;
  /** Who is mailed. Each address has to confirm its subscription once. */
  readonly emails: readonly string[];
}

/** One alarm. It tells when a metric leaves its bounds, and again when it is back. */
export interface AlarmArgs {
  /** What is wrong and what to do first: this is what is read at 3 a.m. */
  readonly description: string;
  /** Namespace of the metric, for example `AWS/ElastiCache`. */
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: 'Average' | 'Maximum' | 'Minimum' | 'Sum';
  readonly comparison:
    | 'GreaterThanThreshold'
    | 'GreaterThanOrEqualToThreshold'
    | 'LessThanThreshold'
    | 'LessThanOrEqualToThreshold';
  /** In the metric's own unit. */
  readonly threshold: number;
  /** Seconds that one value covers. Default: 60. */
  readonly period?: number;
  /** How many values in a row. Default: 5. */
  readonly periods?: number;
  /** What no value at all means. Default: `missing` (the alarm keeps its state as insufficient data). */
  readonly missingData?: 'missing' | 'breaching' | 'notBreaching' | 'ignore';
}

/**
 * Where the environment's alarms go: one SNS topic.
 *
 * Cost: 0.10 USD a month for each alarm after the first ten of an account; e-mail is free.
 */
export class Alarms extends Construct {
  readonly #args: AlarmsArgs;
  readonly #topic: SnsTopic;

  constructor(scope: Construct, id: string, args: AlarmsArgs) {
    super(scope, id);
    this.#args = args;
    this.#topic = new SnsTopic(this, 'topic', { name: `${args.name}-alarms` });
    args.emails.forEach((endpoint, index) => {
      new SnsTopicSubscription(this, `email-${index}`, {
        topicArn: this.#topic.arn,
        protocol: 'email',
        endpoint,
      });
    });
  }

  /** Adds an alarm. @param id unique among the alarms, and the end of its name */
  add(id: string, alarm: AlarmArgs): void {
    new CloudwatchMetricAlarm(this, id, {
      alarmName: `${this.#args.name}-${id}`,
      alarmDescription: alarm.description,
      namespace: alarm.namespace,
      metricName: alarm.metric,
      dimensions: { ...alarm.dimensions },
      statistic: alarm.statistic,
      comparisonOperator: alarm.comparison,
      threshold: alarm.threshold,
      period: alarm.period ?? 60,
      evaluationPeriods: alarm.periods ?? 5,
      treatMissingData: alarm.missingData ?? 'missing',
      alarmActions: [this.#topic.arn],
      okActions: [this.#topic.arn],
    });
  }
}
