import { loadBalancerHosts, siteHosts } from './edge';
import { EnvironmentError } from './errors';
import type { Environment } from './schema';

/**
 * Checks that no two environments claim the same host or create the same zone: the second deployment would take the
 * first one's traffic.
 *
 * @throws EnvironmentError with one line for each clash
 */
export function assertDistinctHosts(
  environments: readonly Pick<Environment, 'name' | 'domains' | 'edge'>[],
): void {
  const owners = new Map<string, string>();
  const clashes = environments.flatMap(({ name, domains, edge }) => {
    if (domains === undefined || edge.enabled === false) return [];
    const claims = [
      ...[...siteHosts(domains), ...loadBalancerHosts(domains)].map((host) => `the host ${host}`),
      ...(edge.hostedZone === 'create' ? [`the new zone ${domains.zone}`] : []),
    ];
    return claims.flatMap((claim) => {
      const owner = owners.get(claim);
      if (owner === undefined) owners.set(claim, name);
      return owner === undefined || owner === name
        ? []
        : [
            `environments/${name}.ts: ${claim} belongs to ${owner} already; give it another name (domains, domains.toolsPrefix, edge.hostedZone)`,
          ];
    });
  });
  if (clashes.length > 0) throw new EnvironmentError('Environments claim the same host names.', clashes);
}
