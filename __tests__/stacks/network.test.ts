import { spawnSync } from 'node:child_process';
import { DefaultSecurityGroup } from '@cdktf/provider-aws/lib/default-security-group';
import { Instance } from '@cdktf/provider-aws/lib/instance';
import { NatGateway } from '@cdktf/provider-aws/lib/nat-gateway';
import { Subnet } from '@cdktf/provider-aws/lib/subnet';
import { Vpc } from '@cdktf/provider-aws/lib/vpc';
import { VpcEndpoint } from '@cdktf/provider-aws/lib/vpc-endpoint';
import { Testing } from 'cdktf';
import { platform, resources } from './synthesized';

Testing.setupJest();

const hasShellcheck = spawnSync('shellcheck', ['--version']).status === 0;
if (!hasShellcheck) console.warn('skipped: the NAT script under shellcheck: no shellcheck on this machine');
const maybe = hasShellcheck ? it : it.skip;

describe('the network', () => {
  const json = platform({ network: { cidr: '10.20.0.0/16' } });

  it('is one block with a private, a data and a public subnet in each zone', () => {
    expect(json).toHaveResourceWithProperties(Vpc, {
      cidr_block: '10.20.0.0/16',
      enable_dns_hostnames: true,
    });
    for (const [zone, cidr] of [
      ['ap-northeast-2a', '10.20.0.0/20'],
      ['ap-northeast-2b', '10.20.16.0/20'],
      ['ap-northeast-2a', '10.20.128.0/24'],
      ['ap-northeast-2b', '10.20.129.0/24'],
      ['ap-northeast-2a', '10.20.255.0/24'],
      ['ap-northeast-2b', '10.20.254.0/24'],
    ]) {
      expect(json).toHaveResourceWithProperties(Subnet, {
        availability_zone: zone,
        cidr_block: cidr,
        map_public_ip_on_launch: false,
      });
    }
    expect(resources(json, 'aws_subnet')).toHaveLength(6);
  });

  it('gives data stores subnets without a way out, and puts the cache there', () => {
    const routed = resources(json, 'aws_route').map(({ route_table_id }) => String(route_table_id));
    expect(routed.length).toBeGreaterThan(0);
    for (const table of routed) expect(table).not.toContain('network_data_');
    const associated = resources(json, 'aws_route_table_association').filter(({ subnet_id }) =>
      String(subnet_id).includes('_data-'),
    );
    expect(associated.map(({ route_table_id }) => route_table_id)).toEqual([
      expect.stringContaining('network_data_'),
      expect.stringContaining('network_data_'),
    ]);
    expect(resources(json, 'aws_elasticache_subnet_group')[0]?.subnet_ids).toEqual([
      expect.stringContaining('_data-a_'),
      expect.stringContaining('_data-b_'),
    ]);
  });

  it('has interface endpoints of Systems Manager by choice, in the private subnets, for the VPC alone', () => {
    const interfaces = (one: string) =>
      resources(one, 'aws_vpc_endpoint').filter(({ vpc_endpoint_type }) => vpc_endpoint_type === 'Interface');
    expect(interfaces(json)).toEqual([]);
    const endpoints = interfaces(platform({ network: { ssmEndpoints: true } }));
    expect(endpoints.map(({ service_name }) => String(service_name).split('.').at(-1)).sort()).toEqual([
      'ec2messages',
      'ssm',
      'ssmmessages',
    ]);
    for (const endpoint of endpoints) {
      expect(endpoint).toMatchObject({
        private_dns_enabled: true,
        subnet_ids: [expect.stringContaining('private-a'), expect.stringContaining('private-b')],
      });
    }
  });

  it('logs what it rejects, encrypted, for as long as it is told', () => {
    expect(resources(json, 'aws_flow_log')[0]).toMatchObject({ traffic_type: 'REJECT' });
    const groups = resources(platform({ network: { flowLogs: { days: 365 } } }), 'aws_cloudwatch_log_group');
    expect(groups.find(({ name }) => name === '/stagecraft-test/vpc-flow')).toMatchObject({
      retention_in_days: 365,
      kms_key_id: expect.stringContaining('aws_kms_key'),
    });
    expect(resources(platform({ network: { flowLogs: { traffic: 'none' } } }), 'aws_flow_log')).toEqual([]);
  });

  it('is ready for IPv6 by choice: blocks of their own, a way out of private subnets, none of data subnets', () => {
    const dual = platform({ network: { ipv6: true } });
    expect(dual).toHaveResourceWithProperties(Vpc, { assign_generated_ipv6_cidr_block: true });
    const blocks = resources(dual, 'aws_subnet').map(({ ipv6_cidr_block }) => String(ipv6_cidr_block));
    expect(new Set(blocks).size).toBe(6);
    const out = resources(dual, 'aws_route').filter((route) => route.egress_only_gateway_id !== undefined);
    expect(out.map(({ route_table_id }) => route_table_id)).toEqual([
      expect.stringContaining('private-a'),
      expect.stringContaining('private-b'),
    ]);
    expect(resources(json, 'aws_egress_only_internet_gateway')).toEqual([]);
  });

  it('closes the default security group', () => {
    expect(json).toHaveResource(DefaultSecurityGroup);
    const [closed] = resources(json, 'aws_default_security_group');
    expect(closed).not.toHaveProperty('ingress');
    expect(closed).not.toHaveProperty('egress');
  });

  it('reaches S3 without the NAT, from every private subnet', () => {
    expect(json).toHaveResourceWithProperties(VpcEndpoint, {
      vpc_endpoint_type: 'Gateway',
      service_name: 'com.amazonaws.ap-northeast-2.s3',
    });
    expect(resources(json, 'aws_vpc_endpoint')[0]?.route_table_ids).toEqual([
      expect.stringContaining('private-a'),
      expect.stringContaining('private-b'),
    ]);
  });
});

