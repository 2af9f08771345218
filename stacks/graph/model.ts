import type { Environment } from '../../environments/schema';
import type { Resource, TerraformConfiguration } from '../terraform/configuration';
import { machineOf } from '../terraform/machines';
import { blocksOf, nameTag, numberOf, textOf } from '../terraform/values';
import { type Flow, flowsOf } from './flows';
import { type Lane, laneOf } from './lane';

/** What stands in a zone or spans them: a title, a line below it, and how it is coloured. */
export interface Box {
  readonly title: string;
  readonly detail: string;
  readonly kind: 'server' | 'node' | 'nat' | 'balancer' | 'store' | 'edge' | 'service';
}

export interface Cell {
  /** Kind and address block of the subnet. */
  readonly label: string;
  readonly boxes: readonly Box[];
}

/** The part of a lane that is in one zone; undefined where the zone has no such subnet. */
export interface Zone {
  readonly name: string;
  readonly cells: Readonly<Record<Lane, Cell | undefined>>;
}

/** What a picture shows, before anything has a place. */
export interface Picture {
  readonly title: string;
  readonly region: string;
  readonly cidr: string;
  readonly zones: readonly Zone[];
  /** In front of the VPC: names, delivery, web firewall, the site's files. */
  readonly edge: readonly Box[];
  /** Load balancers: they span the zones. */
  readonly balancers: readonly Box[];
  /** Whether CloudFront passes requests on to a server of its own choice, not only to a bucket. */
  readonly proxied: boolean;
  /** Whether private nodes have a way out. */
  readonly wayOut: boolean;
  /** What the region offers outside the VPC, by purpose. */
  readonly services: readonly Box[];
  readonly flows: readonly Flow[];
}

/** Reads a picture out of a synthesized stack. */
export function pictureOf(stack: TerraformConfiguration, environment: Environment): Picture {
  const prefix = `${environment.project}-${environment.name}-`;
  return {
    title: `${environment.project} ${environment.name}`,
    region: environment.region,
    cidr: textOf(stack.ofType('aws_vpc')[0]?.properties.cidr_block) ?? environment.network.cidr,
    zones: zonesOf(stack),
    edge: edgeOf(stack),
    balancers: stack.ofType('aws_lb').map(balancerOf),
    proxied: stack
      .ofType('aws_cloudfront_distribution')
      .some(({ properties }) =>
        blocksOf(properties.origin).some(({ custom_origin_config: server }) => server !== undefined),
      ),
    wayOut: stack.ofType('aws_route').some(({ properties }) => leavesByNat(properties)),
    services: servicesOf(stack),
    flows: flowsOf(stack, prefix),
  };
}

function zonesOf(stack: TerraformConfiguration): readonly Zone[] {
  const subnets = stack.ofType('aws_subnet');
  const names = [
    ...new Set(subnets.map(({ properties }) => textOf(properties.availability_zone) ?? '')),
  ].sort();
  return names.map((name, index) => {
    const cell = (lane: Lane): Cell | undefined => {
      const subnet = subnets.find(
        (one) => laneOf(one) === lane && textOf(one.properties.availability_zone) === name,
      );
      const stores = lane === 'data' ? storesIn(stack, index) : [];
      if (subnet === undefined)
        return stores.length === 0 ? undefined : { label: 'data, in the private subnet', boxes: stores };
      return {
        label: `${lane} ${textOf(subnet.properties.cidr_block) ?? ''}`,
        boxes: [...machinesIn(stack, subnet), ...stores],
      };
    };
    return { name, cells: { public: cell('public'), private: cell('private'), data: cell('data') } };
  });
}

function machinesIn(stack: TerraformConfiguration, subnet: Resource): readonly Box[] {
  const isHere = ({ properties }: Resource) => stack.referencedBy(properties.subnet_id).includes(subnet);
  const gateways = stack.ofType('aws_nat_gateway').filter(isHere);
  const instances = stack.ofType('aws_instance').filter(isHere);
  return [
    ...gateways.map((): Box => ({ title: 'NAT gateway', detail: 'managed', kind: 'nat' })),
    ...collapsed(instances.map((instance) => instanceBox(instance, stack)).sort(serversFirst)),
  ];
}

function instanceBox(instance: Resource, stack: TerraformConfiguration): Box {
  const { instanceType, spot, forwards } = machineOf(instance, stack);
  const gib = attachedGiB(instance, stack);
  const detail = `${instanceType}${spot ? ', spot' : ''}${gib === 0 ? '' : `, ${gib} GiB of data`}`;
  if (forwards) return { title: 'NAT instance', detail, kind: 'nat' };
  const title = nameTag(instance.properties) ?? instance.path.slice(instance.path.lastIndexOf('/') + 1);
  return { title, detail, kind: /-server-\d+$/.test(title) ? 'server' : 'node' };
}

/** Volumes that outlive their instance. */
function attachedGiB(instance: Resource, stack: TerraformConfiguration): number {
  return stack
    .ofType('aws_volume_attachment')
    .map(({ properties }) => stack.referencedBy(properties))
    .filter((ends) => ends.includes(instance))
    .flatMap((ends) => ends.filter(({ type }) => type === 'aws_ebs_volume'))
    .reduce((sum, { properties }) => sum + (numberOf(properties.size) ?? 0), 0);
}

