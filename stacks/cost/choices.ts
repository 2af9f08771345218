import type { Environment } from '../../environments/schema';
import type { TerraformConfiguration } from '../terraform/configuration';
import { type Machine, machineOf } from '../terraform/machines';
import { numberOf, textOf } from '../terraform/values';
import { capacityOf } from './capacity';
import type { Usage } from './usage';

/** What an estimate buys: said beside the price, for a cheaper design that does less is no saving. */
export interface Choices {
  /** `2 × t3.large, 3 × t3.medium spot`. */
  readonly nodes: string;
  /** `10 vCPU, 28 GiB`: all nodes together. */
  readonly capacity: string;
  readonly zones: string;
  readonly controlPlane: string;
  readonly database: string;
  readonly cache: string;
  readonly internet: string;
  readonly images: string;
}

/** In the order in which they are shown. */
export const choiceTitles: Readonly<Record<keyof Choices, string>> = {
  nodes: 'nodes',
  capacity: 'capacity',
  zones: 'zones',
  controlPlane: 'control plane',
  database: 'database',
  cache: 'cache',
  internet: 'way out',
  images: 'images',
};

/** What the resources of a stack amount to; what runs inside the cluster is the environment's to say. */
export function choicesOf(stack: TerraformConfiguration, environment: Environment): Choices {
  const managed = stack.ofType('aws_eks_cluster').length > 0;
  return {
    nodes: nodes(stack),
    capacity: capacity(stack),
    zones: `${environment.network.availabilityZones.length}`,
    controlPlane: managed ? 'EKS, over three zones' : servers(environment.servers.count),
    database: database(stack, environment),
    cache: cache(stack),
    internet: internet(stack),
    images: stack.ofType('aws_ecr_repository').length > 0 ? 'ECR' : 'GHCR',
  };
}

/** The assumptions that matter most to what is compared. */
export function spotNote(usage: Usage): string {
  return `spot at ${Math.round(usage.spotShare * 100)} % of the on-demand price`;
}

function nodes(stack: TerraformConfiguration): string {
  return counted(machines(stack, false)) || 'none';
}

function capacity(stack: TerraformConfiguration): string {
  const found = machinesOf(stack, false).map(({ instanceType }) => capacityOf(instanceType));
  const known = found.filter((one) => one !== undefined);
  if (known.length < found.length) return 'unknown';
  const sum = (key: 'vcpus' | 'gib') => known.reduce((total, one) => total + one[key], 0);
  return `${sum('vcpus')} vCPU, ${sum('gib')} GiB`;
}

function machines(stack: TerraformConfiguration, forwards: boolean): readonly string[] {
  return machinesOf(stack, forwards).map(({ instanceType, spot }) => `${instanceType}${spot ? ' spot' : ''}`);
}

function machinesOf(stack: TerraformConfiguration, forwards: boolean): readonly Machine[] {
  return stack
    .ofType('aws_instance')
    .map((instance) => machineOf(instance, stack))
    .filter((machine) => machine.forwards === forwards);
}

function servers(count: number): string {
  return count === 1 ? 'K3s, 1 server' : `K3s, ${count} servers`;
}

function database(stack: TerraformConfiguration, { database: { mode } }: Environment): string {
  const [rds] = stack.ofType('aws_db_instance');
  if (rds !== undefined) {
    const zones = rds.properties.multi_az === true ? 'Multi-AZ' : 'one zone';
    return `RDS ${textOf(rds.properties.instance_class) ?? ''}, ${zones}`;
  }
  return mode === 'replicated'
    ? 'MySQL in the cluster, primary and replica'
    : 'MySQL in the cluster, one pod';
}

function cache(stack: TerraformConfiguration): string {
  const found = stack.ofType('aws_elasticache_replication_group').map(({ properties }) => {
    const shards = numberOf(properties.num_node_groups) ?? 1;
    const replicas = numberOf(properties.replicas_per_node_group) ?? 0;
    const count = numberOf(properties.num_cache_clusters) ?? shards * (1 + replicas);
    return `${count} × ${textOf(properties.node_type) ?? 'unknown'}`;
  });
  return found.join(', ') || 'none';
}

function internet(stack: TerraformConfiguration): string {
  const gateways = stack.ofType('aws_nat_gateway').length;
  if (gateways > 0) return gateways === 1 ? '1 NAT gateway' : `${gateways} NAT gateways`;
  return counted(machines(stack, true).map((name) => `${name} as NAT`)) || 'none';
}

function counted(names: readonly string[]): string {
  return [...new Set(names)]
    .sort()
    .map((name) => `${names.filter((other) => other === name).length} × ${name}`)
    .join(', ');
}
