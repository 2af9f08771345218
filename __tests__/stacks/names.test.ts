import { platform } from './synthesized';

/** Everything an environment can have, at the longest names that the schema lets through. */
const json = platform({
  project: 'p'.repeat(20),
  name: 'e'.repeat(11),
  production: true,
  network: {
    ssmEndpoints: true,
    availabilityZones: ['ap-northeast-2a', 'ap-northeast-2b', 'ap-northeast-2c'],
    flowLogs: { traffic: 'all' },
  },
  servers: { count: 3 },
  nodeGroups: { ['g'.repeat(20)]: { count: 1 } },
  domains: { zone: 'example.com', site: 'example.com', api: 'api.example.com' },
  edge: { hostedZone: 'create', firewall: { allow: ['203.0.113.0/24'], botControl: true } },
  database: { mode: 'rds' },
  redis: { engine: 'valkey', shards: 2 },
  messaging: { topic: 't'.repeat(38), queues: { ['q'.repeat(38)]: { subscribed: true } } },
  backup: { copyToRegion: 'ap-northeast-1' },
  github: {
    owner: 'acme',
    repositories: { a: 'a' },
    infrastructure: 'infrastructure',
    frontend: 'web',
    settings: 'none',
  },
});

/** Names that AWS takes, by resource type: from the references of the services' APIs. */
const allowed: Readonly<Record<string, readonly [property: string, pattern: RegExp]>> = {
  aws_backup_plan: ['name', /^[\w.-]{1,50}$/],
  aws_backup_selection: ['name', /^[\w.-]{1,50}$/],
  aws_backup_vault: ['name', /^[\w-]{2,50}$/],
  aws_budgets_budget: ['name', /^[^:\\]{1,100}$/],
  aws_cloudfront_cache_policy: ['name', /^[\w-]{1,128}$/],
  aws_cloudfront_function: ['name', /^[\w-]{1,64}$/],
  aws_cloudfront_origin_access_control: ['name', /^.{1,64}$/],
  aws_cloudfront_response_headers_policy: ['name', /^[\w-]{1,128}$/],
  aws_cloudwatch_log_delivery_destination: ['name', /^[\w-]{1,60}$/],
  aws_cloudwatch_log_delivery_source: ['name', /^[\w-]{1,60}$/],
  aws_cloudwatch_log_group: ['name', /^[\w./#-]{1,512}$/],
  aws_cloudwatch_metric_alarm: ['alarm_name', /^.{1,255}$/],
  aws_db_instance: ['identifier', /^[a-z](-?[a-z0-9])*$(?<=^.{1,63})/],
  aws_db_parameter_group: ['name', /^[a-z](-?[a-z0-9])*$(?<=^.{1,255})/],
  aws_db_subnet_group: ['name', /^[a-z0-9 ._-]{1,255}$/],
  aws_elasticache_parameter_group: ['name', /^[a-z](-?[a-z0-9])*$(?<=^.{1,255})/],
  aws_elasticache_replication_group: ['replication_group_id', /^[a-z](-?[a-z0-9])*$(?<=^.{1,40})/],
  aws_elasticache_subnet_group: ['name', /^[a-z0-9-]{1,255}$/],
  aws_elasticache_user: ['user_id', /^[a-z][a-z0-9-]{0,39}$/],
  aws_elasticache_user_group: ['user_group_id', /^[a-z][a-z0-9-]{0,39}$/],
  aws_iam_instance_profile: ['name', /^[\w+=,.@-]{1,128}$/],
  aws_iam_policy: ['name', /^[\w+=,.@-]{1,128}$/],
  aws_iam_role: ['name', /^[\w+=,.@-]{1,64}$/],
  aws_iam_role_policy: ['name', /^[\w+=,.@-]{1,128}$/],
  aws_kms_alias: ['name', /^alias\/(?!aws\/)[\w/-]{1,250}$/],
  aws_launch_template: ['name', /^[\w()./-]{3,128}$/],
  aws_lb: ['name', /^(?!internal-)[A-Za-z0-9](-?[A-Za-z0-9])*$(?<=^.{1,32})/],
  aws_lb_target_group: ['name', /^[A-Za-z0-9](-?[A-Za-z0-9])*$(?<=^.{1,32})/],
  aws_s3_bucket: ['bucket', /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/],
  aws_security_group: ['name', /^(?!sg-)[A-Za-z0-9 ._\-:/()#,@[\]+=&;{}!$*]{1,255}$/],
  aws_sns_topic: ['name', /^[\w-]{1,251}(\.fifo)?$/],
  aws_sqs_queue: ['name', /^[\w-]{1,75}\.fifo$/],
  aws_ssm_document: ['name', /^(?!aws|amazon|amzn)[\w.-]{3,128}$/i],
  aws_wafv2_ip_set: ['name', /^[\w-]{1,128}$/],
  aws_wafv2_web_acl: ['name', /^[\w-]{1,128}$/],
};

/** Their names are names of something else: hosts, repositories, what AWS itself calls a service. */
const others = ['aws_route53_record', 'aws_route53_zone'];

type Resources = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
const synthesized: Resources = JSON.parse(json).resource;

describe('names at their longest', () => {
  it.each(Object.keys(allowed))('%s', (type) => {
    const [property, pattern] = allowed[type] ?? ['', /^$/];
    const names = Object.values(synthesized[type] ?? {}).map((values) =>
      String(values[property]).replaceAll(/\$\{data\.aws_caller_identity\.[^}]*\}/g, '123456789012'),
    );
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(name).toMatch(pattern);
  });

  it('are all looked at', () => {
    const named = Object.entries(synthesized)
      .filter(([, byId]) => Object.values(byId).some((values) => 'name' in values))
      .map(([type]) => type);
    expect(named.filter((type) => !(type in allowed) && !others.includes(type))).toEqual([]);
  });
});
