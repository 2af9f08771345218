import type { Architecture } from './instance-types';
import type { Environment } from './schema';

/** A node that an environment asks for: what is known of it before it exists. */
export interface PlannedNode {
  /** `<environment>-server-<n>` or `<environment>-<group>-<n>`, counted from 1; at most 36 characters. */
  readonly name: string;
  readonly role: 'server' | 'agent';
  /** The node group of an agent; a server has none. */
  readonly group?: string;
  /** Availability zone. */
  readonly zone: string;
  readonly arch: Architecture;
  readonly instanceType: string;
  readonly diskGiB: number;
  /** The volume that outlives it, in GiB. Absent: none. */
  readonly dataGiB?: number;
  readonly spot: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: Environment['servers']['taints'];
}

/**
 * The nodes of an environment: servers first, then the groups in the order of the file. The nodes of a group are spread
 * over its zones in their order, all of the environment's where it names none; a group of one is in the first zone, where the NAT of the cheap modes is too, so that
 * its traffic crosses no zone.
 */
export function plannedNodes(environment: Environment): readonly PlannedNode[] {
  return [
    ...nodesOf(environment, 'server', environment.servers),
    ...Object.entries(environment.nodeGroups).flatMap(([group, spec]) => nodesOf(environment, group, spec)),
  ];
}

type Spec = Environment['servers'] | Environment['nodeGroups'][string];

/** What only groups of agents have. */
const withoutGroup: {
  readonly dataGiB?: number;
  readonly except: Environment['nodeGroups'][string]['except'];
} = { except: {} };

/** No group may be called `server` (see the schema), so that the name tells the role. */
function nodesOf(environment: Environment, group: string, spec: Spec): readonly PlannedNode[] {
  const { count, dataGiB: asked, except, zones: own, ...machine } = { ...withoutGroup, ...spec };
  const dataGiB = group === 'server' ? 0 : (asked ?? dataGiBOf(environment, group));
  const zones = own ?? environment.network.availabilityZones;
  return Array.from({ length: count }, (_, index) => ({
    ...machine,
    ...exception(except[index + 1]),
    ...(group === 'server' ? { role: 'server' } : { role: 'agent', group }),
    name: `${environment.name}-${group}-${index + 1}`,
    zone: zones[index % zones.length] ?? '',
    ...(dataGiB === 0 ? {} : { dataGiB }),
  }));
}

/** What a node has otherwise than its group. */
function exception({ spot, instanceType }: Environment['nodeGroups'][string]['except'][string] = {}) {
  return { ...(spot === undefined ? {} : { spot }), ...(instanceType === undefined ? {} : { instanceType }) };
}

/** What the data of a group needs, with a quarter more: a full file system stops a database for good. */
function dataGiBOf({ database, monitoring }: Environment, group: string): number {
  const needed: Readonly<Record<string, number>> = {
    database: database.mode === 'rds' ? 0 : database.storageGiB,
    monitoring: monitoring.storageGiB + monitoring.lokiStorageGiB,
  };
  return Math.min(Math.ceil((needed[group] ?? 0) * 1.25), 16_384);
}
