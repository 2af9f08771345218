import type { Properties, Resource, TerraformConfiguration } from './configuration';
import { blocksOf, textOf } from './values';

/** What an instance is, wherever that is said: in itself or in its launch template. */
export interface Machine {
  readonly instanceType: string;
  /** Spare capacity, at a price that floats. */
  readonly spot: boolean;
  /** Forwards what is not for it: a NAT instance. */
  readonly forwards: boolean;
  /** Its own arguments over those of its launch template. */
  readonly properties: Properties;
}

export function machineOf({ properties: own }: Resource, stack: TerraformConfiguration): Machine {
  const properties = { ...templateOf(own.launch_template, stack), ...own };
  return {
    instanceType: textOf(properties.instance_type) ?? 'unknown',
    spot: blocksOf(properties.instance_market_options).some(({ market_type }) => market_type === 'spot'),
    forwards: own.source_dest_check === false,
    properties,
  };
}

/** The arguments of the launch template that a reference names; none without one. */
export function templateOf(reference: unknown, stack: TerraformConfiguration): Properties {
  const found = stack.referencedBy(reference).find(({ type }) => type === 'aws_launch_template');
  return found?.properties ?? {};
}
