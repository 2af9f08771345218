import { isSandbox } from '../../environments';
import type { Environment } from '../../environments/schema';
import { exitCodes, UserError } from '../errors';
import { loadInventory } from '../inventory/load-inventory';
import { type Inventory, inventorySchema } from '../inventory/schema';
import type { SandboxHandle } from '../sandbox';
import type { Transport } from '../transports/transport';
import { inventorySource } from './inventory-source';
import {
  localTransport,
  type Secrets,
  type SshTargetOf,
  sshTargets,
  sshTransportTo,
  ssmAccess,
  type TransportName,
} from './open-transport';

/** An environment's nodes and the ways to reach them. */
export interface Connection {
  readonly inventory: Inventory;
  readonly transport: Transport;
  readonly secrets: Secrets;
  /** The way to a node's sshd. Absent: the transport is another one. */
  readonly sshTargetOf?: SshTargetOf;
  /** What about it is not real, to be said wherever a run is shown. */
  readonly simulated?: string;
}

export interface ConnectChoice {
  /** A file in place of the remote state: `--inventory FILE`. */
  readonly inventory?: string | undefined;
  /** In place of the environment's: `--transport NAME`. */
  readonly transport?: TransportName | undefined;
}

/**
 * Finds an environment's nodes. The sandbox is brought up where it is not. What the chosen transport does not need is
 * not loaded.
 *
 * @throws UserError without inventory or credentials, and where the transport can't serve these nodes
 */
export async function connect(environment: Environment, choice: ConnectChoice): Promise<Connection> {
  const name = choice.transport ?? environment.transport;
  if (!isSandbox(environment.name)) return toAws(environment, name, choice.inventory);
  if (choice.inventory === undefined) return toSandbox(environment, name);
  throw new UserError('The sandbox has its own inventory.', 'Leave --inventory out.', exitCodes.usage);
}

async function toAws(
  environment: Environment,
  name: TransportName,
  file: string | undefined,
): Promise<Connection> {
  const inventory = await loadInventory(await inventorySource({ environment: environment.name, file }));
  const ssm = ssmAccess({ region: inventory.region });
  const { secrets } = ssm;
  if (name === 'ssh')
    return { inventory, secrets, ...(await overSsh(inventory, await sshTargets(environment))) };
  return {
    inventory,
    secrets,
    transport: await (name === 'local' ? localTransport(inventory) : ssm.transport()),
  };
}

async function overSsh(
  inventory: Inventory,
  sshTargetOf: SshTargetOf,
): Promise<Pick<Connection, 'transport' | 'sshTargetOf'>> {
  return { transport: await sshTransportTo(inventory, sshTargetOf), sshTargetOf };
}

async function toSandbox(environment: Environment, name: TransportName): Promise<Connection> {
  if (name === 'local')
    throw new UserError(
      'The sandbox never runs a role on this machine itself.',
      'Take --transport ssm or ssh.',
      exitCodes.usage,
    );
  const { ensureSandbox } = await import('../sandbox');
  const sandbox = await ensureSandbox(environment);
  const inventory = inventorySchema.parse(sandbox.inventory);
  const { region, endpoint, credentials } = sandbox;
  const ssm = ssmAccess({ region, endpoint, credentials });
  return {
    inventory,
    ...(name === 'ssh'
      ? await overSsh(inventory, sandboxSshTargets(sandbox))
      : { transport: await ssm.transport() }),
    secrets: ssm.secrets,
    simulated: 'sandbox: AWS, systemd and K3s are simulated on this machine; the scripts and files are real',
  };
}

/** Nothing of the operator's own ~/.ssh: the sandbox has its keys and its known_hosts. */
function sandboxSshTargets({ ssh }: SandboxHandle): SshTargetOf {
  if ('unavailable' in ssh)
    throw new UserError(
      `The sandbox's nodes can't be reached over SSH: ${ssh.unavailable}`,
      'Then run `npm run sandbox -- down` and try again; or take --transport ssm.',
    );
  return ({ name }) => ({
    host: ssh.host,
    port: ssh.ports[name] ?? 0,
    user: ssh.user,
    identityFiles: [ssh.identityFile],
    identitiesOnly: true,
    knownHosts: [ssh.knownHostsFile],
    acceptNew: false,
  });
}
