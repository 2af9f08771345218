import { loadEnvironment } from '../../environments';
import { stateBackend } from '../../environments/backend';
import { UserError } from '../errors';
import { fileSource } from '../inventory/file-source';
import type { InventorySource } from '../inventory/source';

/** The environment that the sandbox stands in for. */
export const SANDBOX = 'sandbox';

export interface InventoryChoice {
  readonly environment: string;
  /** A file in place of the remote state: `--inventory FILE`. */
  readonly file?: string | undefined;
}

/** Where the command line takes an environment's inventory from. What is not needed is not loaded: the AWS SDK takes a while. */
export async function inventorySource({ environment, file }: InventoryChoice): Promise<InventorySource> {
  if (file !== undefined) return fileSource(file, environment);
  if (environment === SANDBOX) return runningSandbox();
  const { remoteStateSource } = await import('../inventory/remote-state');
  const wanted = loadEnvironment(environment);
  return remoteStateSource({ ...stateBackend(wanted), accountId: wanted.accountId }, environment);
}

function runningSandbox(): InventorySource {
  return {
    environment: SANDBOX,
    where: 'the sandbox',
    refresh: 'Run `npm run sandbox -- reset`.',
    read: async () => {
      const { readSandbox } = await import('../sandbox');
      const sandbox = readSandbox();
      if (sandbox !== undefined) return sandbox.inventory;
      throw new UserError(
        'The sandbox is not up.',
        'Run `npm run sandbox -- up`, or `npm run provision -- --env sandbox`.',
      );
    },
  };
}
