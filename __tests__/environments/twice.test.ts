import { z } from 'zod';
import { environmentSchema } from '../../environments/schema';
import { mistakesOf } from './mistakes-of';

const domains = { zone: 'example.com', site: 'example.com', api: 'api.example.com' };

/** Every list of an environment, something that may be in it, and an environment that has it. */
const lists: readonly (readonly [
  list: string,
  element: unknown,
  within: (list: readonly unknown[]) => object,
])[] = [
  ['network.availabilityZones', 'ap-northeast-2a', (list) => ({ network: { availabilityZones: list } })],
  ['network.egress', { port: 587 }, (list) => ({ network: { egress: list } })],
  ['servers.taints', { key: 'a', effect: 'PreferNoSchedule' }, (list) => ({ servers: { taints: list } })],
  [
    'nodeGroups.*.taints',
    { key: 'a', effect: 'NoSchedule' },
    (list) => ({ nodeGroups: { general: { taints: list } } }),
  ],
  [
    'k3s.registryMirrors.*',
    'https://mirror.example.com',
    (list) => ({ k3s: { registryMirrors: { '*': list } } }),
  ],
  ['k3s.disable', 'traefik', (list) => ({ k3s: { disable: list } })],
  ['k3s.tlsSans', 'api.example.com', (list) => ({ k3s: { tlsSans: list } })],
  ['ssh.identityFiles', '~/.ssh/id', (list) => ({ ssh: { identityFiles: list } })],
  ['system.packages', 'htop', (list) => ({ system: { packages: list } })],
  ['domains.aliases', 'www.example.com', (list) => ({ domains: { ...domains, aliases: list } })],
  [
    'edge.loadBalancer.admitAlso',
    '203.0.113.0/24',
    (list) => ({ edge: { loadBalancer: { admit: 'cloudfront', admitAlso: list } } }),
  ],
  ['edge.cdn.passThrough', '/api/*', (list) => ({ edge: { cdn: { passThrough: list } } })],
  [
    'edge.cdn.contentSecurityPolicy.*',
    'https://js.example.com',
    (list) => ({ edge: { cdn: { contentSecurityPolicy: { 'script-src': list } } } }),
  ],
  ['edge.firewall.protects', 'site', (list) => ({ edge: { firewall: { protects: list } } })],
  [
    'edge.firewall.bookingPaths',
    '/api/v1/reserve',
    (list) => ({ edge: { firewall: { bookingPaths: list } } }),
  ],
  ['edge.firewall.allow', '2001:db8::/48', (list) => ({ edge: { firewall: { allow: list } } })],
  ['edge.firewall.deny', '203.0.113.0/24', (list) => ({ edge: { firewall: { deny: list } } })],
  ...['ipReputation', 'knownBadInputs', 'common', 'sqlInjection'].map(
    (group) =>
      [
        `edge.firewall.countOnly.${group}`,
        'SomeRule',
        (list: readonly unknown[]) => ({ edge: { firewall: { countOnly: { [group]: list } } } }),
      ] as const,
  ),
  ...['send', 'consume'].map(
    (what) =>
      [
        `services.*.${what}`,
        'reservation-statistics',
        (list: readonly unknown[]) => ({ services: { a: { [what]: list } } }),
      ] as const,
  ),
];

