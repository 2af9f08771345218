import type { Environment } from './schema';

/** What nodes may open connections to outside the VPC. */
export interface EgressPort {
  /** Unique: part of the rule's id. */
  readonly id: string;
  readonly description: string;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  /** Block of addresses. */
  readonly cidr: string;
}

type Wanted = Pick<Environment, 'network' | 'artifactMirror'> & {
  readonly k3s: Pick<Environment['k3s'], 'registryMirrors'>;
  readonly system: Pick<Environment['system'], 'ntpServer'>;
};

const anywhere = '0.0.0.0/0';

/**
 * Where nodes may go outside the VPC: HTTPS, where AWS, registries, webhooks and payment providers are; HTTP, by which
 * Ubuntu's archives are reached; what other settings name (mirrors at another port, another time server); and
 * `network.egress`. Names and time are not here: security groups do not filter the resolver of the VPC, instance metadata
 * and the Amazon Time Sync Service (VPC User Guide, "Security groups").
 */
export function internetEgress({ network, k3s, system, artifactMirror }: Wanted): readonly EgressPort[] {
  const mirrors = [...Object.values(k3s.registryMirrors).flat(), ...(artifactMirror ? [artifactMirror] : [])];
  const all: readonly EgressPort[] = [
    tcp(443, 'HTTPS: the endpoints of AWS, registries, webhooks'),
    tcp(80, 'HTTP: archives of packages'),
    ...mirrors.map((url) => tcp(portOf(url), 'Mirrors')),
    ...time(system.ntpServer),
    ...network.egress.map(({ protocol, port, cidr }) => ({
      id: `${protocol}-${port}-${idOf(cidr)}`,
      description: 'network.egress',
      protocol,
      port,
      cidr,
    })),
  ];
  return all.filter(({ id }, index) => all.findIndex((one) => one.id === id) === index);
}

function tcp(port: number, description: string): EgressPort {
  return { id: `tcp-${port}-${idOf(anywhere)}`, description, protocol: 'tcp', port, cidr: anywhere };
}

/** NTP to a server that is not on the link, where nothing is filtered. */
function time(server: string): readonly EgressPort[] {
  if (/^(169\.254\.|fd00:ec2:)/.test(server)) return [];
  const cidr = /^\d+(\.\d+){3}$/.test(server) ? `${server}/32` : anywhere;
  return [{ id: `udp-123-${idOf(cidr)}`, description: 'Time', protocol: 'udp', port: 123, cidr }];
}

function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  if (port !== '') return Number(port);
  return protocol === 'http:' ? 80 : 443;
}

function idOf(cidr: string): string {
  return cidr === anywhere ? 'anywhere' : cidr.replaceAll(/[./]/g, '-');
}
