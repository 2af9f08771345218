import type { Properties, Resource, TerraformConfiguration } from '../../terraform/configuration';
import { blocksOf, numberOf, textOf } from '../../terraform/values';
import type { Charge, EstimatorContext, Estimators } from '../estimator';
import type { Usage } from '../usage';

/** What keeps data: databases, caches, buckets, backups, keys and secrets. */
export const data: Estimators = {
  aws_db_instance: ({ properties }, { usage }) => {
    const engine = textOf(properties.engine) ?? 'mysql';
    const type = textOf(properties.instance_class) ?? 'unknown';
    const storage = textOf(properties.storage_type) ?? 'gp2';
    const gib = numberOf(properties.allocated_storage) ?? 0;
    const suffix = properties.multi_az === true ? '.multiAz' : '';
    return [
      {
        what: `${type}${suffix === '' ? '' : ', Multi-AZ'}`,
        price: `rds.${engine}.${type}${suffix}`,
        quantity: usage.hours,
      },
      { what: `${gib} GiB ${storage}`, price: `rds.${storage}${suffix}`, quantity: gib },
      // Backups up to the size of the database are free.
    ];
  },
  aws_elasticache_replication_group: ({ properties }, { usage }) =>
    cache(properties, nodesOf(properties), usage),
  aws_elasticache_cluster: ({ properties }, { usage }) =>
    properties.replication_group_id === undefined
      ? cache(properties, numberOf(properties.num_cache_nodes) ?? 1, usage)
      : 'its replication group is billed',
  aws_s3_bucket: (bucket, { stack, usage }) => {
    if (isOfIssuer(bucket, stack)) return 'two documents of a few kilobytes, which STS reads now and then';
    return [
      { what: 'storage', price: 's3.standard', quantity: usage.bucketGb, assumed: true },
      { what: 'writes', price: 's3.put', quantity: usage.bucketPutThousands, assumed: true },
      { what: 'reads', price: 's3.get', quantity: usage.bucketGetThousands, assumed: true },
    ];
  },
  aws_backup_plan: ({ properties }, context) => backups(properties, context),
  aws_kms_key: kmsKey,
  aws_kms_replica_key: kmsKey,
  aws_secretsmanager_secret: () => [{ what: 'secret', price: 'secretsManager.secret', quantity: 1 }],
  aws_ssm_parameter: ({ properties }) =>
    textOf(properties.tier) === 'Advanced'
      ? [{ what: 'advanced parameter', price: 'parameter.advanced', quantity: 1 }]
      : 'standard parameters are free',
  aws_dynamodb_table: (_resource, { usage }) => [
    { what: 'writes', price: 'dynamodb.write', quantity: usage.tableMillions, assumed: true },
    { what: 'reads', price: 'dynamodb.read', quantity: usage.tableMillions, assumed: true },
  ],
};

function kmsKey(_resource: unknown, { usage }: EstimatorContext): readonly Charge[] {
  return [
    { what: 'key', price: 'kms.key', quantity: 1 },
    { what: 'requests', price: 'kms.requests', quantity: usage.kmsTenThousands, assumed: true },
  ];
}

function nodesOf(properties: Properties): number {
  const shards = numberOf(properties.num_node_groups);
  if (shards === undefined) return numberOf(properties.num_cache_clusters) ?? 1;
  return shards * (1 + (numberOf(properties.replicas_per_node_group) ?? 0));
}

/** One snapshot of each cache is free; the further ones that are kept are billed. */
function cache(properties: Properties, nodes: number, usage: Usage): readonly Charge[] {
  const engine = textOf(properties.engine) ?? 'redis';
  const type = textOf(properties.node_type) ?? 'unknown';
  const snapshots = (numberOf(properties.snapshot_retention_limit) ?? 0) - 1;
  return [
    {
      what: `${nodes} × ${type}, ${engine}`,
      price: `elasticache.${engine}.${type}`,
      quantity: usage.hours * nodes,
    },
    ...(snapshots > 0
      ? [
          {
            what: `${snapshots} snapshots beyond the first`,
            price: 'elasticache.snapshot',
            quantity: snapshots * usage.cacheSnapshotGb,
            assumed: true,
          },
        ]
      : []),
  ];
}

/** The first backup of a volume holds what is used of it, each later one what changed in a day. */
function backups({ rule }: Properties, { stack, usage }: EstimatorContext): readonly Charge[] {
  const volumes = stack.ofType('aws_ebs_volume');
  const gib = volumes.reduce((sum, { properties }) => sum + (numberOf(properties.size) ?? 0), 0);
  return blocksOf(rule).flatMap((one) => {
    const days = numberOf(blocksOf(one.lifecycle)[0]?.delete_after) ?? usage.backupDays;
    const kept = gib * usage.volumeFill * (1 + usage.dailyChange * Math.max(0, days - 1));
    const copies = blocksOf(one.copy_action).length;
    return [
      { what: `daily, ${days} days`, price: 'backup.ebs', quantity: kept, assumed: true },
      ...(copies === 0
        ? []
        : [
            { what: 'kept in the other region', price: 'backup.ebs', quantity: kept * copies, assumed: true },
            {
              what: 'copied to the other region',
              price: 'transfer.toOtherRegion',
              quantity: gib * usage.volumeFill * usage.dailyChange * 30 * copies,
              assumed: true,
            },
          ]),
    ];
  });
}

/** The bucket whose host IAM knows as an issuer of tokens. */
function isOfIssuer(bucket: Resource, stack: TerraformConfiguration): boolean {
  return stack
    .ofType('aws_iam_openid_connect_provider')
    .some(({ properties }) => stack.referencedBy(properties.url).includes(bucket));
}
