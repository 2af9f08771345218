import { type PlannedNode, plannedNodes } from '../../environments/fleet';
import type { Environment } from '../../environments/schema';
import { type Resource, resource, type TerraformConfiguration } from '../terraform/configuration';
import { nameTag } from '../terraform/values';

/**
 * The original first design, before it was rebuilt for cost: managed services for everything that this platform runs
 * itself. It is described as data, as the resources that a stack of it would have, and priced by the same code.
 */
export const managedDesign = {
  /** One EKS cluster, in a version in standard support. */
  clusters: 1,
  /** ECR repositories: one for each service. */
  repositories: ['user-service', 'reserve-service', 'other-service', 'payment-service'],
  /** RDS for MySQL, Multi-AZ. Its class is the size of the node that the database has in the cluster. */
  database: { engine: 'mysql', storageType: 'gp3', defaultNode: 't3.medium', leastGiB: 20 },
  /** A NAT gateway, with its address, in each zone. */
  nat: 'gateway-per-az',
} as const;

export interface ManagedArgs {
  /** The environment whose design it replaces. */
  readonly environment: Environment;
  /** That environment, synthesized. */
  readonly stack: TerraformConfiguration;
  /**
   * `same`: every node that the environment has is a node of the EKS cluster, bought in the same way, without the volume of
   * the database. `lean`: without the nodes whose work EKS and RDS take over, the servers and the group `database`.
   */
  readonly nodes: 'same' | 'lean';
}

/** The managed design of an environment: everything else (load balancer, edge, cache, logs …) stays as it is there. */
export function managedStack({ environment, stack, nodes }: ManagedArgs): TerraformConfiguration {
  const servers = instancesOf(environment, stack, ({ role }) => role === 'server');
  const databases = instancesOf(environment, stack, ({ group }) => group === 'database');
  const replaced = new Set([
    ...natOf(stack),
    // What is in them is in RDS: its storage comes in their place.
    ...volumesOf(databases, stack),
    ...(nodes === 'lean' ? [...servers, ...volumesOf(servers, stack), ...databases] : []),
  ]);
  return stack.with([
    ...stack.resources.filter((one) => !replaced.has(one) && !watchesAny(one, replaced, stack)),
    ...cluster(),
    ...registry(),
    ...natGateways(environment, stack),
    ...(stack.ofType('aws_db_instance').length > 0 ? [] : [database(environment)]),
  ]);
}

function cluster(): readonly Resource[] {
  return Array.from({ length: managedDesign.clusters }, (_, index) =>
    resource('aws_eks_cluster', `eks/cluster-${index + 1}`),
  );
}

function registry(): readonly Resource[] {
  return managedDesign.repositories.map((name) => resource('aws_ecr_repository', `ecr/${name}`));
}

/** One in a subnet of each zone. */
function natGateways({ network }: Environment, stack: TerraformConfiguration): readonly Resource[] {
  return network.availabilityZones.flatMap((zone) => {
    const subnet = stack.ofType('aws_subnet').find(({ properties }) => properties.availability_zone === zone);
    const place = subnet === undefined ? {} : { subnet_id: `\${${subnet.address}.id}` };
    return [
      resource('aws_nat_gateway', `nat/${zone}/gateway`, place),
      resource('aws_eip', `nat/${zone}/address`),
    ];
  });
}

function database(environment: Environment): Resource {
  const { engine, storageType, defaultNode, leastGiB } = managedDesign.database;
  const node = environment.nodeGroups.database?.instanceType ?? defaultNode;
  return resource('aws_db_instance', 'rds/database', {
    engine,
    instance_class: `db.${node}`,
    multi_az: true,
    storage_type: storageType,
    allocated_storage: Math.max(environment.database.storageGiB, leastGiB),
  });
}

/** NAT gateways and NAT instances (which forward what is not for them), with their addresses. */
function natOf(stack: TerraformConfiguration): readonly Resource[] {
  const gateways = stack.ofType('aws_nat_gateway');
  const instances = stack
    .ofType('aws_instance')
    .filter(({ properties }) => properties.source_dest_check === false);
  const addresses = stack.ofType('aws_eip').filter((address) => {
    const users = [...stack.referencedBy(address.properties), ...gateways.filter(names(stack, address))];
    return users.some((user) => gateways.includes(user) || instances.includes(user));
  });
  return [...gateways, ...instances, ...addresses];
}

function names(stack: TerraformConfiguration, target: Resource) {
  return ({ properties }: Resource) => stack.referencedBy(properties).includes(target);
}

/** An alarm of something that is not there any more. */
function watchesAny(one: Resource, gone: ReadonlySet<Resource>, stack: TerraformConfiguration): boolean {
  if (one.type !== 'aws_cloudwatch_metric_alarm') return false;
  return stack.referencedBy(one.properties.dimensions).some((watched) => gone.has(watched));
}

function instancesOf(
  environment: Environment,
  stack: TerraformConfiguration,
  matches: (node: PlannedNode) => boolean,
): readonly Resource[] {
  const wanted = new Set(
    plannedNodes(environment)
      .filter(matches)
      .map(({ name }) => name),
  );
  return stack.ofType('aws_instance').filter(({ properties }) => wanted.has(nameTag(properties) ?? ''));
}

/** The volumes that are attached to instances; their root volumes are part of these. */
function volumesOf(instances: readonly Resource[], stack: TerraformConfiguration): readonly Resource[] {
  return stack.ofType('aws_volume_attachment').flatMap(({ properties }) => {
    const ends = stack.referencedBy(properties);
    return ends.some((end) => instances.includes(end))
      ? ends.filter(({ type }) => type === 'aws_ebs_volume')
      : [];
  });
}
