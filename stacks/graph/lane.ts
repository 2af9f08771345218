import type { Resource } from '../terraform/configuration';

/** The rows of the VPC. */
export type Lane = 'public' | 'private' | 'data';

/** The lane of a subnet: the first word of its name in the tree of constructs, `network/private-a`. */
export function laneOf(subnet: Resource): Lane {
  const name = subnet.path.slice(subnet.path.lastIndexOf('/') + 1);
  if (name.startsWith('public')) return 'public';
  return /^(data|isolated|database)/.test(name) ? 'data' : 'private';
}
