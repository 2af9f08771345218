import { Lb } from '@cdktf/provider-aws/lib/lb';
import { LbListener } from '@cdktf/provider-aws/lib/lb-listener';
import { LbTargetGroup } from '@cdktf/provider-aws/lib/lb-target-group';
import { Testing } from 'cdktf';
import { domains, edgeStack } from './edge-stack';
import { resources, statements } from './synthesized';

Testing.setupJest();

describe('the load balancer', () => {
  const json = edgeStack({ domains, nodeGroups: { general: { count: 2 } } });

  it('is public, in two zones, with the original idle timeout, and drops invalid headers', () => {
    const [balancer] = resources(json, 'aws_lb');
    expect(balancer).toMatchObject({
      internal: false,
      idle_timeout: 300,
      drop_invalid_header_fields: true,
      preserve_host_header: true,
      enable_deletion_protection: false,
    });
    expect(balancer?.subnets).toEqual([
      expect.stringContaining('public-a'),
      expect.stringContaining('public-b'),
    ]);
  });

  it('asks for health where the requests go, and where ingress-nginx answers it', () => {
    expect(json).toHaveResourceWithProperties(LbTargetGroup, {
      port: 30_080,
      protocol: 'HTTP',
      target_type: 'instance',
      deregistration_delay: '60',
      health_check: expect.objectContaining({ path: '/healthz', port: 'traffic-port', matcher: '200' }),
    });
  });

  it('serves HTTPS with TLS 1.2 and 1.3 under the validated certificate, and sends HTTP there', () => {
    expect(json).toHaveResourceWithProperties(LbListener, {
      port: 443,
      protocol: 'HTTPS',
      ssl_policy: 'ELBSecurityPolicy-TLS13-1-2-Res-2021-06',
      certificate_arn: expect.stringMatching(/aws_acm_certificate_validation\.edge_api-certificate/),
    });
    const http = resources(json, 'aws_lb_listener').find(({ port }) => port === 80);
    expect(http?.default_action).toEqual([
      { type: 'redirect', redirect: { protocol: 'HTTPS', port: '443', status_code: 'HTTP_301' } },
    ]);
  });

  it('sends to every node, servers too', () => {
    expect(resources(json, 'aws_lb_target_group_attachment').map(({ target_id }) => target_id)).toEqual([
      'i-test-general-1',
      'i-test-general-2',
      'i-test-server-1',
    ]);
  });

  it('forwards everything where anyone is admitted', () => {
    expect(resources(json, 'aws_lb_listener_rule')).toEqual([]);
    const https = resources(json, 'aws_lb_listener').find(({ port }) => port === 443);
    expect(https?.default_action).toEqual([expect.objectContaining({ type: 'forward' })]);
  });

  it.each([
    ['with host names', { domains }, 443],
    ['without', {}, 80],
  ])('refuses distributions of others where CloudFront alone is admitted, %s', (_, names, port) => {
    const locked = edgeStack({
      ...names,
      edge: { loadBalancer: { admit: 'cloudfront', admitAlso: ['203.0.113.0/24'] } },
    });
    const listener = resources(locked, 'aws_lb_listener').find((one) => one.port === port);
    expect(listener?.default_action).toEqual([
      { type: 'fixed-response', fixed_response: { content_type: 'text/plain', status_code: '403' } },
    ]);
    const [distribution] = resources(locked, 'aws_cloudfront_distribution');
    const api = [distribution?.origin].flat().find((one) => Object(one).origin_id === 'api');
    const [mark] = Object(api).custom_header;
    const rules = resources(locked, 'aws_lb_listener_rule');
    expect(rules.map(({ condition }) => condition)).toEqual(
      expect.arrayContaining([
        [{ http_header: { http_header_name: mark.name, values: [mark.value] } }],
        [{ source_ip: { values: ['203.0.113.0/24'] } }],
      ]),
    );
    for (const { action } of rules) expect(action).toEqual([expect.objectContaining({ type: 'forward' })]);
  });

  it('reaches one port of the nodes, and the nodes let it', () => {
    const out = resources(json, 'aws_vpc_security_group_egress_rule').filter(({ security_group_id }) =>
      String(security_group_id).includes('edge'),
    );
    expect(out).toEqual([
      expect.objectContaining({
        from_port: 30_080,
        to_port: 30_080,
        referenced_security_group_id: expect.stringContaining('firewall_nodes'),
      }),
    ]);
    const admitted = resources(json, 'aws_vpc_security_group_ingress_rule').filter(
      ({ from_port }) => from_port === 30_080,
    );
    expect(admitted).toEqual([
      expect.objectContaining({
        security_group_id: expect.stringContaining('firewall_nodes'),
        referenced_security_group_id: expect.stringContaining('edge_load-balancer'),
      }),
    ]);
  });

  it('logs to a private bucket that it may write, and only its own folder', () => {
    const [balancer] = resources(json, 'aws_lb');
    expect(balancer?.access_logs).toMatchObject({ enabled: true, prefix: 'load-balancer' });
    expect(balancer?.depends_on).toEqual([expect.stringContaining('aws_s3_bucket_policy.edge_logs')]);
    const writes = resources(json, 'aws_s3_bucket_policy')
      .flatMap(({ policy }) => statements(policy))
      .find(({ Sid }) => Sid === 'LoadBalancerWrites');
    expect(writes).toMatchObject({
      Principal: { Service: 'logdelivery.elasticloadbalancing.amazonaws.com' },
      Action: ['s3:PutObject'],
      Resource: [expect.stringMatching(/\/load-balancer\/AWSLogs\/.*account_id}\/\*$/)],
    });
  });

  it('says when no node is healthy, even if it says nothing', () => {
    const alarm = resources(json, 'aws_cloudwatch_metric_alarm').find(({ alarm_name }) =>
      String(alarm_name).endsWith('lb-no-node'),
    );
    expect(alarm).toMatchObject({ metric_name: 'HealthyHostCount', treat_missing_data: 'breaching' });
  });

  it('can not be deleted in production', () => {
    expect(edgeStack({ name: 'prod', production: true, domains })).toHaveResourceWithProperties(Lb, {
      enable_deletion_protection: true,
    });
  });

  it('keeps within the 32 characters of AWS at the longest names', () => {
    const longest = edgeStack({ name: 'e'.repeat(11), project: 'p'.repeat(20), domains });
    expect(String(resources(longest, 'aws_lb')[0]?.name)).toHaveLength(32);
    expect(String(resources(longest, 'aws_lb_target_group')[0]?.name)).toHaveLength(32);
  });
});

