import type { AlarmArgs, Alarms } from '../alarms';

/** The dimensions under which CloudWatch keeps the metrics. */
export interface Watched {
  /** ARN suffix of the load balancer. */
  readonly loadBalancer: string;
  /** ARN suffix of the target group. */
  readonly targetGroup: string;
}

/** Adds the alarms of a load balancer: what the audience notices, and what is about to make it notice. */
export function watch(alarms: Alarms, watched: Watched): void {
  const LoadBalancer = watched.loadBalancer;
  const dimensions = { LoadBalancer, TargetGroup: watched.targetGroup };
  alarms.add('lb-no-node', { ...noNode, dimensions });
  alarms.add('lb-unhealthy-node', { ...unhealthyNode, dimensions });
  alarms.add('lb-5xx', { ...ownErrors, dimensions: { LoadBalancer } });
  alarms.add('service-5xx', { ...serviceErrors, dimensions });
  alarms.add('service-latency', { ...latency, dimensions });
}

type Kind = Omit<AlarmArgs, 'dimensions'>;

const namespace = 'AWS/ApplicationELB';

const noNode: Kind = {
  description:
    'The load balancer has no healthy node: the API is down. Is ingress-nginx running (kubectl -n ingress-nginx get pods), does port 30080 of a node answer /healthz, are the nodes up?',
  namespace,
  metric: 'HealthyHostCount',
  statistic: 'Maximum',
  comparison: 'LessThanThreshold',
  threshold: 1,
  periods: 2,
  missingData: 'breaching',
};

const unhealthyNode: Kind = {
  description:
    'A node does not answer the health check of the load balancer for five minutes: fewer nodes take the load. Look at the node, at kube-proxy and at ingress-nginx on it.',
  namespace,
  metric: 'UnHealthyHostCount',
  statistic: 'Maximum',
  comparison: 'GreaterThanThreshold',
  threshold: 0,
  missingData: 'notBreaching',
};

const ownErrors: Kind = {
  description:
    'The load balancer itself answers with 5xx: no healthy node (503), nodes that close connections (502) or are too slow (504). Its access log says which.',
  namespace,
  metric: 'HTTPCode_ELB_5XX_Count',
  statistic: 'Sum',
  comparison: 'GreaterThanThreshold',
  threshold: 10,
  periods: 3,
  missingData: 'notBreaching',
};

const serviceErrors: Kind = {
  description:
    'The services answer with 5xx, more than 25 a minute for five minutes. Look at their logs, the database and Redis.',
  namespace,
  metric: 'HTTPCode_Target_5XX_Count',
  statistic: 'Sum',
  comparison: 'GreaterThanThreshold',
  threshold: 25,
  missingData: 'notBreaching',
};

const latency: Kind = {
  description:
    'The services take more than 2 seconds on average for five minutes. Look at the load of the nodes, the autoscalers and the slow queries of the database.',
  namespace,
  metric: 'TargetResponseTime',
  statistic: 'Average',
  comparison: 'GreaterThanThreshold',
  threshold: 2,
  missingData: 'notBreaching',
};
