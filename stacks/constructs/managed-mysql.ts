import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group';
import { DataAwsPartition } from '@cdktf/provider-aws/lib/data-aws-partition';
import { DbInstance, type DbInstanceConfig } from '@cdktf/provider-aws/lib/db-instance';
import { DbParameterGroup } from '@cdktf/provider-aws/lib/db-parameter-group';
import { DbSubnetGroup } from '@cdktf/provider-aws/lib/db-subnet-group';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment';
import { Construct } from 'constructs';
import type { Environment } from '../../environments/schema';
import type { Alarms } from './alarms';
import { singleHyphens } from './aws-name';
import type { Grantee } from './grantee';
import type { NodeFirewall } from './node-firewall';
import { NodesOnly } from './nodes-only';
import { policyDocument } from './policy';

export interface ManagedMysqlArgs {
  /** `<project>-<environment>`, up to 32 characters: the start of every name. */
  readonly name: string;
  /** The fields of `database.rds` in the environment, which are documented there. */
  readonly settings: Environment['database']['rds'];
  /** Storage to begin with, GiB, 20 at least (RDS with gp3). */
  readonly storageGiB: number;
  /** Name of the schema (MySQL: database) that is made with it. */
  readonly schema: string;
  /** The VPC that `subnetIds` are in. */
  readonly vpcId: string;
  /** Isolated subnets in two zones or more (ids), as RDS asks for even without a standby. */
  readonly subnetIds: readonly string[];
  /** Whose nodes may reach it. */
  readonly firewall: NodeFirewall;
  /** Key that encrypts storage, snapshots, insights and the master password (ARN). */
  readonly keyArn: string;
  /** Production: deletion protection, a last snapshot, changes only in the maintenance window. */
  readonly production: boolean;
  /** Where its alarms go. */
  readonly alarms: Alarms;
}

const port = 3306;
const logs = ['error', 'slowquery'] as const;

/** As text, for RDS compares text. Passwords and rows never cross the network in the clear: `require_secure_transport`. */
const parameters: Readonly<Record<string, string>> = {
  character_set_server: 'utf8mb4',
  collation_server: 'utf8mb4_0900_ai_ci',
  require_secure_transport: '1',
  slow_query_log: '1',
  long_query_time: '1',
  log_output: 'FILE',
  innodb_print_all_deadlocks: '1',
};

/**
 * RDS for MySQL 8.4 (LTS): a standby in a second zone, storage that grows, any second of the last days to restore to, TLS
 * required, reached by the nodes and nobody else. RDS makes and rotates the master password in Secrets Manager: it is in
 * no state.
 *
 * Cost (ap-northeast-2, db.t4g.medium Multi-AZ): about 148 USD a month, 0.26 USD for each GiB of storage (half of both
 * without the standby), backups beyond the size of the storage 0.095 USD a GB, 0.40 USD for the secret, 0.30 USD for
 * alarms.
 */
export class ManagedMysql extends Construct {
  readonly #args: ManagedMysqlArgs;
  readonly #instance: DbInstance;

