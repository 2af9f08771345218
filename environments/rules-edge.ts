import { loadBalancerHosts, siteHosts } from './edge';
import type { Mistake, Rule } from './rule';

/** The parts of an environment that the rules of the edge relate to each other. */
export interface EdgeDraft {
  readonly network: { readonly availabilityZones: readonly string[] };
  readonly edge: {
    readonly enabled?: boolean | undefined;
    readonly hostedZone: string;
    readonly loadBalancer: { readonly admit: string; readonly admitAlso: readonly string[] };
  };
  readonly domains: {
    readonly zone: string;
    readonly site: string;
    readonly aliases: string[];
    readonly api: string;
    readonly toolsPrefix: string;
  };
}

/** What the edge asks of the rest of the environment. */
export const edgeRules: readonly Rule<EdgeDraft>[] = [
  {
    needs: ['edge', 'network'],
    check: ({ edge, network }) =>
      edge.enabled === true && network.availabilityZones.length < 2
        ? [
            {
              path: ['network', 'availabilityZones'],
              given: network.availabilityZones,
              allowed: 'two zones at least: a load balancer needs them; or edge.enabled: false',
            },
          ]
        : [],
  },
  {
    needs: ['edge'],
    check: ({ edge: { loadBalancer } }) =>
      loadBalancer.admit === 'anyone' && loadBalancer.admitAlso.length > 0
        ? [
            {
              path: ['edge', 'loadBalancer', 'admitAlso'],
              given: loadBalancer.admitAlso,
              allowed: 'an empty list, unless edge.loadBalancer.admit is "cloudfront": anyone is admitted',
            },
          ]
        : [],
  },
  {
    needs: ['domains'],
    check: ({ domains }) => [...distinctHosts(domains), ...certifiable(domains)],
  },
];

/** Each host has one record. */
function distinctHosts(domains: EdgeDraft['domains']): readonly Mistake[] {
  const tools = loadBalancerHosts(domains).slice(1);
  const hosts: readonly { readonly path: (string | number)[]; readonly host: string }[] = [
    { path: ['domains', 'site'], host: domains.site },
    { path: ['domains', 'api'], host: domains.api },
    ...domains.aliases.map((host, index) => ({ path: ['domains', 'aliases', index], host })),
  ];
  return hosts.flatMap(({ path, host }, index) => {
    if (tools.includes(host)) {
      return [
        { path, given: host, allowed: `another host: ${host} is that of a tool (domains.toolsPrefix)` },
      ];
    }
    return hosts.slice(0, index).some((earlier) => earlier.host === host)
      ? [{ path, given: host, allowed: 'each host once among site, api and aliases' }]
      : [];
  });
}

/** ACM puts ten names into a certificate (default quota), and takes a first one of up to 64 characters. */
function certifiable(domains: EdgeDraft['domains']): readonly Mistake[] {
  const long = (['site', 'api'] as const)
    .filter((key) => domains[key].length > 64)
    .map((key) => ({
      path: ['domains', key],
      given: domains[key],
      allowed: 'a host of up to 64 characters: it is the first name of a certificate (ACM limit)',
    }));
  const names = siteHosts(domains).length;
  return names <= 10
    ? long
    : [
        ...long,
        {
          path: ['domains', 'aliases'],
          given: `${domains.aliases.length} hosts`,
          allowed: 'at most 9 hosts: with the site they share a certificate of ten names (ACM quota)',
        },
      ];
}
