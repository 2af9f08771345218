import { readFileSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';

/** What this machine knows of itself without asking anybody. */
export interface MachineIdentity {
  /** Addresses of its network interfaces. */
  readonly addresses: readonly string[];
  readonly hostname: string;
  /** On EC2's Nitro instances; undefined elsewhere. */
  readonly instanceId: string | undefined;
}

/** Nitro shows an instance its id as the asset tag of its board (EC2 user guide, "Identify EC2 instances"). */
const ASSET_TAG = '/sys/devices/virtual/dmi/id/board_asset_tag';

export function thisMachine(): MachineIdentity {
  const addresses = Object.values(networkInterfaces()).flatMap((own) => own ?? []);
  return {
    addresses: addresses.map(({ address }) => address),
    hostname: hostname(),
    instanceId: instanceId(),
  };
}

/** Whether a node of the inventory is that machine: by its instance id where there is one, else by address or name. */
export function isThatMachine(
  node: { readonly name: string; readonly instanceId: string; readonly privateIp: string },
  machine: MachineIdentity,
): boolean {
  if (machine.instanceId !== undefined) return machine.instanceId === node.instanceId;
  return machine.addresses.includes(node.privateIp) || machine.hostname === node.name;
}

function instanceId(): string | undefined {
  try {
    const tag = readFileSync(ASSET_TAG, 'utf8').trim();
    return /^i-[0-9a-f]{8,17}$/.test(tag) ? tag : undefined;
  } catch {
    return undefined;
  }
}
