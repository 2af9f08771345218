/** CPU architecture as Kubernetes, Debian and K3s name it. */
export type Architecture = 'amd64' | 'arm64';

/** The general shape of an EC2 instance type, for example `t3.medium`, `m7gd.2xlarge` or `u7i-12tb.224xlarge`. */
export const instanceTypePattern =
  /^[a-z]+\d*[a-z0-9-]*\.(nano|micro|small|medium|large|\d*xlarge|metal(-\d+xl)?)$/;

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
