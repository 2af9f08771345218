import { assertDistinctHosts } from '../../environments/distinct-hosts';
import { hasEdge, loadBalancerHosts, toolHost } from '../../environments/edge';
import { EnvironmentError } from '../../environments/errors';
import { defineEnvironment, type EnvironmentInput } from '../../environments/schema';
import { mistakesOf } from './mistakes-of';

const domains = { zone: 'example.com', site: 'example.com', api: 'api.example.com' };

/** One rule a row: what breaks it, the line it ends with, and the nearest environment that keeps it. */
const rules: readonly (readonly [string, object, RegExp, object])[] = [
  [
    'a load balancer has two zones',
    { edge: { enabled: true }, network: { availabilityZones: ['ap-northeast-2a'] } },
    /^network\.availabilityZones: .*two zones at least.*edge\.enabled/,
    { network: { availabilityZones: ['ap-northeast-2a'] } },
  ],
  [
    'blocks are admitted beside CloudFront only',
    { edge: { loadBalancer: { admitAlso: ['203.0.113.0/24'] } } },
    /^edge\.loadBalancer\.admitAlso: .*unless edge\.loadBalancer\.admit is "cloudfront"/,
    { edge: { loadBalancer: { admit: 'cloudfront', admitAlso: ['203.0.113.0/24'] } } },
  ],
  [
    'five blocks beside the prefix list fill a security group',
    { edge: { loadBalancer: { admit: 'cloudfront', admitAlso: blocks(6) } } },
    /^edge\.loadBalancer\.admitAlso: .*at most 5 blocks/,
    { edge: { loadBalancer: { admit: 'cloudfront', admitAlso: blocks(5) } } },
  ],
  [
    'each host once',
    { domains: { ...domains, aliases: ['example.com'] } },
    /^domains\.aliases\[0\]: "example\.com" is not allowed; allowed: each host once/,
    { domains: { ...domains, aliases: ['www.example.com'] } },
  ],
  [
    "no host is a tool's",
    { domains: { ...domains, api: 'argocd.example.com' } },
    /^domains\.api: "argocd\.example\.com" .*that of a tool/,
    { domains: { ...domains, api: 'argocd.example.com', toolsPrefix: 'dev' } },
  ],
  [
    'a certificate has ten names',
    { domains: { ...domains, aliases: hosts(10) } },
    /^domains\.aliases: "10 hosts" .*at most 9 hosts/,
    { domains: { ...domains, aliases: hosts(9) } },
  ],
  [
    'the idle timeout is within that of a load balancer',
    { edge: { loadBalancer: { idleTimeoutSeconds: 4001 } } },
    /^edge\.loadBalancer\.idleTimeoutSeconds: 4001 .*from 1 to 4000 \(seconds\)/,
    { edge: { loadBalancer: { idleTimeoutSeconds: 4000 } } },
  ],
  [
    'a list of addresses does not hold them all',
    { edge: { firewall: { allow: ['0.0.0.0/0'] } } },
    /^edge\.firewall\.allow\[0\]: "0\.0\.0\.0\/0" is not allowed/,
    { edge: { firewall: { allow: ['203.0.113.0/24', '2001:db8::/48'] } } },
  ],
  [
    'something is left for the site',
    { edge: { cdn: { passThrough: ['/*'] } } },
    /^edge\.cdn\.passThrough\[0\]: "\/\*" .*leaves something for the site/,
    { edge: { cdn: { passThrough: ['/api/*'] } } },
  ],
  [
    'a source of the Content-Security-Policy is one source',
    { edge: { cdn: { contentSecurityPolicy: { 'script-src': ['https://a.example.com; default-src *'] } } } },
    /^edge\.cdn\.contentSecurityPolicy\.script-src\[0\]: .*one source/,
    { edge: { cdn: { contentSecurityPolicy: { 'script-src': ['https://a.example.com'] } } } },
  ],
];

describe('the edge of an environment', () => {
  it.each(rules)('%s', (_name, broken, line, kept) => {
    expect(mistakesOf({ name: 'test', ...broken })).toEqual([expect.stringMatching(line)]);
    expect(mistakesOf({ name: 'test', ...kept })).toEqual([]);
  });

  it('is there where there are two zones, unless it is switched off', () => {
    const edgeOf = (input: Partial<EnvironmentInput>) => hasEdge(environment('test', input));
    expect(edgeOf({})).toBe(true);
    expect(edgeOf({ network: { availabilityZones: ['ap-northeast-2a'] } })).toBe(false);
    expect(edgeOf({ edge: { enabled: false } })).toBe(false);
  });

  it('has a host for each tool, with the prefix of the environment', () => {
    expect(toolHost({ zone: 'example.com', toolsPrefix: 'dev' }, 'grafana')).toBe('devgrafana.example.com');
    expect(loadBalancerHosts({ ...domains, toolsPrefix: '' })).toContain('argocd.example.com');
  });
});

describe('the hosts of several environments', () => {
  it('are distinct', () => {
    const prod = environment('prod', { production: true, domains });
    const dev = environment('dev', {
      domains: {
        zone: 'example.com',
        site: 'dev.example.com',
        api: 'devapi.example.com',
        toolsPrefix: 'dev',
      },
    });
    expect(() => assertDistinctHosts([prod, dev, environment('plain', {})])).not.toThrow();
  });

  it('are refused with one line for each that two environments claim', () => {
    const one = environment('one', { domains, edge: { hostedZone: 'create' } });
    const two = environment('two', {
      domains: { zone: 'example.com', site: 'two.example.com', api: 'api.example.com', toolsPrefix: 'two' },
      edge: { hostedZone: 'create' },
    });
    try {
      assertDistinctHosts([one, two]);
      throw new Error('accepted');
    } catch (error) {
      expect(error).toBeInstanceOf(EnvironmentError);
      expect((error as EnvironmentError).problems).toEqual([
        expect.stringContaining('environments/two.ts: the host api.example.com belongs to one already'),
        expect.stringContaining('environments/two.ts: the new zone example.com belongs to one already'),
      ]);
    }
  });
});

function environment(name: string, input: Partial<EnvironmentInput>) {
  return defineEnvironment({ name, ...input }, name);
}

function blocks(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `203.0.113.${index}/32`);
}

function hosts(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `www${index}.example.com`);
}
