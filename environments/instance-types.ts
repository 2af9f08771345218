import { typeNames } from './type-names';

/** CPU architecture as Kubernetes, Debian and K3s name it. */
export type Architecture = 'amd64' | 'arm64';

/**
 * Families of EC2 instances that a node may be of (EC2, "Instance types"): general purpose, computing, memory, local disks.
 * One that AWS has added since is added here. All are of the Nitro System: nodes are optimised for EBS, which T2 refuses, and
 * find a data volume by its serial number as an NVMe device, which Xen (T2, M4, C4, R4, I3, D2 …) does not show.
 */
const families: readonly string[] = [
  't3 t3a t4g',
  'm5 m5a m5ad m5d m5dn m5n m5zn m6a m6g m6gd m6i m6id m6idn m6in m7a m7g m7gd m7i m7i-flex m8a m8g m8gd m8i m8i-flex',
  'c5 c5a c5ad c5d c5n c6a c6g c6gd c6gn c6i c6id c6in c7a c7g c7gd c7gn c7i c7i-flex c8a c8g c8gd c8gn c8i c8i-flex',
  'r5 r5a r5ad r5b r5d r5dn r5n r6a r6g r6gd r6i r6id r6idn r6in r7a r7g r7gd r7i r7iz r8a r8g r8gd r8i x2gd x2idn x2iedn x8g',
  'g4dn g5 g5g g6 g6e',
  'a1 d3 d3en i3en i4g i4i i7i i7ie i8g im4gn is4gen z1d',
].flatMap((line) => line.split(' '));

const types = typeNames({
  prefix: '',
  families,
  sizes: {
    burstable: /^(nano|micro|small|medium|large|2?xlarge)$/,
    others: /^(medium|large|(2|3|4|6|8|9|10|12|16|18|24|32|48|96)?xlarge|metal(-\d+xl)?)$/,
  },
});

/** Whether EC2 has such a type, for example `t3.medium` or `m7gd.2xlarge`. */
export const isInstanceType = types.has;

/** The type that a wrong one most likely means. */
export const likelyInstanceType = types.likely;

/**
 * The architecture that an instance type has. Amazon marks its own (Arm) processors by a `g` behind the generation
 * (`t4g`, `m7gd`, `is4gen`); the first generation was `a1`. All other Linux types are x86-64.
 */
export function architectureOf(instanceType: string): Architecture {
  const family = instanceType.split('.')[0] ?? '';
  const attributes = /^[a-z]+-?\d+([a-z0-9-]*)$/.exec(family)?.[1] ?? '';
  return family === 'a1' || attributes.split('-')[0]?.includes('g') === true ? 'arm64' : 'amd64';
}

/** Types with less memory than the 2 GiB that a K3s server needs (K3s documentation, "Requirements"). */
export function isTooSmallForServer(instanceType: string): boolean {
  return /\.(nano|micro)$/.test(instanceType);
}