describe('the NAT', () => {
  /** Where the private subnets send what leaves the VPC, in the order of the zones. */
  function targets(json: string): readonly unknown[] {
    return resources(json, 'aws_route')
      .filter(({ gateway_id }) => gateway_id === undefined)
      .map(({ nat_gateway_id, network_interface_id }) => nat_gateway_id ?? network_interface_id);
  }

  it('is one instance that forwards, does not check sources and keeps rules over a reboot', () => {
    const json = platform({ network: { nat: 'instance' } });
    expect(json).not.toHaveResource(NatGateway);
    expect(json).toHaveResourceWithProperties(Instance, {
      instance_type: 't4g.nano',
      source_dest_check: false,
    });
    expect(new Set(targets(json)).size).toBe(1);
    expect(targets(json)).toHaveLength(2);
    expect(targets(json)[0]).toMatch(/aws_instance\..*primary_network_interface_id/);
    const [nat] = resources(json, 'aws_instance').filter(({ user_data }) => user_data !== undefined);
    expect(nat?.user_data).toContain('net.ipv4.ip_forward = 1');
    expect(nat?.user_data).toContain('ip saddr 10.0.0.0/16 ip daddr != 10.0.0.0/16 masquerade');
    expect(nat?.user_data).toContain('systemctl enable nftables.service');
  });

  it('is one gateway for all zones', () => {
    const json = platform({ network: { nat: 'gateway' } });
    expect(resources(json, 'aws_nat_gateway')).toHaveLength(1);
    expect(json).not.toHaveResourceWithProperties(Instance, { instance_type: 't4g.nano' });
    expect(targets(json)).toHaveLength(2);
    expect(new Set(targets(json)).size).toBe(1);
  });

  it('is one gateway in each zone', () => {
    const json = platform({ network: { nat: 'gateway-per-az' } });
    expect(resources(json, 'aws_nat_gateway').map(({ subnet_id }) => subnet_id)).toEqual([
      expect.stringContaining('public-a'),
      expect.stringContaining('public-b'),
    ]);
    expect(resources(json, 'aws_eip')).toHaveLength(2);
    expect(targets(json)).toEqual([expect.stringContaining('nat-a'), expect.stringContaining('nat-b')]);
  });

  it('recovers by itself, as an instance, and tells', () => {
    const alarms = resources(platform({ network: { nat: 'instance' } }), 'aws_cloudwatch_metric_alarm');
    const named = (name: string) => alarms.find(({ alarm_name }) => alarm_name === name);
    expect(named('stagecraft-test-nat-system')).toMatchObject({
      metric_name: 'StatusCheckFailed_System',
      alarm_actions: [
        expect.stringContaining('aws_sns_topic'),
        expect.stringMatching(/:automate:ap-northeast-2:ec2:recover$/),
      ],
    });
    expect(named('stagecraft-test-nat-instance')?.alarm_actions).toContainEqual(
      expect.stringMatching(/:ec2:reboot$/),
    );
    // Half an hour: a new instance begins without credits, and has earned three by then.
    expect(named('stagecraft-test-nat-credits')).toMatchObject({
      metric_name: 'CPUCreditBalance',
      comparison_operator: 'LessThanThreshold',
      threshold: 1,
      period: 300,
      evaluation_periods: 6,
    });
  });

  maybe('starts by a script that shellcheck has nothing against', () => {
    const json = platform({ network: { nat: 'instance' } });
    const [nat] = resources(json, 'aws_instance').filter(({ user_data }) => user_data !== undefined);
    const { stdout, status } = spawnSync('shellcheck', ['--shell=sh', '-'], {
      input: String(nat?.user_data),
      encoding: 'utf8',
    });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });
});
