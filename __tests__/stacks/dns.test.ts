import { Route53Record } from '@cdktf/provider-aws/lib/route53-record';
import { Route53Zone } from '@cdktf/provider-aws/lib/route53-zone';
import { Testing } from 'cdktf';
import type { Edge } from '../../stacks/constructs/edge';
import { domains, edgeStack } from './edge-stack';
import { resources } from './synthesized';

Testing.setupJest();

const tools = ['alert', 'argocd', 'grafana', 'prometheus'];

describe('the names of an environment', () => {
  const json = edgeStack({ domains });

  /** Hosts of the records of a type whose alias leads to such a resource. */
  function aliases(type: string, target: string): readonly unknown[] {
    return resources(json, 'aws_route53_record')
      .filter((record) => record.type === type && JSON.stringify(record.alias ?? '').includes(target))
      .map(({ name }) => name);
  }

  it('are in a zone that is looked up', () => {
    expect(json).not.toHaveResource(Route53Zone);
    expect(resources(json, 'aws_route53_zone', 'data')).toEqual([
      expect.objectContaining({ name: 'example.com', private_zone: false }),
    ]);
  });

  it('lead to CloudFront, over IPv4 and IPv6, apex included', () => {
    const hosts = ['example.com', 'www.example.com'];
    expect(aliases('A', 'aws_cloudfront_distribution')).toEqual(hosts);
    expect(aliases('AAAA', 'aws_cloudfront_distribution')).toEqual(hosts);
  });

  it('lead to the load balancer for the API and the tools', () => {
    expect(aliases('A', 'aws_lb.').toSorted()).toEqual(
      ['api.example.com', ...tools.map((tool) => `${tool}.example.com`)].sort(),
    );
    expect(aliases('AAAA', 'aws_lb.')).toEqual([]);
  });

  it('have certificates by Amazon only, and no record outside their hosts', () => {
    expect(json).toHaveResourceWithProperties(Route53Record, {
      name: 'api.example.com',
      type: 'CAA',
      records: ['0 issue "amazon.com"', '0 issuewild ";"'],
    });
    const dev = edgeStack({
      domains: {
        zone: 'example.com',
        site: 'dev.example.com',
        api: 'devapi.example.com',
        toolsPrefix: 'dev',
      },
    });
    const names = resources(dev, 'aws_route53_record')
      .map(({ name }) => String(name))
      .filter((name) => !name.startsWith('${'));
    expect([...new Set(names)].sort()).toEqual(
      ['dev.example.com', 'devapi.example.com', ...tools.map((tool) => `dev${tool}.example.com`)].sort(),
    );
  });

  it('leave who may certify the rest of a zone to its owner: at the apex only where the zone is made here', () => {
    const certified = (stack: string) =>
      resources(stack, 'aws_route53_record')
        .filter(({ type }) => type === 'CAA')
        .map(({ name }) => name);
    expect(certified(json)).toContain('www.example.com');
    expect(certified(json)).not.toContain('example.com');
    expect(certified(edgeStack({ domains, edge: { hostedZone: 'create' } }))).toContain('example.com');
  });

  it('are in a new zone where that is asked for, which production keeps', () => {
    const created = edgeStack({ domains, edge: { hostedZone: 'create' } });
    expect(created).toHaveResourceWithProperties(Route53Zone, { name: 'example.com', force_destroy: true });
    const prod = edgeStack({ name: 'prod', production: true, domains, edge: { hostedZone: 'create' } });
    expect(resources(prod, 'aws_route53_zone')[0]).toMatchObject({ lifecycle: { prevent_destroy: true } });
  });

  it('tell the name servers of a new zone, to be entered at the registrar', () => {
    const servers: (string[] | undefined)[] = [];
    const note = (edge: Edge) => servers.push(edge.nameServers);
    edgeStack({ domains }, note);
    edgeStack({ domains, edge: { hostedZone: 'create' } }, note);
    expect(servers).toEqual([undefined, expect.anything()]);
  });
});

describe('the certificates', () => {
  const json = edgeStack({ domains });
  /** CloudFront's, which has a region, and the load balancer's. */
  const certificates = ['us-east-1', undefined].map((region) =>
    resources(json, 'aws_acm_certificate').find((certificate) => certificate.region === region),
  );

  it('are one for CloudFront in us-east-1 and one for the load balancer, with no host in common', () => {
    expect(certificates).toEqual([
      expect.objectContaining({
        region: 'us-east-1',
        domain_name: 'example.com',
        subject_alternative_names: ['www.example.com'],
        validation_method: 'DNS',
      }),
      expect.objectContaining({
        domain_name: 'api.example.com',
        subject_alternative_names: ['grafana', 'prometheus', 'alert', 'argocd'].map(
          (tool) => `${tool}.example.com`,
        ),
      }),
    ]);
    expect(resources(json, 'aws_acm_certificate')).toHaveLength(2);
  });

  it('are replaced before they are deleted', () => {
    for (const certificate of certificates) {
      expect(certificate).toMatchObject({ lifecycle: { create_before_destroy: true } });
    }
  });

  it('are proven by one record a host, which is waited for in the region of the certificate', () => {
    const proofs = resources(json, 'aws_route53_record').filter(({ name }) =>
      String(name).startsWith('${one('),
    );
    expect(proofs).toHaveLength(7);
    for (const host of ['example.com', 'www.example.com', 'api.example.com']) {
      const mine = proofs.filter(({ name }) => String(name).includes(`"${host}"`));
      expect(mine).toEqual([
        expect.objectContaining({
          name: expect.stringContaining('resource_record_name'),
          records: [expect.stringContaining('resource_record_value')],
        }),
      ]);
    }
    const regions = resources(json, 'aws_acm_certificate_validation').map(({ region }) => region);
    expect(new Set(regions)).toEqual(new Set(['us-east-1', undefined]));
  });

  it('warn before they end', () => {
    const alarms = resources(json, 'aws_cloudwatch_metric_alarm').filter(
      ({ metric_name }) => metric_name === 'DaysToExpiry',
    );
    for (const alarm of alarms) expect(alarm).toMatchObject({ threshold: 30, period: 86_400 });
    const regions = (type: string) => resources(json, type).map(({ region }) => region);
    expect(alarms.map(({ region }) => region).sort()).toEqual(regions('aws_acm_certificate').sort());
  });

  it('are none without host names', () => {
    const plain = edgeStack();
    expect(resources(plain, 'aws_acm_certificate')).toEqual([]);
    expect(resources(plain, 'aws_route53_record')).toEqual([]);
  });
});
