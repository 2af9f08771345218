/** The host names of an environment, section `domains`. */
interface Domains {
  readonly zone: string;
  readonly site: string;
  readonly aliases: readonly string[];
  readonly api: string;
  readonly toolsPrefix: string;
}

/** Where CloudFront's own error pages are, on the site's host. */
export const errorPages = '/errors/*';

/** Where the usual builds of React put files whose names change with their content. */
export const hashedFiles: readonly string[] = ['/assets/*', '/static/*'];

/** The tools that people open in a browser; each has a host of its own. */
export const tools = ['grafana', 'prometheus', 'alert', 'argocd'] as const;

export type Tool = (typeof tools)[number];

/** The host of a tool: `grafana.<zone>`, with the environment's prefix `devgrafana.<zone>`. */
export function toolHost(domains: Pick<Domains, 'zone' | 'toolsPrefix'>, tool: Tool): string {
  return `${domains.toolsPrefix}${tool}.${domains.zone}`;
}

/** The hosts that CloudFront answers for. */
export function siteHosts(domains: Pick<Domains, 'site' | 'aliases'>): readonly string[] {
  return [domains.site, ...domains.aliases];
}

/** The hosts that the load balancer answers for: the API first. */
export function loadBalancerHosts(domains: Pick<Domains, 'api' | 'zone' | 'toolsPrefix'>): readonly string[] {
  return [domains.api, ...tools.map((tool) => toolHost(domains, tool))];
}

/** Whether anything of the environment is public. */
export function hasEdge(environment: {
  readonly edge: { readonly enabled?: boolean | undefined };
  readonly network: { readonly availabilityZones: readonly string[] };
}): boolean {
  return environment.edge.enabled ?? environment.network.availabilityZones.length > 1;
}