describe('the same thing twice', () => {
  it.each(lists)('in %s is one line', (list, element, environment) => {
    expect(mistakesOf({ name: 'test', ...environment([element]) })).toEqual([]);
    const [line, ...more] = mistakesOf({ name: 'test', ...environment([element, element]) });
    expect(more).toEqual([]);
    expect(line).toMatch(/ is not allowed; allowed: each [a-z ,]+ once/);
    expect(line?.startsWith(`${list.split('.')[0]}.`)).toBe(true);
    expect(line).toContain('[1]: ');
  });

  it('is looked for in every list that there is', () => {
    // People's addresses have a test of their own.
    const elsewhere = ['budget.alertEmails'];
    // One zone a node: there may be several nodes in one.
    const allowed = ['nodeGroups.*.zones', 'servers.zones'];
    expect(listsOf(environmentSchema).sort()).toEqual(
      [...lists.map(([list]) => list), ...elsewhere, ...allowed].sort(),
    );
  });

  it('is told by what AWS and Kubernetes tell it by', () => {
    const taint = { key: 'a', effect: 'PreferNoSchedule' };
    expect(mistakesOf({ name: 'test', servers: { taints: [taint, { ...taint, value: 'x' }] } })).toEqual([
      expect.stringMatching(/^servers\.taints\[1\]: .*allowed: each key and effect once$/),
    ]);
    const egress = [{ port: 53 }, { port: 53, protocol: 'udp' }, { port: 53, cidr: '9.9.9.9/32' }];
    expect(mistakesOf({ name: 'test', network: { egress } })).toEqual([]);
    const allow = ['2001:db8::/48', '2001:DB8::/48'];
    expect(mistakesOf({ name: 'test', edge: { firewall: { allow } } })).toHaveLength(1);
  });
});

describe('a name that something else has', () => {
  it.each(['/errors/*', '/assets/*', '/static/*'])('is no path that is passed through: %s', (path) => {
    expect(mistakesOf({ name: 'test', edge: { cdn: { passThrough: ['/api/*', path] } } })).toEqual([
      `edge.cdn.passThrough[1]: "${path}" is not allowed; allowed: another pattern: /errors/*, /assets/*, /static/* are the site's`,
    ]);
  });

  it.each(['topic', 'policy', 'orders-dlq', 'orders-subscription'])('is no queue: %s', (queue) => {
    expect(mistakesOf({ name: 'test', messaging: { queues: { orders: {}, [queue]: {} } } })).toEqual([
      expect.stringMatching(
        /^messaging\.queues\..*: this name is not allowed; allowed: another name: not topic/,
      ),
    ]);
  });

  it('is no second repository, where each gets its settings', () => {
    const github = { owner: 'acme', repositories: { web: 'web' }, infrastructure: 'platform' };
    const same = { ...github, frontend: 'Platform' };
    expect(mistakesOf({ name: 'test', github: same })).toEqual([
      expect.stringMatching(/^github\.frontend: "Platform" is not allowed; allowed: another repository than/),
    ]);
    expect(mistakesOf({ name: 'test', github: { ...same, settings: 'none' } })).toEqual([]);
    expect(mistakesOf({ name: 'test', github: { ...github, frontend: 'web' } })).toEqual([]);
  });
});

test.each(['-', '-dev', 'Dev', 'd'.repeat(21)])('a prefix of hosts begins a host: %s', (toolsPrefix) => {
  expect(mistakesOf({ name: 'test', domains: { ...domains, toolsPrefix } })).toEqual([
    `domains.toolsPrefix: "${toolsPrefix}" is not allowed; allowed: up to 20 lower-case letters, digits and hyphens, no hyphen first`,
  ]);
  expect(mistakesOf({ name: 'test', domains: { ...domains, toolsPrefix: 'dev-' } })).toEqual([]);
});

/** Paths of all lists below a schema; `*` is a name that the user chooses. */
function listsOf(schema: z.core.$ZodType, path = ''): string[] {
  const below = (inner: z.core.$ZodType, key: string) => listsOf(inner, path === '' ? key : `${path}.${key}`);
  if (schema instanceof z.core.$ZodArray) return [path];
  if (schema instanceof z.core.$ZodObject)
    return Object.entries(schema._zod.def.shape).flatMap(([key, inner]) => below(inner, key));
  if (schema instanceof z.core.$ZodRecord) return below(schema._zod.def.valueType, '*');
  if (schema instanceof z.core.$ZodPipe) return listsOf(schema._zod.def.in, path);
  if (
    schema instanceof z.core.$ZodDefault ||
    schema instanceof z.core.$ZodPrefault ||
    schema instanceof z.core.$ZodOptional
  )
    return listsOf(schema._zod.def.innerType, path);
  return [];
}
