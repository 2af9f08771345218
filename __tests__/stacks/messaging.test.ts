import { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic';
import { Testing } from 'cdktf';
import { dataStores } from './data-stores';
import { recorder } from './recorder';
import { resources, statements } from './synthesized';

Testing.setupJest();

const json = dataStores();
const queues = resources(json, 'aws_sqs_queue');
const work = queues.filter(({ name }) => !String(name).endsWith('-dlq.fifo'));

describe('the topic', () => {
  it('is a FIFO topic that drops what it has seen, encrypted', () => {
    expect(json).toHaveResourceWithProperties(SnsTopic, {
      name: 'stagecraft-test-reservation-events.fifo',
      fifo_topic: true,
      content_based_deduplication: true,
      kms_master_key_id: 'alias/aws/sns',
    });
  });

  it('takes nothing over plain HTTP', () => {
    expect(
      statements(
        resources(json, 'aws_sns_topic_policy').find(({ arn }) => String(arn).includes('.messaging_'))
          ?.policy,
      ),
    ).toEqual([
      expect.objectContaining({
        Effect: 'Deny',
        Action: ['sns:Publish'],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    ]);
  });
});

describe('the queues', () => {
  it('are those of the site', () => {
    expect(work.map(({ name }) => name)).toEqual([
      'stagecraft-test-reservation-lockrelease.fifo',
      'stagecraft-test-reservation-reservedetail.fifo',
      'stagecraft-test-reservation-statistics.fifo',
      'stagecraft-test-reservation-ticketcreation.fifo',
    ]);
  });

  it('are FIFO, deduplicated by content, encrypted', () => {
    for (const queue of queues)
      expect(queue).toMatchObject({
        fifo_queue: true,
        content_based_deduplication: true,
        sqs_managed_sse_enabled: true,
      });
  });

  it('have a dead-letter queue each, for a limited number of tries, and for nobody else', () => {
    expect(queues).toHaveLength(2 * work.length);
    for (const queue of work)
      expect(JSON.parse(String(queue.redrive_policy))).toEqual({
        deadLetterTargetArn: expect.stringContaining('dead-letters'),
        maxReceiveCount: 5,
      });
    const targets = work.map(({ redrive_policy }) => JSON.parse(String(redrive_policy)).deadLetterTargetArn);
    expect(new Set(targets).size).toBe(work.length);
    for (const { redrive_allow_policy } of resources(json, 'aws_sqs_queue_redrive_allow_policy'))
      expect(JSON.parse(String(redrive_allow_policy))).toEqual({
        redrivePermission: 'byQueue',
        sourceQueueArns: [expect.stringMatching(/^\$\{aws_sqs_queue\..*\.arn\}$/)],
      });
  });

  it('subscribe to the topic where they are asked to, and only those take from it', () => {
    const subscribed = resources(json, 'aws_sns_topic_subscription').map(({ endpoint }) => String(endpoint));
    expect(subscribed).toEqual([
      expect.stringContaining('reservedetail'),
      expect.stringContaining('ticketcreation'),
    ]);
    const open = resources(json, 'aws_sqs_queue_policy').filter(({ policy }) =>
      statements(policy).some(({ Effect }) => Effect === 'Allow'),
    );
    expect(open.map(({ queue_url }) => /reservation-([a-z]+)/.exec(String(queue_url))?.[1]).sort()).toEqual([
      'reservedetail',
      'reservedetail',
      'ticketcreation',
      'ticketcreation',
    ]);
    for (const { policy } of open)
      expect(statements(policy)).toContainEqual(
        expect.objectContaining({
          Effect: 'Allow',
          Principal: { Service: 'sns.amazonaws.com' },
          Action: ['sqs:SendMessage'],
          Condition: {
            ArnEquals: { 'aws:SourceArn': expect.stringMatching(/^\$\{aws_sns_topic\.messaging/) },
          },
        }),
      );
  });

  it('take nothing over plain HTTP, dead letters neither', () => {
    const policies = resources(json, 'aws_sqs_queue_policy');
    expect(policies).toHaveLength(queues.length);
    for (const { policy } of policies)
      expect(statements(policy)).toContainEqual(
        expect.objectContaining({
          Effect: 'Deny',
          Principal: '*',
          Action: ['sqs:*'],
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        }),
      );
  });

  it('are watched for age and dead letters', () => {
    const alarms = resources(json, 'aws_cloudwatch_metric_alarm').filter(
      ({ namespace }) => namespace === 'AWS/SQS',
    );
    expect(alarms.map(({ metric_name }) => metric_name).sort()).toEqual([
      ...work.map(() => 'ApproximateAgeOfOldestMessage'),
      ...work.map(() => 'ApproximateNumberOfMessagesVisible'),
    ]);
  });

  it('are whatever the environment names', () => {
    const other = dataStores({
      messaging: {
        topic: 'orders',
        queues: { mail: { subscribed: true, maxReceives: 3, visibilitySeconds: 60 } },
      },
    });
    expect(resources(other, 'aws_sqs_queue').map(({ name }) => name)).toEqual(
      expect.arrayContaining(['stagecraft-test-mail.fifo', 'stagecraft-test-mail-dlq.fifo']),
    );
    expect(
      resources(other, 'aws_sqs_queue').find(({ name }) => name === 'stagecraft-test-mail.fifo'),
    ).toMatchObject({
      visibility_timeout_seconds: 60,
      redrive_policy: expect.stringContaining('"maxReceiveCount":3'),
    });
    expect(resources(other, 'aws_sns_topic').map(({ name }) => name)).toContain(
      'stagecraft-test-orders.fifo',
    );
  });
});

describe('grants', () => {
  it('are by queue and by direction', () => {
    const service = recorder();
    dataStores({}, ({ messaging }) => {
      messaging.grantPublish(service);
      messaging.grantSend(service, ['reservation-statistics']);
      messaging.grantConsume(service, ['reservation-lockrelease', 'reservation-ticketcreation']);
    });
    expect(service.actions('publish-events')).toEqual(['sns:Publish', 'sns:GetTopicAttributes']);
    expect(service.actions('send-messages')).not.toContain('sqs:ReceiveMessage');
    expect(service.actions('consume-messages')).not.toContain('sqs:SendMessage');
    expect(service.granted('send-messages')[0]?.resources).toHaveLength(1);
    expect(service.granted('consume-messages')[0]?.resources).toHaveLength(2);
    for (const id of ['publish-events', 'send-messages', 'consume-messages'])
      expect(service.actions(id).filter((action) => /\*|Purge|DeleteQueue|SetQueue/.test(action))).toEqual(
        [],
      );
  });

  it('of a queue that is not there name those that are', () => {
    dataStores({}, ({ messaging }) => {
      expect(() => messaging.grantSend(recorder(), ['reservation-statistic'])).toThrow(
        /there is no queue reservation-statistic; there are: reservation-lockrelease, /,
      );
    });
  });
});

describe('names of the queues', () => {
  it('fit SQS and SNS at their longest', () => {
    const longest = dataStores({
      project: 'p'.repeat(20),
      name: 'e'.repeat(11),
      messaging: { topic: 't'.repeat(38), queues: { ['q'.repeat(38)]: {} } },
    });
    for (const { name } of resources(longest, 'aws_sqs_queue'))
      expect(String(name)).toMatch(/^[\w-]{1,75}\.fifo$/);
    for (const { name } of resources(longest, 'aws_sns_topic'))
      expect(String(name).length).toBeLessThanOrEqual(256);
  });
});
