import type { Properties, Resource, TerraformConfiguration } from '../terraform/configuration';
import { templateOf } from '../terraform/machines';
import { blocksOf, listOf, nameTag, numberOf, textOf } from '../terraform/values';
import { type Lane, laneOf } from './lane';

/** Where an end of a flow is in the picture. */
export type Place = 'internet' | 'edge' | Lane;

export interface End {
  readonly place: Place;
  /** Name of the security group without the environment's prefix: `servers`. */
  readonly name: string;
}

/** Who may talk to whom, and on which ports: `tcp 6443`. */
export interface Flow {
  readonly from: End;
  readonly to: End;
  readonly ports: readonly string[];
}

interface Rule {
  readonly group: Resource;
  readonly source: unknown;
  readonly properties: Properties;
}

/**
 * The flows that the ingress rules of the security groups allow, between groups that something is in. Outgoing rules say
 * nothing of who answers, so they are not drawn.
 *
 * @param prefix what the names of the groups begin with
 */
export function flowsOf(stack: TerraformConfiguration, prefix: string): readonly Flow[] {
  const places = placesOf(stack);
  const flows = new Map<string, Flow>();
  for (const rule of rulesOf(stack)) {
    const to = endOf(rule.group, places, prefix);
    if (to === undefined) continue;
    for (const from of sourcesOf(rule, stack, places, prefix)) {
      const key = `${from.place} ${from.name} ${to.place} ${to.name}`;
      const ports = new Set([...(flows.get(key)?.ports ?? []), portsOf(rule.properties)]);
      flows.set(key, { from, to, ports: [...ports].sort(byNumber) });
    }
  }
  return [...flows.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, flow]) => flow);
}

function byNumber(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}

/** `tcp 80, 443; udp 8472` */
export function portsLabel({ ports }: Flow): string {
  const byProtocol = new Map<string, string[]>();
  for (const port of ports) {
    const [protocol = '', ...numbers] = port.split(' ');
    byProtocol.set(protocol, [...(byProtocol.get(protocol) ?? []), ...numbers]);
  }
  return [...byProtocol].map(([protocol, numbers]) => `${protocol} ${numbers.join(', ')}`.trim()).join('; ');
}

/** The lane in which the members of each group are. A group without members is in none. */
function placesOf(stack: TerraformConfiguration): ReadonlyMap<Resource, Lane> {
  const places = new Map<Resource, Lane>();
  const put = (
    members: readonly Resource[],
    lane: (member: Resource) => Lane,
    groups: (of: Properties) => unknown,
  ) => {
    for (const member of members)
      for (const group of stack.referencedBy(groups(member.properties)))
        if (group.type === 'aws_security_group') places.set(group, lane(member));
  };
  const data = () => 'data' as const;
  put(stack.ofType('aws_elasticache_replication_group'), data, (of) => of.security_group_ids);
  put(stack.ofType('aws_db_instance'), data, (of) => of.vpc_security_group_ids);
  put(
    stack.ofType('aws_vpc_endpoint'),
    () => 'private',
    (of) => of.security_group_ids,
  );
  put(
    stack.ofType('aws_lb'),
    () => 'public',
    (of) => of.security_groups,
  );
  const ofInstance = (own: Properties) => {
    const template = templateOf(own.launch_template, stack);
    return [own.vpc_security_group_ids, template.vpc_security_group_ids, template.network_interfaces];
  };
  put(
    stack.ofType('aws_instance'),
    ({ properties }) => {
      const [subnet] = stack.referencedBy(properties.subnet_id);
      return subnet === undefined ? 'private' : laneOf(subnet);
    },
    ofInstance,
  );
  return places;
}

function rulesOf(stack: TerraformConfiguration): readonly Rule[] {
  const apart = stack.ofType('aws_vpc_security_group_ingress_rule').flatMap(({ properties }) =>
    stack.referencedBy(properties.security_group_id).map((group) => ({
      group,
      source: properties.referenced_security_group_id,
      properties,
    })),
  );
  const inside = stack.ofType('aws_security_group').flatMap((group) =>
    blocksOf(group.properties.ingress).map((properties) => ({
      group,
      source: properties.self === true ? `\${${group.address}.id}` : properties.security_groups,
      properties,
    })),
  );
  return [...apart, ...inside];
}

function sourcesOf(
  { source, properties }: Rule,
  stack: TerraformConfiguration,
  places: ReadonlyMap<Resource, Lane>,
  prefix: string,
): readonly End[] {
  const groups = stack.referencedBy(source).flatMap((group) => endOf(group, places, prefix) ?? []);
  const blocks = [properties.cidr_ipv4, properties.cidr_ipv6, ...listOf(properties.cidr_blocks)];
  const fromAnywhere = blocks.some((block) => block === '0.0.0.0/0' || block === '::/0');
  const fromVpc = blocks.some((block) => typeof block === 'string' && !/^(0\.0\.0\.0|::)\/0$/.test(block));
  const fromList = properties.prefix_list_id ?? listOf(properties.prefix_list_ids)[0];
  return [
    ...groups,
    ...(fromAnywhere ? [{ place: 'internet', name: 'internet' } as const] : []),
    ...(fromVpc ? [{ place: 'private', name: 'private subnets' } as const] : []),
    ...(fromList === undefined ? [] : [{ place: 'edge', name: 'CloudFront' } as const]),
  ];
}

function endOf(group: Resource, places: ReadonlyMap<Resource, Lane>, prefix: string): End | undefined {
  const place = places.get(group);
  if (place === undefined) return undefined;
  const name = textOf(group.properties.name) ?? nameTag(group.properties) ?? group.path;
  const own = name.startsWith(prefix) ? name.slice(prefix.length) : name;
  return { place, name: own === 'lb' ? 'load balancer' : own };
}

function portsOf(properties: Properties): string {
  const protocol = textOf(properties.ip_protocol ?? properties.protocol) ?? '-1';
  if (protocol === '-1') return 'everything';
  const from = numberOf(properties.from_port);
  const to = numberOf(properties.to_port) ?? from;
  if (from === undefined || (from === 0 && to === 65_535)) return protocol;
  return from === to ? `${protocol} ${from}` : `${protocol} ${from}–${to}`;
}
