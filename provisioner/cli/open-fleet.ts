import { loadEnvironment } from '../../environments';
import type { Environment } from '../../environments/schema';
import type { Host } from '../engine/play';
import { hostsOf } from '../inventory/hosts';
import type { LeaseStore } from '../lease/store';
import { type RoleContext, roleContext } from '../roles/context';
import { site } from '../site';
import { areTasksKnown, rememberNames } from './completion/names';
import { hostNames, taskNames } from './completion/names-of';
import { type Connection, connect } from './connect';
import { leaseStoreOf } from './lease';
import type { FleetFlags } from './options';
import { limitedHosts } from './selection';

/** The nodes that a command is about, with everything that it takes to work on them. */
export interface Fleet extends Connection {
  readonly environment: Environment;
  /** Every host of the inventory. */
  readonly hosts: readonly Host[];
  /** Those that `--limit` leaves, in the order of the inventory. */
  readonly limited: readonly Host[];
  readonly context: RoleContext;
  /** Where the right to change these nodes is kept. */
  readonly leases: () => Promise<LeaseStore>;
}

/**
 * From the flags to the nodes: environment, inventory, transport, `--limit`. Nothing has been asked of a node yet.
 *
 * @throws UserError or EnvironmentError for a name that there is not, and where there is no usable inventory
 */
export async function openFleet(flags: FleetFlags): Promise<Fleet> {
  const environment = loadEnvironment(flags.env, flags.set);
  const connection = await connect(environment, flags);
  const hosts = hostsOf(connection.inventory);
  const context = roleContext(environment, connection.inventory);
  rememberNames(environment.name, {
    ...hostNames(hosts),
    ...(areTasksKnown(environment.name) ? {} : taskNames(site({ secrets: connection.secrets }), context)),
  });
  return {
    ...connection,
    environment,
    hosts,
    limited: limitedHosts(hosts, flags.limit),
    context,
    leases: () =>
      leaseStoreOf(environment, { inventory: flags.inventory, transport: connection.transport.name }),
  };
}
