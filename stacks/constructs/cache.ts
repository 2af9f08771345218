import { ElasticacheParameterGroup } from '@cdktf/provider-aws/lib/elasticache-parameter-group';
import { ElasticacheReplicationGroup } from '@cdktf/provider-aws/lib/elasticache-replication-group';
import { ElasticacheSubnetGroup } from '@cdktf/provider-aws/lib/elasticache-subnet-group';
import { Construct } from 'constructs';
import { cacheReplicas, cacheSnapshotDays } from '../../environments/defaults';
import type { Environment } from '../../environments/schema';
import type { Alarms } from './alarms';
import { singleHyphens } from './aws-name';
import { CacheUsers } from './cache-users';
import type { Grantee } from './grantee';
import type { NodeFirewall } from './node-firewall';
import { NodesOnly } from './nodes-only';

export interface CacheArgs {
  /** `<project>-<environment>`, up to 32 characters: the start of every name. */
  readonly name: string;
  /** What the environment asks for, section `redis`. */
  readonly settings: Environment['redis'];
  /** The VPC that its security group is in (id). */
  readonly vpcId: string;
  /** Isolated subnets in the zones that it may be in (ids); two zones at least with a replica. */
  readonly subnetIds: readonly string[];
  /** Whose nodes may reach it. */
  readonly firewall: NodeFirewall;
  /** Key that encrypts it and its snapshots at rest (ARN). */
  readonly keyArn: string;
  /** Production: a replica in a second zone, changes only in the maintenance window, a last snapshot, no destroying. */
  readonly production: boolean;
  /** Where the alarms of its nodes go: memory, load and failed logins of each. */
  readonly alarms: Alarms;
}

/**
 * What differs between the engines. Valkey 8 and Redis OSS 7.1 speak the same protocol. From Redis to Valkey ElastiCache goes
 * in place, with what is in the cache; there is no way back but a new cache, which starts empty.
 */
const engines = {
  redis: { version: '7.1', family: 'redis7' },
  valkey: { version: '8.0', family: 'valkey8' },
} as const;

const port = 6379;

/**
 * ElastiCache in cluster mode: seat locks, sessions, cached answers. TLS only, encrypted at rest, for authenticated users
 * only (see `CacheUsers` for how a password comes to be outside Terraform's state), reached by the nodes and nobody else.
 * With a replica the loss of a node or a zone costs seconds; without, it costs what was in the cache.
 *
 * Cost (ap-northeast-2, cache.t4g.micro): Redis about 17 USD a month a node, Valkey 14 USD; snapshots beyond the first
 * 0.085 USD a GB; the alarms of a node 0.30 USD.
 */
export class Cache extends Construct {
  readonly #args: CacheArgs;
  readonly #group: ElasticacheReplicationGroup;
  readonly #users: CacheUsers;

