/** What an instance offers to what runs on it. */
export interface Capacity {
  readonly vcpus: number;
  readonly gib: number;
}

const burstable: Readonly<Record<string, Capacity>> = {
  nano: { vcpus: 2, gib: 0.5 },
  micro: { vcpus: 2, gib: 1 },
  small: { vcpus: 2, gib: 2 },
  medium: { vcpus: 2, gib: 4 },
  large: { vcpus: 2, gib: 8 },
  xlarge: { vcpus: 4, gib: 16 },
  '2xlarge': { vcpus: 8, gib: 32 },
};

/** GiB of memory for each vCPU, by the first letter of the family. */
const gibPerVcpu: Readonly<Record<string, number>> = { c: 2, m: 4, r: 8 };

/** That of an instance type (EC2, "Instance types"); undefined for one of a family that follows no rule. */
export function capacityOf(instanceType: string): Capacity | undefined {
  const [family = '', size = ''] = instanceType.split('.');
  if (/^t[34][ag]?$/.test(family)) return burstable[size];
  const perVcpu = /^[cmr]\d/.test(family) ? gibPerVcpu[family.charAt(0)] : undefined;
  const vcpus = vcpusOf(size);
  return perVcpu === undefined || vcpus === undefined ? undefined : { vcpus, gib: vcpus * perVcpu };
}

function vcpusOf(size: string): number | undefined {
  if (size === 'medium') return 1;
  if (size === 'large') return 2;
  const times = /^(\d*)xlarge$/.exec(size)?.[1];
  return times === undefined ? undefined : 4 * Number(times || '1');
}