function serversFirst(one: Box, other: Box): number {
  if (one.kind !== other.kind) return one.kind === 'server' ? -1 : 1;
  return one.title < other.title ? -1 : 1;
}

/** More than six in one cell are drawn as one for each group. */
function collapsed(boxes: readonly Box[]): readonly Box[] {
  if (boxes.length <= 6) return boxes;
  const groups = new Map<string, Box[]>();
  for (const box of boxes) {
    const group = `${box.title.replace(/-\d+$/, '')} ${box.detail}`;
    groups.set(group, [...(groups.get(group) ?? []), box]);
  }
  return [...groups.values()].flatMap(([first, ...others]) =>
    first === undefined || others.length === 0
      ? (first ?? [])
      : [{ ...first, title: `${others.length + 1} × ${first.title.replace(/-\d+$/, '')}` }],
  );
}

/** Where AWS puts the nodes of a cache or a database is its own choice; replicas go to other zones than primaries. */
function storesIn(stack: TerraformConfiguration, zone: number): readonly Box[] {
  const caches = stack
    .ofType('aws_elasticache_replication_group')
    .flatMap(({ properties }): readonly Box[] => {
      const replicas =
        numberOf(properties.replicas_per_node_group) ?? (numberOf(properties.num_cache_clusters) ?? 1) - 1;
      if (zone > replicas) return [];
      const engine = textOf(properties.engine) === 'valkey' ? 'Valkey' : 'Redis';
      return [
        {
          title: `${engine}${zone === 0 ? '' : ' replica'}`,
          detail: textOf(properties.node_type) ?? '',
          kind: 'store',
        },
      ];
    });
  const databases = stack.ofType('aws_db_instance').flatMap(({ properties }): readonly Box[] => {
    if (zone > (properties.multi_az === true ? 1 : 0)) return [];
    return [
      {
        title: `MySQL (RDS)${zone === 0 ? '' : ' standby'}`,
        detail: textOf(properties.instance_class) ?? '',
        kind: 'store',
      },
    ];
  });
  return [...caches, ...databases];
}

/** In the order in which a request meets them. */
function edgeOf(stack: TerraformConfiguration): readonly Box[] {
  const records = stack.ofType('aws_route53_record').length;
  const hasZone = records > 0 || stack.ofType('aws_route53_zone').length > 0;
  const sites = stack.ofType('aws_cloudfront_distribution').length;
  const firewalls = stack.ofType('aws_wafv2_web_acl');
  return [
    edgeBox(hasZone, 'Route 53', counted(records, 'record')),
    edgeBox(sites > 0, 'CloudFront', sites > 1 ? `${sites} distributions` : 'the site and its API'),
    edgeBox(firewalls.length > 0, 'WAF', `before ${firewalls.map(guarded).sort().join(', ')}`),
  ].flat();
}

function edgeBox(exists: boolean, title: string, detail: string): readonly Box[] {
  return exists ? [{ title, detail, kind: 'edge' }] : [];
}

function guarded({ properties }: Resource): string {
  return textOf(properties.scope) === 'CLOUDFRONT' ? 'CloudFront' : 'balancer';
}

function balancerOf({ properties }: Resource): Box {
  const kind = textOf(properties.load_balancer_type) === 'network' ? 'Network' : 'Application';
  return {
    title: `${kind} load balancer`,
    detail: properties.internal === true ? 'internal' : 'public',
    kind: 'balancer',
  };
}

const purposes: readonly (readonly [
  title: string,
  types: readonly (readonly [type: string, name: string])[],
])[] = [
  ['Buckets', [['aws_s3_bucket', 'bucket']]],
  [
    'Messages',
    [
      ['aws_sns_topic', 'topic'],
      ['aws_sqs_queue', 'queue'],
    ],
  ],
  [
    'Keys and secrets',
    [
      ['aws_kms_key', 'key'],
      ['aws_secretsmanager_secret', 'secret'],
      ['aws_ssm_parameter', 'parameter'],
    ],
  ],
  [
    'Backups',
    [
      ['aws_backup_plan', 'plan'],
      ['aws_backup_vault', 'vault'],
    ],
  ],
  [
    'Logs',
    [
      ['aws_cloudwatch_log_group', 'log group'],
      ['aws_flow_log', 'flow log'],
    ],
  ],
  [
    'Alarms',
    [
      ['aws_cloudwatch_metric_alarm', 'alarm'],
      ['aws_budgets_budget', 'budget'],
    ],
  ],
  [
    'Identity',
    [
      ['aws_iam_role', 'role'],
      ['aws_iam_openid_connect_provider', 'OIDC provider'],
    ],
  ],
  ['VPC endpoints', [['aws_vpc_endpoint', 'endpoint']]],
];

function servicesOf(stack: TerraformConfiguration): readonly Box[] {
  return purposes.flatMap(([title, types]): readonly Box[] => {
    const parts = types.flatMap(([type, name]) => {
      const count = stack.ofType(type).length;
      return count === 0 ? [] : [counted(count, name)];
    });
    return parts.length === 0 ? [] : [{ title, detail: parts.join(', '), kind: 'service' }];
  });
}

function leavesByNat(properties: Resource['properties']): boolean {
  return properties.nat_gateway_id !== undefined || properties.network_interface_id !== undefined;
}

function counted(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