  constructor(scope: Construct, id: string, args: ManagedMysqlArgs) {
    super(scope, id);
    this.#args = args;
    const production = args.production;
    this.#instance = new DbInstance(this, 'instance', {
      ...this.#engine(),
      ...this.#storage(),
      ...this.#place(),
      ...this.#recovery(),
      ...this.#insight(),
      username: 'admin',
      manageMasterUserPassword: true,
      masterUserSecretKmsKeyId: args.keyArn,
      iamDatabaseAuthenticationEnabled: true,
      maintenanceWindow: args.settings.maintenanceWindow,
      applyImmediately: !production,
      // Without its log groups RDS makes them itself, and keeps them for ever.
      dependsOn: this.#logGroups(),
      lifecycle: { preventDestroy: production },
    });
    this.#watch();
  }

  /** `host:port`. TLS. */
  get endpoint(): string {
    return this.#instance.endpoint;
  }

  /** The master user's secret (ARN): `username` and `password` in JSON. */
  get masterSecretArn(): string {
    return this.#instance.masterUserSecret.get(0).secretArn;
  }

  /** Lets somebody read the master user's password. */
  grantReadMasterSecret(reader: Grantee): void {
    reader.addPolicy('read-database-secret', [
      {
        sid: 'ReadSecret',
        actions: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
        resources: [this.masterSecretArn],
      },
      {
        sid: 'DecryptSecret',
        actions: ['kms:Decrypt'],
        resources: [this.#args.keyArn],
        condition: {
          StringLike: { 'kms:ViaService': 'secretsmanager.*.amazonaws.com' },
          StringEquals: { 'kms:EncryptionContext:SecretARN': this.masterSecretArn },
        },
      },
    ]);
  }

  /** RDS takes 63 characters. */
  get #identifier(): string {
    return singleHyphens(`${this.#args.name}-mysql`, 63);
  }

  #engine() {
    return {
      identifier: this.#identifier,
      engine: 'mysql',
      // The series: RDS chooses the release, and moves to later ones in the maintenance window.
      engineVersion: '8.4',
      autoMinorVersionUpgrade: true,
      instanceClass: this.#args.settings.instanceClass,
      dbName: this.#args.schema,
      port,
      parameterGroupName: new DbParameterGroup(this, 'parameters', {
        name: singleHyphens(`${this.#args.name}-mysql84`, 255),
        family: 'mysql8.4',
        description: `MySQL of ${this.#args.name}`,
        parameter: Object.entries(parameters).map(([name, value]) => ({ name, value })),
        lifecycle: { createBeforeDestroy: true },
      }).name,
    } satisfies Partial<DbInstanceConfig>;
  }

  #storage() {
    return {
      storageType: 'gp3',
      allocatedStorage: this.#args.storageGiB,
      maxAllocatedStorage: this.#args.settings.maxStorageGiB,
      storageEncrypted: true,
      kmsKeyId: this.#args.keyArn,
    } satisfies Partial<DbInstanceConfig>;
  }

  #place() {
    const { name, vpcId, firewall, subnetIds, settings } = this.#args;
    return {
      multiAz: settings.multiAz,
      publiclyAccessible: false,
      dbSubnetGroupName: new DbSubnetGroup(this, 'subnets', {
        name: this.#identifier,
        description: `MySQL of ${name}`,
        subnetIds: [...subnetIds],
      }).name,
      vpcSecurityGroupIds: [
        new NodesOnly(this, 'firewall', {
          name: `${name}-mysql`,
          description: 'MySQL: from the nodes',
          vpcId,
          firewall,
          port,
        }).groupId,
      ],
    } satisfies Partial<DbInstanceConfig>;
  }

  #recovery() {
    const { settings, production } = this.#args;
    return {
      backupRetentionPeriod: settings.restoreDays,
      backupWindow: settings.backupWindow,
      copyTagsToSnapshot: true,
      deletionProtection: production,
      deleteAutomatedBackups: !production,
      skipFinalSnapshot: !production,
      ...(production ? { finalSnapshotIdentifier: `${this.#identifier}-final` } : {}),
    } satisfies Partial<DbInstanceConfig>;
  }

  #insight() {
    const { settings, keyArn } = this.#args;
    return {
      enabledCloudwatchLogsExports: [...logs],
      monitoringInterval: 60,
      monitoringRoleArn: this.#monitoringRole(),
      // A week of it is free, in the standard mode; it is shown by CloudWatch Database Insights, whose advanced mode is billed.
      databaseInsightsMode: 'standard',
      ...(hasPerformanceInsights(settings.instanceClass)
        ? {
            performanceInsightsEnabled: true,
            performanceInsightsKmsKeyId: keyArn,
            performanceInsightsRetentionPeriod: 7,
          }
        : {}),
    } satisfies Partial<DbInstanceConfig>;
  }

  #monitoringRole(): string {
    const { partition } = new DataAwsPartition(this, 'partition');
    const role = new IamRole(this, 'monitoring', {
      name: `${this.#args.name}-rds-monitoring`,
      assumeRolePolicy: policyDocument([
        { sid: 'Rds', principal: { Service: 'monitoring.rds.amazonaws.com' }, actions: ['sts:AssumeRole'] },
      ]),
    });
    new IamRolePolicyAttachment(this, 'monitoring-policy', {
      role: role.name,
      policyArn: `arn:${partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole`,
    });
    return role.arn;
  }

  #logGroups(): CloudwatchLogGroup[] {
    return logs.map(
      (log) =>
        new CloudwatchLogGroup(this, `${log}-log`, {
          name: `/aws/rds/instance/${this.#identifier}/${log}`,
          retentionInDays: 30,
        }),
    );
  }

  #watch(): void {
    const { alarms, storageGiB } = this.#args;
    const metric = {
      namespace: 'AWS/RDS',
      dimensions: { DBInstanceIdentifier: this.#instance.identifier },
    };
    alarms.add('mysql-storage', {
      ...metric,
      description:
        'The storage of MySQL is nearly full and has not grown: it may have reached database.rds.maxStorageGiB. When it is full, MySQL stops. Raise the limit and deploy.',
      metric: 'FreeStorageSpace',
      statistic: 'Minimum',
      comparison: 'LessThanThreshold',
      threshold: Math.round(Math.max(1, storageGiB * 0.05) * 2 ** 30),
    });
    alarms.add('mysql-cpu', {
      ...metric,
      description:
        'MySQL has computed at more than 80 % for 15 minutes, or says nothing at all. Database Insights (CloudWatch) and the slow log say which statements; else choose a larger database.rds.instanceClass.',
      metric: 'CPUUtilization',
      statistic: 'Average',
      comparison: 'GreaterThanOrEqualToThreshold',
      threshold: 80,
      periods: 15,
      missingData: 'breaching',
    });
    alarms.add('mysql-memory', {
      ...metric,
      description:
        'MySQL has less than 100 MiB of memory left and may be restarted. Look at the number of connections; else choose a larger database.rds.instanceClass.',
      metric: 'FreeableMemory',
      statistic: 'Average',
      comparison: 'LessThanThreshold',
      threshold: 100 * 2 ** 20,
    });
  }
}

/**
 * Whether a class has the Performance Insights that Database Insights shows (RDS User Guide, "Performance Insights: DB engine,
 * Region, and instance class support"). Their own console ended on 31 July 2026; API, settings and free week did not.
 */
export function hasPerformanceInsights(instanceClass: string): boolean {
  return !/^db\.(t2\.|t3\.(micro|small)$|t4g\.(micro|small)$)/.test(instanceClass);
}
