import { resource, type TerraformConfiguration } from '../../../stacks/terraform/configuration';

/** A stack with what a whole platform has beside its network and nodes: load balancer, edge, stores, messages. */
export function withEverything(stack: TerraformConfiguration): TerraformConfiguration {
  const ref = (address: string) => `\${${address}.id}`;
  const nodes = stack.ofType('aws_security_group').find(({ path }) => path.endsWith('/nodes'));
  const group = (name: string) => resource('aws_security_group', name, { name: `stagecraft-${name}` });
  const [balancer, cache] = [group('prod-load-balancer'), group('prod-cache')];
  const allow = (to: string, values: Readonly<Record<string, unknown>>) =>
    resource('aws_vpc_security_group_ingress_rule', `rule-${to}-${JSON.stringify(values).length}`, {
      security_group_id: ref(to),
      ip_protocol: 'tcp',
      ...values,
    });
  return stack.with([
    ...stack.resources,
    balancer,
    cache,
    resource('aws_lb', 'balancer', {
      security_groups: [ref(balancer.address)],
      subnets: ['${a.b}', '${c.d}'],
    }),
    resource('aws_elasticache_replication_group', 'cache', {
      engine: 'redis',
      node_type: 'cache.t4g.micro',
      num_node_groups: 1,
      replicas_per_node_group: 1,
      security_group_ids: [ref(cache.address)],
    }),
    allow(balancer.address, { cidr_ipv4: '0.0.0.0/0', from_port: 443, to_port: 443 }),
    allow(balancer.address, { cidr_ipv4: '0.0.0.0/0', from_port: 80, to_port: 80 }),
    allow(balancer.address, { prefix_list_id: 'pl-1', from_port: 443, to_port: 443 }),
    allow(cache.address, {
      referenced_security_group_id: ref(nodes?.address ?? ''),
      from_port: 6379,
      to_port: 6379,
    }),
    allow(nodes?.address ?? '', {
      referenced_security_group_id: ref(balancer.address),
      from_port: 30_080,
      to_port: 30_080,
    }),
    resource('aws_cloudfront_distribution', 'site'),
    resource('aws_wafv2_web_acl', 'firewall', { scope: 'CLOUDFRONT', rule: [{}, {}] }),
    resource('aws_route53_record', 'apex'),
    resource('aws_s3_bucket', 'site'),
    resource('aws_sqs_queue', 'tickets', { fifo_queue: true }),
    resource('aws_sns_topic', 'events', { fifo_topic: true }),
    resource('aws_backup_plan', 'daily', { rule: [{}] }),
    resource('aws_cloudwatch_metric_alarm', 'late'),
    resource('aws_cloudwatch_log_group', 'flow', { retention_in_days: 30 }),
  ]);
}
