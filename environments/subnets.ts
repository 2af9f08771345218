import { type Cidr, formatCidr, parseCidr, size } from './cidr';

/** What the layout of the subnets is computed from. */
export interface SubnetPlan {
  readonly cidr: string;
  readonly availabilityZones: readonly string[];
  readonly subnetPrefixes: {
    readonly public: number;
    readonly private: number;
    /** Default: that of the public ones. */
    readonly data?: number | undefined;
  };
}

export interface ZoneSubnets {
  readonly zone: string;
  readonly publicCidr: string;
  readonly privateCidr: string;
  readonly dataCidr: string;
}

/**
 * Lays the subnets of a VPC out: private ones upwards from its first address, data subnets upwards from its middle, public
 * ones downwards from its last address, in the order of the zones. So a zone that is appended later moves no subnet that
 * exists.
 *
 * @returns undefined when they do not all fit
 */
export function layOutSubnets(plan: SubnetPlan): readonly ZoneSubnets[] | undefined {
  const vpc = parseCidr(plan.cidr);
  if (vpc === undefined || !fits(vpc, plan)) return undefined;
  const end = vpc.first + size(vpc);
  const middle = vpc.first + size(vpc) / 2;
  const {
    private: privatePrefix,
    public: publicPrefix,
    data: dataPrefix = publicPrefix,
  } = plan.subnetPrefixes;
  return plan.availabilityZones.map((zone, index) => ({
    zone,
    privateCidr: formatCidr({ first: vpc.first + index * addresses(privatePrefix), prefix: privatePrefix }),
    dataCidr: formatCidr({ first: middle + index * addresses(dataPrefix), prefix: dataPrefix }),
    publicCidr: formatCidr({ first: end - (index + 1) * addresses(publicPrefix), prefix: publicPrefix }),
  }));
}

/** Each kind starts at an end of a half, whose size is a multiple of theirs, so they are aligned and only have to fit. */
function fits(vpc: Cidr, plan: SubnetPlan): boolean {
  const {
    private: privatePrefix,
    public: publicPrefix,
    data: dataPrefix = publicPrefix,
  } = plan.subnetPrefixes;
  const zones = plan.availabilityZones.length;
  const half = size(vpc) / 2;
  return (
    zones * addresses(privatePrefix) <= half &&
    zones * (addresses(dataPrefix) + addresses(publicPrefix)) <= half
  );
}

function addresses(prefix: number): number {
  return 2 ** (32 - prefix);
}
