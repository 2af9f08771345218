import { SqsQueue } from '@cdktf/provider-aws/lib/sqs-queue';
import { SqsQueuePolicy } from '@cdktf/provider-aws/lib/sqs-queue-policy';
import { SqsQueueRedriveAllowPolicy } from '@cdktf/provider-aws/lib/sqs-queue-redrive-allow-policy';
import { Construct } from 'constructs';
import type { Alarms } from './alarms';
import { policyDocument, type Statement } from './policy';

export interface FifoQueueArgs {
  /** Name without `.fifo`, up to 71 characters (SQS takes 80, and the dead-letter queue is called `<name>-dlq.fifo`). */
  readonly name: string;
  /** Seconds a consumer has for a message before another one gets it. */
  readonly visibilitySeconds: number;
  /** How often a message is tried before it goes to the dead-letter queue. */
  readonly maxReceives: number;
  /** Age of the oldest message, in seconds, that is an alarm. */
  readonly alarmAgeSeconds: number;
  /** Start of the alarms' names. */
  readonly alarmId: string;
  /** Where its alarms go. */
  readonly alarms: Alarms;
  /** The topic that may send to it. Default: none, so that only roles that are granted it may. */
  readonly topicArn?: string;
}

/** What both queues have: SQS's own encryption, four days' (it) and two weeks' (dead letters) patience. */
const common = { fifoQueue: true, sqsManagedSseEnabled: true };

/**
 * A FIFO queue and its dead-letter queue, which takes dead letters of this queue only. Messages with the same content
 * within five minutes are one.
 *
 * Cost: requests, see `Messaging`; the two alarms 0.20 USD a month.
 */
export class FifoQueue extends Construct {
  /** Without them what the topic sends does not arrive. */
  readonly policies: readonly SqsQueuePolicy[];
  readonly #queue: SqsQueue;
  readonly #deadLetters: SqsQueue;

  constructor(scope: Construct, id: string, args: FifoQueueArgs) {
    super(scope, id);
    this.#deadLetters = new SqsQueue(this, 'dead-letters', {
      ...common,
      name: `${args.name}-dlq.fifo`,
      contentBasedDeduplication: true,
      messageRetentionSeconds: 14 * 24 * 3600,
    });
    this.#queue = new SqsQueue(this, 'queue', {
      ...common,
      name: `${args.name}.fifo`,
      contentBasedDeduplication: true,
      visibilityTimeoutSeconds: args.visibilitySeconds,
      messageRetentionSeconds: 4 * 24 * 3600,
      // Long polling: an idle consumer asks three times a minute.
      receiveWaitTimeSeconds: 20,
      redrivePolicy: JSON.stringify({
        deadLetterTargetArn: this.#deadLetters.arn,
        maxReceiveCount: args.maxReceives,
      }),
    });
    new SqsQueueRedriveAllowPolicy(this, 'redrive-allow', {
      queueUrl: this.#deadLetters.url,
      redriveAllowPolicy: JSON.stringify({
        redrivePermission: 'byQueue',
        sourceQueueArns: [this.#queue.arn],
      }),
    });
    this.policies = [
      this.#policy('policy', this.#queue, args.topicArn),
      this.#policy('dead-letters-policy', this.#deadLetters, args.topicArn),
    ];
    this.#watch(args);
  }

  get arn(): string {
    return this.#queue.arn;
  }

  get deadLetterArn(): string {
    return this.#deadLetters.arn;
  }

  get url(): string {
    return this.#queue.url;
  }

  #policy(id: string, queue: SqsQueue, topicArn: string | undefined): SqsQueuePolicy {
    const tlsOnly: Statement = {
      sid: 'TlsOnly',
      effect: 'Deny',
      principal: '*',
      actions: ['sqs:*'],
      resources: [queue.arn],
      condition: { Bool: { 'aws:SecureTransport': 'false' } },
    };
    const statements = topicArn === undefined ? [tlsOnly] : [tlsOnly, fromTopic(queue.arn, topicArn)];
    return new SqsQueuePolicy(this, id, { queueUrl: queue.url, policy: policyDocument(statements) });
  }

  #watch(args: FifoQueueArgs): void {
    args.alarms.add(`${args.alarmId}-age`, {
      description: `A message waits in ${args.name}.fifo for ${args.alarmAgeSeconds} s or more. Its consumer is down, too slow, or tries the same message again and again: look at its logs. Messages of the same group wait for each other.`,
      namespace: 'AWS/SQS',
      metric: 'ApproximateAgeOfOldestMessage',
      dimensions: { QueueName: this.#queue.name },
      statistic: 'Maximum',
      comparison: 'GreaterThanOrEqualToThreshold',
      threshold: args.alarmAgeSeconds,
      // An idle queue reports nothing.
      missingData: 'notBreaching',
    });
    args.alarms.add(`${args.alarmId}-dead`, {
      description: `Messages of ${args.name}.fifo failed ${args.maxReceives} times or could not be delivered, and wait in ${args.name}-dlq.fifo for 14 days. Find out why in the consumer's logs, then send back those that it had received ("Start DLQ redrive"). Those that could not be delivered have to be published again: SQS moves none that came from the topic.`,
      namespace: 'AWS/SQS',
      metric: 'ApproximateNumberOfMessagesVisible',
      dimensions: { QueueName: this.#deadLetters.name },
      statistic: 'Maximum',
      comparison: 'GreaterThanThreshold',
      threshold: 0,
      periods: 1,
      missingData: 'notBreaching',
    });
  }
}

/** The topic, and no other one of any account. */
function fromTopic(queueArn: string, topicArn: string): Statement {
  return {
    sid: 'FromTopic',
    principal: { Service: 'sns.amazonaws.com' },
    actions: ['sqs:SendMessage'],
    resources: [queueArn],
    condition: { ArnEquals: { 'aws:SourceArn': topicArn } },
  };
}
