import type { Resource, TerraformConfiguration } from '../../terraform/configuration';
import { blocksOf, numberOf } from '../../terraform/values';
import type { Estimators } from '../estimator';
import { flowLogGb } from '../usage';

/** Messages between services, and what watches over everything. */
export const operations: Estimators = {
  aws_sqs_queue: (queue, { stack, usage }) => {
    // Nobody polls a dead-letter queue: alarms watch it.
    if (isDeadLetterQueue(queue, stack)) return 'a dead-letter queue costs nothing while it is empty';
    const kind = queue.properties.fifo_queue === true ? 'fifo' : 'standard';
    return [
      { what: `requests, ${kind}`, price: `sqs.${kind}`, quantity: usage.queueMillions, assumed: true },
    ];
  },
  aws_sns_topic: (topic, { stack, usage }) => {
    const { properties } = topic;
    if (isToldByAlarms(topic, stack)) return 'what alarms say in a month costs less than a cent';
    const kind = properties.fifo_topic === true ? 'fifo' : 'standard';
    return [
      { what: `messages, ${kind}`, price: `sns.${kind}`, quantity: usage.topicMillions, assumed: true },
    ];
  },
  aws_cloudwatch_metric_alarm: ({ properties }) => {
    const queries = blocksOf(properties.metric_query).filter(({ metric }) => metric !== undefined).length;
    const period = numberOf(properties.period) ?? 60;
    const price = period < 60 ? 'alarm.highResolution' : 'alarm.standard';
    return [{ what: 'alarm', price, quantity: Math.max(1, queries) }];
  },
  aws_cloudwatch_composite_alarm: () => [{ what: 'composite alarm', price: 'alarm.composite', quantity: 1 }],
  aws_cloudwatch_dashboard: () => [{ what: 'dashboard', price: 'dashboard.custom', quantity: 1 }],
  aws_cloudwatch_log_metric_filter: () => [{ what: 'metric', price: 'metric.custom', quantity: 1 }],
  aws_cloudwatch_log_group: (resource, { stack, usage }) => {
    const days = numberOf(resource.properties.retention_in_days) ?? 0;
    const months = days === 0 ? usage.logMonths : days / 30;
    // What the flow log delivers is billed there; the group only keeps it.
    const flows = stack
      .ofType('aws_flow_log')
      .find((log) => stack.referencedBy(log.properties).includes(resource));
    const gb = flows === undefined ? usage.logGb : flowLogGb(usage, flows.properties);
    return [
      ...(flows === undefined
        ? [{ what: 'ingested', price: 'logs.ingest', quantity: gb, assumed: true }]
        : []),
      {
        what: `kept for ${days === 0 ? 'ever' : `${days} days`}`,
        price: 'logs.storage',
        quantity: gb * months,
        assumed: true,
      },
    ];
  },
};

/** A topic that alarms tell when something is wrong. */
function isToldByAlarms(topic: Resource, stack: TerraformConfiguration): boolean {
  return stack
    .ofType('aws_cloudwatch_metric_alarm')
    .some(({ properties }) => stack.referencedBy(properties.alarm_actions).includes(topic));
}

/** A queue that says from which queues it takes what they could not deliver. */
function isDeadLetterQueue(queue: Resource, stack: TerraformConfiguration): boolean {
  if (queue.properties.redrive_allow_policy !== undefined) return true;
  return stack
    .ofType('aws_sqs_queue_redrive_allow_policy')
    .some(({ properties }) => stack.referencedBy(properties.queue_url).includes(queue));
}