  constructor(scope: Construct, id: string, args: CacheArgs) {
    super(scope, id);
    this.#args = args;
    this.#users = new CacheUsers(this, 'users', { name: args.name });
    this.#group = this.#replicationGroup();
    for (const node of this.#nodes()) this.#watch(node);
  }

  /** `host:port` that a client in cluster mode starts from. TLS. */
  get endpoint(): string {
    return `${this.#group.configurationEndpointAddress}:${port}`;
  }

  /** What ElastiCache knows that user by: for who gives it a password. */
  get userId(): string {
    return this.#users.userId;
  }

  /** The user that the services authenticate as. */
  get userName(): string {
    return this.#users.userName;
  }

  /** Lets somebody give the services' user its password, and change nothing else about it but its permissions. */
  grantSetPassword(grantee: Grantee): void {
    this.#users.grantSetPassword(grantee);
  }

  #replicationGroup(): ElasticacheReplicationGroup {
    const { settings, name: prefix, keyArn, production } = this.#args;
    const name = this.#groupName;
    const replicas = cacheReplicas(settings.replicas, production);
    return new ElasticacheReplicationGroup(this, 'group', {
      replicationGroupId: name,
      description: `Seat locks, sessions and cache of ${prefix}`,
      engine: settings.engine,
      engineVersion: engines[settings.engine].version,
      nodeType: settings.nodeType,
      parameterGroupName: this.#parameters(),
      clusterMode: 'enabled',
      numNodeGroups: settings.shards,
      replicasPerNodeGroup: replicas,
      // Cluster mode asks for it even where there is no replica to fail over to.
      automaticFailoverEnabled: true,
      multiAzEnabled: replicas > 0,
      port,
      subnetGroupName: this.#subnets(),
      securityGroupIds: [this.#firewall()],
      transitEncryptionEnabled: true,
      transitEncryptionMode: 'required',
      atRestEncryptionEnabled: 'true',
      kmsKeyId: keyArn,
      userGroupIds: [this.#users.groupId],
      snapshotRetentionLimit: cacheSnapshotDays(settings.snapshotDays, production),
      snapshotWindow: settings.backupWindow,
      ...(production ? { finalSnapshotIdentifier: `${name}-final` } : {}),
      maintenanceWindow: settings.maintenanceWindow,
      applyImmediately: !production,
      // A version that moves by itself would be taken back by the next deployment, which replaces the cache.
      autoMinorVersionUpgrade: 'false',
      lifecycle: { preventDestroy: production },
    });
  }

  /** The name says the family, so that a change of the engine can make the new group before the old one goes. */
  #parameters(): string {
    const { name, settings } = this.#args;
    const { family } = engines[settings.engine];
    return new ElasticacheParameterGroup(this, 'parameters', {
      name: singleHyphens(`${name}-${family}`, 255),
      family,
      description: `Cache of ${name}`,
      parameter: [
        { name: 'cluster-enabled', value: 'yes' },
        { name: 'maxmemory-policy', value: settings.evictionPolicy },
        // Expired seat locks and sessions are events; clients cannot ask for them, for ElastiCache refuses CONFIG.
        { name: 'notify-keyspace-events', value: 'Egx' },
      ],
      lifecycle: { createBeforeDestroy: true },
    }).name;
  }

  #subnets(): string {
    return new ElasticacheSubnetGroup(this, 'subnets', {
      name: this.#groupName,
      description: `Cache of ${this.#args.name}`,
      subnetIds: [...this.#args.subnetIds],
    }).name;
  }

  #firewall(): string {
    const { name, vpcId, firewall } = this.#args;
    return new NodesOnly(this, 'firewall', {
      name: `${name}-redis`,
      description: 'Cache: from the nodes',
      vpcId,
      firewall,
      port,
    }).groupId;
  }

  /** ElastiCache names the nodes of a group by shard and place: `…-0001-002`. */
  #nodes(): readonly string[] {
    const { settings, production } = this.#args;
    const perShard = 1 + cacheReplicas(settings.replicas, production);
    return Array.from({ length: settings.shards * perShard }, (_, index) => {
      const shard = String(Math.floor(index / perShard) + 1).padStart(4, '0');
      return `${shard}-${String((index % perShard) + 1).padStart(3, '0')}`;
    });
  }

  #watch(node: string): void {
    const { alarms } = this.#args;
    const metric = {
      namespace: 'AWS/ElastiCache',
      dimensions: { CacheClusterId: `${this.#group.id}-${node}` },
    };
    alarms.add(`redis-${node}-memory`, {
      ...metric,
      description:
        'The cache is three quarters full. When it is full it refuses writes: seats cannot be locked. Look for keys without a time to live, then choose a larger redis.nodeType or more redis.shards.',
      metric: 'DatabaseMemoryUsagePercentage',
      statistic: 'Maximum',
      comparison: 'GreaterThanOrEqualToThreshold',
      threshold: 75,
    });
    alarms.add(`redis-${node}-engine`, {
      ...metric,
      description:
        'The cache computes at more than 80 % of what one thread can, or a node of it says nothing at all. Look at its events and its slowest commands; more redis.shards spread the load.',
      metric: 'EngineCPUUtilization',
      statistic: 'Average',
      comparison: 'GreaterThanOrEqualToThreshold',
      threshold: 80,
      missingData: 'breaching',
    });
    alarms.add(`redis-${node}-logins`, {
      ...metric,
      description:
        'Clients are refused by the cache. After a new password some still have the old one: provision again and restart the services. Else somebody is guessing: see which pods talk to it.',
      metric: 'AuthenticationFailures',
      statistic: 'Sum',
      comparison: 'GreaterThanThreshold',
      threshold: 10,
      period: 300,
      periods: 1,
      missingData: 'notBreaching',
    });
  }

  /** ElastiCache takes 40 characters. */
  get #groupName(): string {
    return singleHyphens(`${this.#args.name}-redis`, 40);
  }
}
