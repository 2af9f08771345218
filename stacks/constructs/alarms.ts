import { createHash } from 'node:crypto';
import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm';
import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity';
import { DataAwsPartition } from '@cdktf/provider-aws/lib/data-aws-partition';
import { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic';
import { SnsTopicPolicy } from '@cdktf/provider-aws/lib/sns-topic-policy';
import { SnsTopicSubscription } from '@cdktf/provider-aws/lib/sns-topic-subscription';
import { Construct } from 'constructs';
import { acceptFindings } from './accepted-findings';
import { policyDocument, type Statement } from './policy';

export interface AlarmsArgs {
  /** Prefix of every name: `<project>-<environment>`. */
  readonly name: string;
  /** Who is mailed. Each address has to confirm its subscription once. */
  readonly emails: readonly string[];
  /**
   * Key that encrypts what is on its way (ARN); its policy has to let CloudWatch and Budgets use it, as that of `Secrets`
   * does. Default: none.
   */
  readonly keyArn?: string;
  /** Region of the topic and of all its alarms: CloudWatch sees metrics, and tells topics, of its own region. Default: the stack's. */
  readonly region?: string;
}

/**
 * What tells addresses apart in Terraform. By their place in the list, taking one out would move the others: the one that
 * moves is subscribed, which finds its subscription, and then unsubscribed with its old place, and nobody notices.
 */
function shortHash(address: string): string {
  return createHash('sha256').update(address.toLowerCase()).digest('hex').slice(0, 8);
}

/** One alarm. It tells when a metric leaves its bounds, and again when it is back. */
export interface AlarmArgs {
  /** What is wrong and what to do first: this is what is read at 3 a.m. */
  readonly description: string;
  /** Namespace of the metric, for example `AWS/ElastiCache`. */
  readonly namespace: string;
  /** Name of the metric in its namespace. */
  readonly metric: string;
  /** Which of the metric's series: all of its dimensions, by name. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** What one value says of all that was measured in its period. */
  readonly statistic: 'Average' | 'Maximum' | 'Minimum' | 'Sum';
  /** On which side of the threshold something is wrong. */
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
  /** What AWS does by itself besides telling (ARN of an action), such as `arn:aws:automate:<region>:ec2:recover`. Default: nothing. */
  readonly remedy?: string;
}

/**
 * Where the environment's alarms go: one SNS topic, on which nobody but CloudWatch and Budgets of this account publishes.
 * What is worldwide (CloudFront) has metrics in us-east-1 only, and so alarms and a topic of its own there: an address has
 * two subscriptions to confirm.
 *
 * Cost: 0.10 USD a month for each alarm after the first ten of an account; e-mail is free.
 */
export class Alarms extends Construct {
  readonly #args: AlarmsArgs;
  readonly #topic: SnsTopic;
  readonly #place: { readonly region?: string };
  /** Where the ARNs of remedies are: `aws` but in China and GovCloud. */
  readonly partition: string;

  constructor(scope: Construct, id: string, args: AlarmsArgs) {
    super(scope, id);
    this.#args = args;
    this.partition = new DataAwsPartition(this, 'partition').partition;
    this.#place = args.region === undefined ? {} : { region: args.region };
    this.#topic = new SnsTopic(this, 'topic', {
      ...this.#place,
      name: `${args.name}-alarms`,
      ...(args.keyArn === undefined ? {} : { kmsMasterKeyId: args.keyArn }),
    });
    if (args.keyArn === undefined)
      acceptFindings(this.#topic, {
        CKV_AWS_26:
          'an alarm says what is wrong, and nothing of the audience; the key of the environment is in its own region',
      });
    this.#admit();
    for (const endpoint of args.emails) {
      new SnsTopicSubscription(this, `email-${shortHash(endpoint)}`, {
        ...this.#place,
        topicArn: this.#topic.arn,
        protocol: 'email',
        endpoint,
      });
    }
  }

  /** For services that tell by themselves, such as Budgets: the topic, once they may publish on it (ARN). */
  get topicArn(): string {
    return this.#topic.arn;
  }

  /** Adds an alarm. @param id unique among the alarms, and the end of its name */
  add(id: string, alarm: AlarmArgs): void {
    new CloudwatchMetricAlarm(this, id, {
      ...this.#place,
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
      alarmActions: [this.#topic.arn, ...(alarm.remedy === undefined ? [] : [alarm.remedy])],
      okActions: [this.#topic.arn],
    });
  }

  /** A policy of one's own replaces the default, by which the whole account could publish. */
  #admit(): void {
    const { accountId } = new DataAwsCallerIdentity(this, 'account');
    const publisher = (sid: string, service: string): Statement => ({
      sid,
      principal: { Service: service },
      actions: ['sns:Publish'],
      resources: [this.#topic.arn],
      condition: { StringEquals: { 'aws:SourceAccount': accountId } },
    });
    new SnsTopicPolicy(this, 'policy', {
      ...this.#place,
      arn: this.#topic.arn,
      policy: policyDocument([
        publisher('Alarms', 'cloudwatch.amazonaws.com'),
        publisher('Budgets', 'budgets.amazonaws.com'),
      ]),
    });
  }
}
