import type { Construct } from 'constructs';
import type { Environment } from '../environments/schema';
import type { Alarms } from './constructs/alarms';
import { Cache } from './constructs/cache';
import { Database } from './constructs/database';
import { Messaging } from './constructs/messaging';
import type { Network } from './constructs/network';
import type { NodeFirewall } from './constructs/node-firewall';
import type { NodeIdentity } from './constructs/node-identity';

export interface DataArgs {
  readonly environment: Environment;
  /** `<project>-<environment>`: the start of every name. */
  readonly name: string;
  readonly accountId: string;
  readonly network: Network;
  readonly firewall: NodeFirewall;
  /** Who gives the cache its password, writes dumps, and reads the master password of RDS where there is one. */
  readonly identity: NodeIdentity;
  /** Key of everything at rest (ARN). */
  readonly keyArn: string;
  readonly alarms: Alarms;
}

/** Where the services keep what they know. */
export interface Data {
  readonly cache: Cache;
  readonly database: Database;
  /** Undefined where the environment has `messaging.enabled: false`. */
  readonly messaging: Messaging | undefined;
}

/** Cache, database and messages, and what the nodes may do with them. */
export function data(scope: Construct, args: DataArgs): Data {
  const { environment, name, network, identity, alarms } = args;
  const inside = {
    name,
    accountId: args.accountId,
    vpcId: network.vpcId,
    subnetIds: network.dataSubnetIds,
    firewall: args.firewall,
    keyArn: args.keyArn,
    production: environment.production,
    alarms,
  };
  const cache = new Cache(scope, 'cache', { ...inside, settings: environment.redis });
  cache.grantSetPassword(identity);
  const database = new Database(scope, 'database', { ...inside, settings: environment.database });
  database.grantBackup(identity, `${environment.name}/etcd`);
  database.grantReadMasterSecret(identity);
  const messaging = environment.messaging.enabled
    ? new Messaging(scope, 'messaging', { name, alarms, settings: environment.messaging })
    : undefined;
  return { cache, database, messaging };
}
