import type { SSMClientConfig } from '@aws-sdk/client-ssm';
import { isSandbox } from '../../environments';
import type { Environment } from '../../environments/schema';
import { exitCodes, UserError } from '../errors';
import { loadInventory } from '../inventory/load-inventory';
import { type Inventory, inventorySchema } from '../inventory/schema';
import { parameterStore } from '../secrets/parameter-store';
import type { SecretStore } from '../secrets/store';
import { systemClock } from '../transports/clock';
import { SsmTransport } from '../transports/ssm';
import { countingSsmClient } from '../transports/ssm-client';
import type { Transport } from '../transports/transport';
import { inventorySource } from './inventory-source';

/** An environment's nodes and the ways to reach them. */
export interface Connection {
  readonly inventory: Inventory;
  readonly transport: Transport;
  readonly secrets: SecretStore;
  /** What about it is not real, to be said wherever a run is shown. */
  readonly simulated?: string;
}

/**
 * Finds an environment's nodes. The sandbox is brought up where it is not.
 *
 * @throws UserError without inventory or credentials
 */
export async function connect(
  environment: Environment,
  inventoryFile: string | undefined,
): Promise<Connection> {
  if (!isSandbox(environment.name)) return toAws(environment, inventoryFile);
  if (inventoryFile === undefined) return toSandbox(environment);
  throw new UserError('The sandbox has its own inventory.', 'Leave --inventory out.', exitCodes.usage);
}

async function toAws(environment: Environment, file: string | undefined): Promise<Connection> {
  const inventory = await loadInventory(await inventorySource({ environment: environment.name, file }));
  return over(inventory, { region: inventory.region });
}

async function toSandbox(environment: Environment): Promise<Connection> {
  const { ensureSandbox } = await import('../sandbox');
  const sandbox = await ensureSandbox(environment);
  const inventory = inventorySchema.parse(sandbox.inventory);
  const config = { region: sandbox.region, endpoint: sandbox.endpoint, credentials: sandbox.credentials };
  return {
    ...over(inventory, config),
    simulated: 'sandbox: AWS, systemd and K3s are simulated on this machine; the scripts and files are real',
  };
}

function over(inventory: Inventory, config: SSMClientConfig): Connection {
  const { client, calls } = countingSsmClient(config);
  return {
    inventory,
    transport: new SsmTransport(client, calls, systemClock),
    secrets: parameterStore(client),
  };
}
