import { Wafv2WebAclAssociation } from '@cdktf/provider-aws/lib/wafv2-web-acl-association';
import { Testing } from 'cdktf';
import type { EnvironmentInput } from '../../environments/schema';
import { domains, edgeStack } from './edge-stack';
import { resources } from './synthesized';

Testing.setupJest();

interface Rule {
  readonly name: string;
  readonly priority: number;
  readonly action?: Readonly<Record<string, unknown>>;
  readonly override_action?: Readonly<Record<string, unknown>>;
  readonly statement: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

type Settings = NonNullable<NonNullable<EnvironmentInput['edge']>['firewall']>;

function firewalls(firewall: Settings = {}) {
  const json = edgeStack({ domains, edge: { firewall } });
  const acl = (scope: string) => resources(json, 'aws_wafv2_web_acl').find((found) => found.scope === scope);
  // Synthesized Terraform JSON of a web ACL.
  const rules = (scope: string) => (acl(scope)?.rule ?? []) as readonly Rule[];
  return { json, acl, site: rules('CLOUDFRONT'), api: rules('REGIONAL') };
}

function named(rules: readonly Rule[], name: string): Rule {
  const found = rules.find((rule) => rule.name === name);
  if (found === undefined) throw new Error(`no rule ${name}`);
  return found;
}

const awsGroups = [
  'AWSManagedRulesAmazonIpReputationList',
  'AWSManagedRulesKnownBadInputsRuleSet',
  'AWSManagedRulesCommonRuleSet',
  'AWSManagedRulesSQLiRuleSet',
];

describe('the web firewalls', () => {
  const { json, acl, site, api } = firewalls();

  it('are one for CloudFront in us-east-1 and one for the load balancer in its region', () => {
    expect(acl('CLOUDFRONT')).toMatchObject({ region: 'us-east-1', default_action: { allow: {} } });
    expect(acl('REGIONAL')).not.toHaveProperty('region');
    expect(json).toHaveResourceWithProperties(Wafv2WebAclAssociation, {
      resource_arn: expect.stringContaining('aws_lb.'),
      web_acl_arn: expect.stringContaining('api-firewall'),
    });
  });

  it("ask lists first, then rates, then AWS's groups", () => {
    expect(site.map(({ name }) => name)).toEqual([
      'deny',
      'booking-rate-by-address',
      'booking-rate-by-login',
      'site-rate-by-address',
      ...awsGroups,
    ]);
    expect(site.map(({ priority }) => priority)).toEqual(site.map((_, index) => index));
  });

  it('block: rates with 429 and when to come back', () => {
    expect(named(site, 'site-rate-by-address').action).toEqual({
      block: {
        custom_response: { response_code: 429, response_header: [{ name: 'retry-after', value: '300' }] },
      },
    });
    for (const group of awsGroups) expect(named(site, group).override_action).toEqual({ none: {} });
  });

  it('are stricter where seats are booked, however the path is written', () => {
    const limit = (name: string) => named(site, name).statement.rate_based_statement;
    expect(limit('site-rate-by-address')).toMatchObject({ limit: 2000, aggregate_key_type: 'IP' });
    const booking = limit('booking-rate-by-address');
    expect(booking).toMatchObject({ limit: 300, aggregate_key_type: 'IP', evaluation_window_sec: 300 });
    expect(booking?.scope_down_statement).toMatchObject({
      byte_match_statement: {
        search_string: '/api/v1/reserve',
        positional_constraint: 'STARTS_WITH',
        text_transformation: expect.arrayContaining([
          expect.objectContaining({ type: 'URL_DECODE' }),
          expect.objectContaining({ type: 'LOWERCASE' }),
        ]),
      },
    });
    expect(limit('booking-rate-by-login')).toMatchObject({
      limit: 100,
      aggregate_key_type: 'CUSTOM_KEYS',
      custom_key: [{ header: expect.objectContaining({ name: 'authorization' }) }],
    });
  });

  it("do not limit the load balancer's rate of CloudFront's addresses, which all people share", () => {
    const scope = JSON.stringify(named(api, 'site-rate-by-address').statement);
    expect(scope).toContain('not_statement');
    expect(scope).toContain('x-from-distribution');
    expect(JSON.stringify(named(site, 'site-rate-by-address'))).not.toContain('not_statement');
    const mark = resources(json, 'aws_cloudfront_distribution')
      .flatMap(({ origin }) => (Array.isArray(origin) ? origin : []))
      .flatMap(({ custom_header }) => custom_header ?? []);
    expect(mark).toEqual([{ name: 'x-from-distribution', value: expect.any(String) }]);
    expect(scope).toContain(mark[0].value);
  });

  it('have a deny list even when it is empty, and an allow list only when it is not', () => {
    expect(resources(json, 'aws_wafv2_ip_set').map(({ name }) => name)).toEqual([
      'stagecraft-test-api-deny-ipv4',
      'stagecraft-test-api-deny-ipv6',
      'stagecraft-test-site-deny-ipv4',
      'stagecraft-test-site-deny-ipv6',
    ]);
    const allowing = firewalls({ allow: ['203.0.113.0/24', '2001:db8::/48'], deny: ['198.51.100.7/32'] });
    expect(allowing.site.slice(0, 2).map(({ name, action }) => [name, action])).toEqual([
      ['allow', { allow: {} }],
      ['deny', { block: {} }],
    ]);
    const sets = resources(allowing.json, 'aws_wafv2_ip_set').filter(({ scope }) => scope === 'CLOUDFRONT');
    expect(sets.map(({ ip_address_version, addresses }) => [ip_address_version, addresses])).toEqual([
      ['IPV4', ['203.0.113.0/24']],
      ['IPV6', ['2001:db8::/48']],
      ['IPV4', ['198.51.100.7/32']],
      ['IPV6', []],
    ]);
  });

  it('only count by choice, but for the deny list', () => {
    const counting = firewalls({ mode: 'count' }).site;
    expect(named(counting, 'deny').action).toEqual({ block: {} });
    expect(named(counting, 'booking-rate-by-address').action).toEqual({ count: {} });
    for (const group of awsGroups) expect(named(counting, group).override_action).toEqual({ count: {} });
  });

  it("count single rules of AWS's groups, and add Bot Control, by choice", () => {
    const { site: chosen } = firewalls({
      countOnly: { common: ['NoUserAgent_HEADER'] },
      botControl: true,
    });
    expect(
      named(chosen, 'AWSManagedRulesCommonRuleSet').statement.managed_rule_group_statement,
    ).toMatchObject({
      rule_action_override: [{ name: 'NoUserAgent_HEADER', action_to_use: { count: {} } }],
    });
    expect(chosen.at(-1)?.name).toBe('AWSManagedRulesBotControlRuleSet');
  });

  it('log what they block or count, without credentials', () => {
    for (const log of resources(json, 'aws_wafv2_web_acl_logging_configuration')) {
      expect(log).toMatchObject({
        redacted_fields: [
          { single_header: { name: 'authorization' } },
          { single_header: { name: 'cookie' } },
        ],
        logging_filter: { default_behavior: 'DROP' },
      });
    }
    expect(resources(json, 'aws_cloudwatch_log_group').map(({ name, region }) => [name, region])).toEqual([
      ['aws-waf-logs-stagecraft-test-api', undefined],
      ['aws-waf-logs-stagecraft-test-site', 'us-east-1'],
    ]);
  });

  it('have metrics for each rule', () => {
    for (const rule of [...site, ...api]) {
      expect(rule).toMatchObject({
        visibility_config: {
          cloudwatch_metrics_enabled: true,
          metric_name: expect.stringMatching(/^[\w-]{1,128}$/),
        },
      });
    }
  });

  it('have names within the limits of AWS WAF at the longest names', () => {
    const longest = edgeStack({ name: 'e'.repeat(11), project: 'p'.repeat(20), domains });
    for (const { name, rule } of resources(longest, 'aws_wafv2_web_acl')) {
      expect(String(name).length).toBeLessThanOrEqual(128);
      for (const { visibility_config } of rule as readonly {
        readonly visibility_config: { readonly metric_name: string };
      }[]) {
        expect(visibility_config.metric_name.length).toBeLessThanOrEqual(128);
      }
    }
  });
});
