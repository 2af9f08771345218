import { Construct } from 'constructs';
import type { Environment } from '../../environments/schema';
import type { Alarms } from './alarms';
import type { Grantee } from './grantee';
import { ManagedMysql } from './managed-mysql';
import type { NodeFirewall } from './node-firewall';
import { type Aging, PrivateBucket } from './private-bucket';

export interface DatabaseArgs {
  /** `<project>-<environment>`, up to 32 characters: the start of every name. */
  readonly name: string;
  /** What the environment asks for, section `database`. */
  readonly settings: Environment['database'];
  /** The account that is deployed to: part of the bucket's name, for names of buckets are global to AWS. */
  readonly accountId: string;
  /** The VPC that `subnetIds` are in. */
  readonly vpcId: string;
  /** Isolated subnets in two zones or more (ids). Only `rds` uses them. */
  readonly subnetIds: readonly string[];
  /** Whose nodes may reach it. */
  readonly firewall: NodeFirewall;
  /** Key that encrypts dumps, storage, snapshots and the master password (ARN). */
  readonly keyArn: string;
  /** Production: the bucket and the instance refuse to be destroyed. */
  readonly production: boolean;
  /** Where the alarms of RDS go. */
  readonly alarms: Alarms;
}

/**
 * What the database has in AWS. A MySQL in the cluster (`pod`, `replicated`) has a bucket for its dumps; `rds` has an
 * instance besides, and keeps the bucket, for dumps are how data moves between the modes: a change of mode destroys none.
 *
 * Cost: the bucket by what is in it (see `PrivateBucket`; standard-IA 0.0138, Glacier Instant Retrieval 0.005 USD a GB in
 * ap-northeast-2); `rds` see `ManagedMysql`.
 */
export class Database extends Construct {
  readonly #dumps: PrivateBucket;
  readonly #managed: ManagedMysql | undefined;

  constructor(scope: Construct, id: string, args: DatabaseArgs) {
    super(scope, id);
    const { settings, name, keyArn, production } = args;
    this.#dumps = new PrivateBucket(this, 'dumps', {
      name: `${name}-dumps-${args.accountId}`,
      keyArn,
      protect: production,
      aging: agingOf(settings.dumps.retentionDays),
      ...(settings.dumps.objectLock === 'none'
        ? {}
        : { objectLock: { mode: settings.dumps.objectLock, days: settings.dumps.lockDays } }),
    });
    this.#managed =
      settings.mode === 'rds'
        ? new ManagedMysql(this, 'rds', {
            ...args,
            settings: settings.rds,
            storageGiB: settings.storageGiB,
            schema: settings.name,
          })
        : undefined;
  }

  /** Name of the bucket of dumps. */
  get dumpBucket(): string {
    return this.#dumps.name;
  }

  /** `host:port` of RDS; undefined where MySQL runs in the cluster. */
  get endpoint(): string | undefined {
    return this.#managed?.endpoint;
  }

  /** The secret of RDS's master user (ARN, Secrets Manager); undefined where MySQL runs in the cluster. */
  get masterSecretArn(): string | undefined {
    return this.#managed?.masterSecretArn;
  }

  /**
   * Lets nodes put dumps into the bucket and read them back, but not delete them.
   *
   * @param snapshots the folder in which K3s keeps the last snapshots of etcd, and deletes older ones
   */
  grantBackup(nodes: Grantee, snapshots: string): void {
    this.#dumps.grantAppend('back-up-database', nodes, snapshots);
  }

  /** Lets somebody read the master user's password of RDS. Grants nothing where MySQL runs in the cluster. */
  grantReadMasterSecret(reader: Grantee): void {
    this.#managed?.grantReadMasterSecret(reader);
  }
}

/** The cheaper classes charge for 30 and 90 days at least: a dump moves only where it stays that long. */
function agingOf(retentionDays: number): Aging {
  return {
    transitions: [
      ...(retentionDays >= 60 ? [{ days: 30, storageClass: 'STANDARD_IA' } as const] : []),
      ...(retentionDays >= 180 ? [{ days: 90, storageClass: 'GLACIER_IR' } as const] : []),
    ],
    expireDays: retentionDays,
  };
}
