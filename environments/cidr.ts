/** A block of IPv4 addresses: the first one as an unsigned 32-bit number, and the length of its prefix. */
export interface Cidr {
  readonly first: number;
  readonly prefix: number;
}

/** Parses `10.0.0.0/16`; undefined when it is no CIDR block or has bits set behind its prefix. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (match === null) return undefined;
  const numbers = match.slice(1).map(Number);
  const prefix = numbers[4] ?? 33;
  const octets = numbers.slice(0, 4);
  if (prefix > 32 || octets.some((octet) => octet > 255)) return undefined;
  const first = octets.reduce((address, octet) => address * 256 + octet, 0);
  return first % size({ first, prefix }) === 0 ? { first, prefix } : undefined;
}

export function formatCidr(block: Cidr): string {
  return `${formatAddress(block.first)}/${block.prefix}`;
}

export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

/** How many addresses the block has. */
export function size(block: Cidr): number {
  return 2 ** (32 - block.prefix);
}

export function overlaps(one: Cidr, other: Cidr): boolean {
  return one.first < other.first + size(other) && other.first < one.first + size(one);
}

export function contains(outer: Cidr, inner: Cidr): boolean {
  return inner.first >= outer.first && inner.first + size(inner) <= outer.first + size(outer);
}
