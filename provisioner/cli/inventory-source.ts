import { isSandbox, loadEnvironment } from '../../environments';
import { stateBackend } from '../../environments/backend';
import { UserError } from '../errors';
import { fileSource } from '../inventory/file-source';
import type { InventorySource } from '../inventory/source';

export interface InventoryChoice {
  readonly environment: string;
  /** A file in place of the remote state: `--inventory FILE`. */
  readonly file?: string | undefined;
}

/** Where the command line takes an environment's inventory from. What is not needed is not loaded: the AWS SDK takes a while. */
export async function inventorySource({ environment, file }: InventoryChoice): Promise<InventorySource> {
  if (file !== undefined) return fileSource(file, environment);
  if (isSandbox(environment)) return runningSandbox(environment);
  const { remoteStateSource } = await import('../inventory/remote-state');
  const wanted = loadEnvironment(environment);
  return remoteStateSource({ ...stateBackend(wanted), accountId: wanted.accountId }, environment);
}

function runningSandbox(environment: string): InventorySource {
  return {
    environment,
    where: 'the sandbox',
    refresh: `Run \`npm run sandbox -- reset --env ${environment}\`.`,
    read: async () => {
      const { readSandbox } = await import('../sandbox');
      const sandbox = readSandbox(environment);
      if (sandbox !== undefined) return sandbox.inventory;
      throw new UserError(
        'The sandbox is not up.',
        `Run \`npm run sandbox -- up --env ${environment}\`, or \`npm run provision -- --env ${environment}\`.`,
      );
    },
  };
}
