import { estimate, type Item, pricedTypes } from '../../../stacks/cost/estimate';
import { freeTypes } from '../../../stacks/cost/free';
import { usageOf } from '../../../stacks/cost/usage';
import {
  parseConfiguration,
  type Resource,
  resource,
  TerraformConfiguration,
} from '../../../stacks/terraform/configuration';

const usage = usageOf({ production: true });

function items(resources: readonly Resource[], region = 'ap-northeast-2'): readonly Item[] {
  return estimate({ name: 'test', region, stack: new TerraformConfiguration(resources), usage }).items;
}

/** The only resource's item. */
function item(type: string, values: Readonly<Record<string, unknown>>, region?: string): Item {
  const [only] = items([resource(type, 'it', values)], region);
  if (only === undefined) throw new Error('no item');
  return only;
}

function usd(found: Item): number {
  if (found.status !== 'priced') throw new Error(`${found.address} is ${found.status}`);
  return found.monthlyUsd;
}

describe('an estimate', () => {
  it('prices an instance by the hour, with its disk', () => {
    const machine = {
      instance_type: 't3.medium',
      root_block_device: { volume_size: 30, volume_type: 'gp3' },
    };
    expect(usd(item('aws_instance', machine))).toBeCloseTo(730 * 0.052 + 30 * 0.0912);
    expect(usd(item('aws_instance', machine, 'us-east-1'))).toBeCloseTo(730 * 0.0416 + 30 * 0.08);
  });

  it('prices spot capacity at the assumed share, and never the disk', () => {
    const machine = {
      instance_type: 't3.large',
      instance_market_options: { market_type: 'spot' },
      root_block_device: [{ volume_size: 10 }],
    };
    expect(usd(item('aws_instance', machine))).toBeCloseTo(730 * 0.104 * usage.spotShare + 10 * 0.0912);
  });

  it('knows the bucket of an issuer of tokens, which holds next to nothing', () => {
    const bucket = resource('aws_s3_bucket', 'issuer', { bucket: 'issuer' });
    const other = resource('aws_s3_bucket', 'other', { bucket: 'other' });
    const provider = resource('aws_iam_openid_connect_provider', 'it', {
      url: `https://\${${bucket.address}.bucket_regional_domain_name}`,
    });
    expect(items([bucket, other, provider]).map(({ status }) => status)).toEqual(['free', 'priced', 'free']);
  });

  it('takes from a launch template what the instance leaves out', () => {
    const template = resource('aws_launch_template', 'template', {
      instance_type: 't3.medium',
      instance_market_options: [{ market_type: 'spot' }],
      block_device_mappings: [{ ebs: { volume_size: 20, volume_type: 'gp3' } }],
    });
    const machine = resource('aws_instance', 'it', { launch_template: { id: `\${${template.address}.id}` } });
    const [, found] = items([template, machine]);
    expect(found && usd(found)).toBeCloseTo(730 * 0.052 * usage.spotShare + 20 * 0.0912);
  });

  it('prices a group by what it wants, some of it on demand', () => {
    const template = resource('aws_launch_template', 'template', { instance_type: 't3.medium' });
    const group = resource('aws_autoscaling_group', 'it', {
      desired_capacity: 3,
      mixed_instances_policy: {
        instances_distribution: { on_demand_base_capacity: 1, on_demand_percentage_above_base_capacity: 0 },
        launch_template: {
          launch_template_specification: { launch_template_id: `\${${template.address}.id}` },
        },
      },
    });
    const [, found] = items([template, group]);
    expect(found && usd(found)).toBeCloseTo(730 * 0.052 * (1 + 2 * usage.spotShare) + 3 * 8 * 0.0912);
  });

  it.each<[string, string, Readonly<Record<string, unknown>>, number]>([
    [
      'throughput beyond what gp3 includes',
      'aws_ebs_volume',
      { type: 'gp3', size: 100, throughput: 225 },
      100 * 0.0912 + 100 * 0.0456,
    ],
    [
      'a Multi-AZ database',
      'aws_db_instance',
      {
        engine: 'mysql',
        instance_class: 'db.t4g.micro',
        multi_az: true,
        storage_type: 'gp3',
        allocated_storage: 20,
      },
      730 * 0.051 + 20 * 0.262,
    ],
    [
      'every node of a cache',
      'aws_elasticache_replication_group',
      { engine: 'valkey', node_type: 'cache.t4g.micro', num_node_groups: 1, replicas_per_node_group: 1 },
      2 * 730 * 0.0192,
    ],
    [
      'an interface endpoint in each of its zones',
      'aws_vpc_endpoint',
      { vpc_endpoint_type: 'Interface', subnet_ids: ['a', 'b'] },
      2 * 730 * 0.013 + 0.01 * usage.endpointGb,
    ],
    [
      'the rules of a web ACL',
      'aws_wafv2_web_acl',
      { scope: 'REGIONAL', rule: [{}, {}, {}] },
      5 + 3 + 0.6 * usage.apiMillions,
    ],
    ['an EKS control plane', 'aws_eks_cluster', {}, 73],
    ['a key', 'aws_kms_key', {}, 1 + 0.03 * usage.kmsTenThousands],
  ])('prices %s', (_, type, values, expected) => {
    expect(usd(item(type, values))).toBeCloseTo(expected);
  });

  it('prices a load balancer with an address in each zone', () => {
    const found = item('aws_lb', { subnets: ['a', 'b', 'c'] });
    const addresses =
      found.status === 'priced' && found.charges.find(({ price }) => price === 'publicIpv4.hour');
    expect(addresses).toMatchObject({ quantity: 3 * 730 });
  });

  it('prices detailed monitoring, which the instance itself does not include', () => {
    const machine = { instance_type: 't3.medium', root_block_device: { volume_size: 30 } };
    expect(usd(item('aws_instance', { ...machine, monitoring: true }))).toBeCloseTo(
      usd(item('aws_instance', machine)) + 7 * 0.3,
    );
  });

  it('prices what one way out carries for nodes in zones without one, in both directions', () => {
    const subnet = (zone: string) => resource('aws_subnet', zone, { availability_zone: zone });
    const machine = (name: string, zone: string, more = {}) =>
      resource('aws_instance', name, {
        instance_type: 't4g.nano',
        subnet_id: `\${aws_subnet.${zone}.id}`,
        ...more,
      });
    const nat = machine('nat', 'a', { source_dest_check: false });
    const crossing = (...nodes: readonly Resource[]) =>
      items([subnet('a'), subnet('b'), nat, ...nodes])
        .flatMap((found) => (found.status === 'priced' ? found.charges : []))
        .filter(({ price }) => price === 'transfer.betweenZones')
        .map(({ quantity }) => quantity);
    expect(crossing(machine('one', 'a'))).toEqual([]);
    expect(crossing(machine('one', 'a'), machine('two', 'b'))).toEqual([usage.natGb]);
  });

  it('assumes less of a flow log that keeps only what is turned away', () => {
    const log = (traffic_type: string) => usd(item('aws_flow_log', { traffic_type }));
    expect(log('REJECT')).toBeLessThan(log('ALL') / 5);
  });

  it('says which quantities are assumed', () => {
    const found = item('aws_nat_gateway', {});
    expect(found.status === 'priced' && found.charges.map(({ assumed }) => assumed ?? false)).toEqual([
      false,
      true,
    ]);
  });

  it('prices a resource where it is', () => {
    const stack = parseConfiguration({
      provider: { aws: [{ region: 'ap-northeast-2' }, { alias: 'virginia', region: 'us-east-1' }] },
      resource: {
        aws_secretsmanager_secret: { a: {} },
        aws_cloudwatch_log_group: {
          here: { retention_in_days: 30 },
          there: { retention_in_days: 30, provider: 'aws.virginia' },
          own: { retention_in_days: 30, region: 'us-east-1' },
        },
      },
    });
    const { items: found } = estimate({ name: 'test', region: 'ap-northeast-2', stack, usage });
    const amounts = found.filter(({ type }) => type === 'aws_cloudwatch_log_group').map(usd);
    expect(amounts[1]).toBeLessThan(amounts[0] ?? 0);
    expect(amounts[2]).toBe(amounts[1]);
  });
});

