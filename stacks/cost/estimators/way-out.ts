import type { Resource } from '../../terraform/configuration';
import { machineOf } from '../../terraform/machines';
import { textOf } from '../../terraform/values';
import type { Charge, EstimatorContext } from '../estimator';

/** Ways out of private subnets: NAT gateways, and instances that forward. At least 1. */
export function waysOut(context: EstimatorContext): number {
  return Math.max(1, exits(context).length);
}

/**
 * What one way out carries for nodes in zones that have none: it crosses from zone to zone once more, and each gigabyte of
 * that is billed to who sends it and to who receives it (Amazon EC2 pricing, "Data Transfer"). All nodes count alike.
 */
export function toOtherZones(context: EstimatorContext): readonly Charge[] {
  const { usage } = context;
  const own = new Set(exits(context).map((exit) => zoneOf(exit, context)));
  const nodes = machines(context, false).map((node) => zoneOf(node, context));
  const far = nodes.filter((zone) => zone !== undefined && !own.has(zone)).length;
  if (far === 0) return [];
  const gb = (usage.natGb / waysOut(context)) * (far / nodes.length);
  return [{ what: 'to other zones', price: 'transfer.betweenZones', quantity: 2 * gb, assumed: true }];
}

function exits(context: EstimatorContext): readonly Resource[] {
  return [...context.stack.ofType('aws_nat_gateway'), ...machines(context, true)];
}

function machines({ stack }: EstimatorContext, forwards: boolean): readonly Resource[] {
  return stack.ofType('aws_instance').filter((one) => machineOf(one, stack).forwards === forwards);
}

/** The zone of what is in a subnet. */
function zoneOf({ properties }: Resource, { stack }: EstimatorContext): string | undefined {
  const [subnet] = stack.referencedBy(properties.subnet_id);
  return textOf(subnet?.properties.availability_zone);
}
