import { type Cidr, formatCidr, parseCidr, size } from './cidr';

/** What the layout of the subnets is computed from. */
export interface SubnetPlan {
  readonly cidr: string;
  readonly availabilityZones: readonly string[];
  readonly subnetPrefixes: { readonly public: number; readonly private: number };
}

export interface ZoneSubnets {
  readonly zone: string;
  readonly publicCidr: string;
  readonly privateCidr: string;
}

/**
 * Lays the subnets of a VPC out: private ones upwards from its first address, public ones downwards from its last, in
 * the order of the zones. So a zone that is appended later moves no subnet that exists.
 *
 * @returns undefined when they do not all fit
 */
export function layOutSubnets(plan: SubnetPlan): readonly ZoneSubnets[] | undefined {
  const vpc = parseCidr(plan.cidr);
  if (vpc === undefined || !fits(vpc, plan)) return undefined;
  const end = vpc.first + size(vpc);
  return plan.availabilityZones.map((zone, index) => {
    const { private: privatePrefix, public: publicPrefix } = plan.subnetPrefixes;
    return {
      zone,
      privateCidr: formatCidr({ first: vpc.first + index * addresses(privatePrefix), prefix: privatePrefix }),
      publicCidr: formatCidr({ first: end - (index + 1) * addresses(publicPrefix), prefix: publicPrefix }),
    };
  });
}

/** Both kinds start at an end of the VPC, whose size is a multiple of theirs, so they are aligned and only have to fit. */
function fits(vpc: Cidr, plan: SubnetPlan): boolean {
  const { private: privatePrefix, public: publicPrefix } = plan.subnetPrefixes;
  return plan.availabilityZones.length * (addresses(privatePrefix) + addresses(publicPrefix)) <= size(vpc);
}

function addresses(prefix: number): number {
  return 2 ** (32 - prefix);
}
