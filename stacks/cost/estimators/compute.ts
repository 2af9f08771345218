import type { Properties, Resource } from '../../terraform/configuration';
import { type Machine, machineOf, templateOf } from '../../terraform/machines';
import { blocksOf, numberOf, textOf } from '../../terraform/values';
import type { Charge, Estimator, EstimatorContext, Estimators } from '../estimator';
import { toOtherZones } from './way-out';

/** Instances, their disks and addresses, and what runs without servers. */
export const compute: Estimators = {
  aws_instance: (resource, context) => instance(machineOf(resource, context.stack), context),
  aws_autoscaling_group: autoscalingGroup,
  aws_ebs_volume: ({ properties }) => volume(properties.type, properties.size, properties),
  aws_eip: (_resource, { usage }) => [
    { what: 'public IPv4 address', price: 'publicIpv4.hour', quantity: usage.hours },
  ],
  aws_eks_cluster: (_resource, { usage }) => [
    { what: 'control plane', price: 'eks.cluster', quantity: usage.hours },
  ],
  aws_ecr_repository: (_resource, { usage }) => [
    { what: 'images', price: 'ecr.storage', quantity: usage.registryGb, assumed: true },
  ],
  aws_lambda_function: (_resource, { usage }) => [
    { what: 'requests', price: 'lambda.requests', quantity: usage.functionMillions, assumed: true },
  ],
};

function instance(machine: Machine, context: EstimatorContext): readonly Charge[] {
  const { usage } = context;
  const { instanceType, spot, forwards, properties } = machine;
  return [
    {
      what: `${instanceType}, ${spot ? 'spot' : 'on demand'}`,
      price: `ec2.${instanceType}`,
      quantity: usage.hours,
      ...(spot ? { share: usage.spotShare } : {}),
    },
    ...blockDevices(properties),
    ...(hasPublicAddress(properties)
      ? [{ what: 'public IPv4 address', price: 'publicIpv4.hour', quantity: usage.hours }]
      : []),
    ...(forwards ? toOtherZones(context) : []),
    // Seven metrics a minute, at the price of custom ones (Amazon CloudWatch pricing).
    ...(properties.monitoring === true
      ? [{ what: 'detailed monitoring', price: 'metric.custom', quantity: 7 }]
      : []),
  ];
}

function hasPublicAddress(properties: Properties): boolean {
  const interfaces = blocksOf(properties.network_interfaces);
  return [properties, ...interfaces].some(
    ({ associate_public_ip_address: own }) => own === true || own === 'true',
  );
}

/** Disks that come with the instance. A root volume that nobody described has the size of its image: 8 GiB of gp3. */
function blockDevices(properties: Properties): readonly Charge[] {
  const mapped = blocksOf(properties.block_device_mappings).flatMap(({ ebs }) => blocksOf(ebs));
  const root = blocksOf(properties.root_block_device);
  const disks = root.length > 0 ? root : mapped.slice(0, 1);
  const others = [...blocksOf(properties.ebs_block_device), ...mapped.slice(1)];
  return [...(disks.length > 0 ? disks : [{ volume_size: 8 }]), ...others].flatMap((disk) =>
    volume(disk.volume_type, disk.volume_size, disk),
  );
}

/** gp3 has 3,000 IOPS and 125 MiB/s for nothing; more of either is billed (Amazon EBS user guide). */
function volume(type: unknown, size: unknown, { iops, throughput }: Properties): readonly Charge[] {
  const kind = textOf(type) ?? 'gp3';
  const gib = numberOf(size);
  const disk = {
    what: `${gib ?? 'unknown size of'} GiB ${kind}`,
    price: gib === undefined ? 'ebs.unknown' : `ebs.${kind}`,
    quantity: gib ?? 0,
  };
  if (kind !== 'gp3') return [disk];
  return [
    disk,
    ...beyond('IOPS', 'ebs.gp3.iops', numberOf(iops), 3000),
    ...beyond('MiB/s', 'ebs.gp3.throughput', numberOf(throughput), 125),
  ];
}

function beyond(what: string, price: string, value: number | undefined, included: number): readonly Charge[] {
  if (value === undefined || value <= included) return [];
  return [{ what: `${value - included} ${what} beyond ${included}`, price, quantity: value - included }];
}

/** As many instances as are wanted, the first `on_demand_base_capacity` of them on demand. */
function autoscalingGroup(resource: Resource, context: EstimatorContext): ReturnType<Estimator> {
  const { properties } = resource;
  const count = numberOf(properties.desired_capacity) ?? numberOf(properties.min_size) ?? 0;
  if (count === 0) return 'no instances wanted';
  const mixed = blocksOf(properties.mixed_instances_policy)[0];
  const reference = mixed === undefined ? properties.launch_template : mixed.launch_template;
  const override = blocksOf(reference).flatMap((block) => blocksOf(block.override))[0];
  const wanted = { ...templateOf(reference, context.stack), ...(override ?? {}) };
  const one = machineOf({ ...resource, properties: wanted }, context.stack);
  const onDemand = onDemandShare(mixed, count);
  return instance(one, context).flatMap((charge) => {
    if (mixed === undefined || !charge.price.startsWith('ec2.'))
      return [{ ...charge, quantity: charge.quantity * count }];
    const type = charge.price.slice('ec2.'.length);
    return [
      { what: `${type}, on demand`, price: charge.price, quantity: charge.quantity * onDemand },
      {
        what: `${type}, spot`,
        price: charge.price,
        quantity: charge.quantity * (count - onDemand),
        share: context.usage.spotShare,
      },
    ].filter(({ quantity }) => quantity > 0);
  });
}

function onDemandShare(mixed: Properties | undefined, count: number): number {
  const distribution = blocksOf(mixed?.instances_distribution)[0];
  if (distribution === undefined) return count;
  const base = Math.min(count, numberOf(distribution.on_demand_base_capacity) ?? 0);
  const above = numberOf(distribution.on_demand_percentage_above_base_capacity) ?? 100;
  return base + Math.ceil(((count - base) * above) / 100);
}
