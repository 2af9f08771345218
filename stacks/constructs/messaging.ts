import { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic';
import { SnsTopicPolicy } from '@cdktf/provider-aws/lib/sns-topic-policy';
import { SnsTopicSubscription } from '@cdktf/provider-aws/lib/sns-topic-subscription';
import { Construct } from 'constructs';
import type { Environment } from '../../environments/schema';
import type { Alarms } from './alarms';
import { FifoQueue } from './fifo-queue';
import type { Grantee } from './grantee';
import { policyDocument } from './policy';

export interface MessagingArgs {
  /** `<project>-<environment>`, up to 32 characters: the start of every name. */
  readonly name: string;
  /** What the environment asks for, section `messaging`. */
  readonly settings: Pick<Environment['messaging'], 'topic' | 'queues'>;
  /** Where the alarms of the queues go. */
  readonly alarms: Alarms;
}

/**
 * Events between the services: a FIFO topic, and FIFO queues that subscribe to it or are sent to. Everything is encrypted,
 * takes no plain HTTP, and is granted queue by queue. Subscribers get the envelope of SNS around the event.
 *
 * Cost: no fixed price but the alarms, 0.20 USD a month a queue. Requests (ap-northeast-2): SQS FIFO 0.50 USD a million
 * after the first million a month, SNS FIFO 0.30 USD a million events and 0.01 USD a million deliveries.
 */
export class Messaging extends Construct {
  readonly #topic: SnsTopic;
  readonly #queues: ReadonlyMap<string, FifoQueue>;

  constructor(scope: Construct, id: string, args: MessagingArgs) {
    super(scope, id);
    this.#topic = new SnsTopic(this, 'topic', {
      name: `${args.name}-${args.settings.topic}.fifo`,
      fifoTopic: true,
      contentBasedDeduplication: true,
      // The account's own SNS key: unlike the environment's it needs no policy that lets services of AWS use it.
      kmsMasterKeyId: 'alias/aws/sns',
    });
    this.#refusePlainHttp();
    this.#queues = new Map(
      Object.entries(args.settings.queues).map(([queueName, queue]) => {
        const made = new FifoQueue(this, queueName, {
          ...queue,
          name: `${args.name}-${queueName}`,
          alarmId: `queue-${queueName}`,
          alarms: args.alarms,
          ...(queue.subscribed ? { topicArn: this.#topic.arn } : {}),
        });
        if (queue.subscribed) this.#subscribe(queueName, made);
        return [queueName, made];
      }),
    );
  }

  get topicArn(): string {
    return this.#topic.arn;
  }

  /** URLs of the queues by their names in the environment. */
  get queueUrls(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#queues].map(([queueName, { url }]) => [queueName, url]));
  }

  /** Lets a service publish events on the topic. */
  grantPublish(service: Grantee): void {
    service.addPolicy('publish-events', [
      { sid: 'Publish', actions: ['sns:Publish', 'sns:GetTopicAttributes'], resources: [this.#topic.arn] },
    ]);
  }

  /** Lets a service send to queues. @param queues their names in the environment */
  grantSend(service: Grantee, queues: readonly string[]): void {
    service.addPolicy('send-messages', [
      {
        sid: 'Send',
        actions: ['sqs:SendMessage', 'sqs:GetQueueUrl', 'sqs:GetQueueAttributes'],
        resources: this.#arns(queues),
      },
    ]);
  }

  /** Lets a service take messages off queues. @param queues their names in the environment */
  grantConsume(service: Grantee, queues: readonly string[]): void {
    service.addPolicy('consume-messages', [
      {
        sid: 'Consume',
        actions: [
          'sqs:ReceiveMessage',
          'sqs:DeleteMessage',
          'sqs:ChangeMessageVisibility',
          'sqs:GetQueueUrl',
          'sqs:GetQueueAttributes',
        ],
        resources: this.#arns(queues),
      },
    ]);
  }

  #arns(names: readonly string[]): readonly string[] {
    return names.map((queueName) => {
      const queue = this.#queues.get(queueName);
      if (queue !== undefined) return queue.arn;
      throw new Error(`there is no queue ${queueName}; there are: ${[...this.#queues.keys()].join(', ')}`);
    });
  }

  /** What SNS cannot deliver, because the queue or its policy is gone, waits in the dead-letter queue too. */
  #subscribe(queueName: string, queue: FifoQueue): void {
    new SnsTopicSubscription(this, `${queueName}-subscription`, {
      topicArn: this.#topic.arn,
      protocol: 'sqs',
      endpoint: queue.arn,
      redrivePolicy: JSON.stringify({ deadLetterTargetArn: queue.deadLetterArn }),
      dependsOn: [...queue.policies],
    });
  }

  /** Publishing is all that travels with data; a topic's policy refuses `sns:*`. */
  #refusePlainHttp(): void {
    new SnsTopicPolicy(this, 'policy', {
      arn: this.#topic.arn,
      policy: policyDocument([
        {
          sid: 'TlsOnly',
          effect: 'Deny',
          principal: '*',
          actions: ['sns:Publish'],
          resources: [this.#topic.arn],
          condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ]),
    });
  }
}