describe('who may connect to the load balancer', () => {
  /** Source and port of what comes in. */
  function admitted(json: string): readonly unknown[] {
    return resources(json, 'aws_vpc_security_group_ingress_rule')
      .filter(({ security_group_id }) => String(security_group_id).includes('edge_load-balancer'))
      .map(({ cidr_ipv4, prefix_list_id, from_port }) => [cidr_ipv4 ?? prefix_list_id, from_port]);
  }
  const list = expect.stringContaining('aws_ec2_managed_prefix_list');

  it('is anyone, by HTTPS, or by HTTP to be sent on', () => {
    expect(admitted(edgeStack({ domains }))).toEqual([
      ['0.0.0.0/0', 80],
      ['0.0.0.0/0', 443],
    ]);
  });

  it('is CloudFront and the admitted blocks, on one port: the list takes 55 rules of 60', () => {
    const json = edgeStack({
      domains,
      edge: { loadBalancer: { admit: 'cloudfront', admitAlso: ['203.0.113.0/24'] } },
    });
    expect(resources(json, 'aws_ec2_managed_prefix_list', 'data')).toEqual([
      expect.objectContaining({ name: 'com.amazonaws.global.cloudfront.origin-facing' }),
    ]);
    expect(admitted(json)).toEqual([
      ['203.0.113.0/24', 443],
      [list, 443],
    ]);
  });

  it('is CloudFront alone where there is no certificate', () => {
    const json = edgeStack();
    expect(admitted(json)).toEqual([[list, 80]]);
    expect(resources(json, 'aws_lb_listener')).toEqual([
      expect.objectContaining({
        port: 80,
        default_action: [expect.objectContaining({ type: 'fixed-response' })],
      }),
    ]);
  });
});