describe('what is not known', () => {
  it.each<[string, string, Readonly<Record<string, unknown>>, string | undefined]>([
    ['a type that nobody priced', 'aws_msk_cluster', {}, undefined],
    ['an instance type without a price', 'aws_instance', { instance_type: 'x9.huge' }, undefined],
    ['a region without a table', 'aws_instance', { instance_type: 't3.medium' }, 'eu-central-1'],
    [
      'a rule group that AWS bills extra',
      'aws_wafv2_web_acl',
      { rule: [{ name: 'AWSManagedRulesBotControlRuleSet' }] },
      undefined,
    ],
    ['a metric that CloudFront bills extra', 'aws_cloudfront_monitoring_subscription', {}, undefined],
    ['a type named like a method of every object', 'constructor', {}, undefined],
  ])('is unknown, never 0: %s', (_, type, values, region) => {
    const found = item(type, values, region);
    expect(found.status).toBe('unknown');
    expect(found).not.toHaveProperty('monthlyUsd');
  });

  it('is counted, and stays out of the total', () => {
    const stack = new TerraformConfiguration([
      resource('aws_msk_cluster', 'a'),
      resource('aws_eks_cluster', 'b'),
    ]);
    const found = estimate({ name: 'test', region: 'ap-northeast-2', stack, usage });
    expect(found).toMatchObject({ unknown: 1, monthlyUsd: 73 });
  });
});

describe('what is free', () => {
  it('is listed as free, with the reason', () => {
    expect(item('aws_subnet', {})).toMatchObject({ status: 'free', why: expect.stringContaining('VPC') });
    expect(item('aws_vpc_endpoint', { vpc_endpoint_type: 'Gateway' })).toMatchObject({ status: 'free' });
  });

  it('is a topic that only alarms tell', () => {
    const topic = resource('aws_sns_topic', 'topic');
    const alarm = resource('aws_cloudwatch_metric_alarm', 'alarm', {
      alarm_actions: ['${aws_sns_topic.topic.arn}'],
    });
    expect(items([topic, alarm])[0]).toMatchObject({ status: 'free' });
    expect(items([topic])[0]).toMatchObject({ status: 'priced' });
  });

  it('is never priced as well', () => {
    expect(freeTypes.filter((type) => pricedTypes.includes(type))).toEqual([]);
  });
});
