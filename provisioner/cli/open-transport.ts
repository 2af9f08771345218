import type { SSMClientConfig } from '@aws-sdk/client-ssm';
import type { Environment } from '../../environments/schema';
import { exitCodes, UserError } from '../errors';
import type { Inventory } from '../inventory/schema';
import type { SecretOptions, SecretRotation, SecretStore } from '../secrets/store';
import { PROJECT } from '../state-directory';
import type { SshTarget } from '../transports/ssh-target';
import type { Transport } from '../transports/transport';

export type Secrets = SecretStore & SecretRotation;

export type TransportName = Environment['transport'];

/** Where the Parameter Store and SSM are. */
export type AwsAccess = Pick<SSMClientConfig, 'region' | 'endpoint' | 'credentials'>;

/**
 * SSM as a transport and as the store of secrets, with one client for both. The SDK is loaded when it is first needed: a
 * run over SSH that finds everything in place needs it late or never.
 */
export function ssmAccess(config: AwsAccess): {
  transport(): Promise<Transport>;
  readonly secrets: Secrets;
} {
  let opened: Promise<{ transport: Transport; secrets: Secrets }> | undefined;
  const open = () => {
    opened ??= openSsm(config);
    return opened;
  };
  return {
    transport: async () => (await open()).transport,
    secrets: {
      exists: async (name: string) => (await open()).secrets.exists(name),
      create: async (name: string, value: string, options?: SecretOptions) =>
        (await open()).secrets.create(name, value, options),
      same: async (one: string, other: string) => (await open()).secrets.same(one, other),
      copy: async (...all) => (await open()).secrets.copy(...all),
      version: async (name: string) => (await open()).secrets.version(name),
      remove: async (name: string) => (await open()).secrets.remove(name),
    },
  };
}

async function openSsm(config: AwsAccess): Promise<{ transport: Transport; secrets: Secrets }> {
  const [{ countingSsmClient }, { SsmTransport }, { parameterStore }, { systemClock }] = await Promise.all([
    import('../transports/ssm-client'),
    import('../transports/ssm'),
    import('../secrets/parameter-store'),
    import('../transports/clock'),
  ]);
  const { client, calls } = countingSsmClient(config, (text) => {
    process.stderr.write(`note: ${text}\n`);
  });
  return { transport: new SsmTransport(client, calls, systemClock), secrets: parameterStore(client) };
}

/** Where the sshd of a node is, and how to get in. */
export type SshTargetOf = (node: { readonly name: string; readonly privateIp: string }) => SshTarget;

/** The nodes' sshd, as the environment and ~/.ssh/config say. */
export async function sshTargets(environment: Environment): Promise<SshTargetOf> {
  const { operatorsSurroundings, targetOfNode } = await import('../transports/ssh-target');
  const around = operatorsSurroundings(PROJECT);
  return ({ name, privateIp }) => targetOfNode({ name, address: privateIp }, environment.ssh, around);
}

/** sshd of each node where `targetOf` says. */
export async function sshTransportTo(inventory: Inventory, targetOf: SshTargetOf): Promise<Transport> {
  const [{ SshTransport }, { homedir }] = await Promise.all([import('../transports/ssh'), import('node:os')]);
  const targets = new Map(inventory.nodes.map((node) => [node.name, targetOf(node)]));
  return new SshTransport({
    home: homedir(),
    targetOf({ name }) {
      const target = targets.get(name);
      if (target === undefined) throw new UserError(`${name} is not in the inventory`);
      return target;
    },
  });
}

/** This machine, which has to be the only node. @throws UserError where it is not */
export async function localTransport(inventory: Inventory): Promise<Transport> {
  const [{ LocalTransport }, { isThatMachine, thisMachine }] = await Promise.all([
    import('../transports/local'),
    import('../transports/this-machine'),
  ]);
  const [node, ...others] = inventory.nodes;
  if (node === undefined || others.length > 0)
    throw new UserError(
      `The transport "local" is for one node, and environment "${inventory.environment}" has ${inventory.nodes.length}.`,
      'Take --transport ssm or ssh, or give the inventory of that one node: --inventory FILE.',
      exitCodes.usage,
    );
  if (!isThatMachine(node, thisMachine()))
    throw new UserError(
      `This machine is not ${node.name} (${node.instanceId}, ${node.privateIp}): nothing was run.`,
      'Run it on the node itself, or take --transport ssm or ssh.',
      exitCodes.usage,
    );
  return new LocalTransport();
}
