import { z } from 'zod';
import { cacheTypes, databaseClasses } from '../managed-types';
import type { TypeNames } from '../type-names';
import { dailyWindow, weeklyWindow, windowsMeet } from '../windows';
import { integer, text } from './basics';

const weekly = 'a weekly window of an hour or more in UTC such as "sun:19:30-sun:20:30"';
const daily = 'a daily window of an hour or more in UTC such as "18:00-19:00"';

/** A weekly window that AWS may do maintenance in, and a daily one for backups; both in UTC, and they may not meet. */
const windows = {
  /** When AWS may patch and change it, an hour or more a week, UTC. Default: `sun:19:30-sun:20:30` (Monday 4:30 in Seoul). */
  maintenanceWindow: z
    .string({ error: weekly })
    .refine((value) => (weeklyWindow(value)?.minutes ?? 0) >= 60, { error: weekly })
    .default('sun:19:30-sun:20:30'),
  /** When its daily backup is taken, an hour or more, UTC. Default: `18:00-19:00` (3:00 in Seoul). */
  backupWindow: z
    .string({ error: daily })
    .refine((value) => (dailyWindow(value)?.minutes ?? 0) >= 60, { error: daily })
    .default('18:00-19:00'),
};

/** Adds a mistake where the two windows meet. */
function keepWindowsApart(
  value: { readonly maintenanceWindow: string; readonly backupWindow: string },
  context: z.core.$RefinementCtx,
): void {
  if (!windowsMeet(value.backupWindow, value.maintenanceWindow)) return;
  context.addIssue({
    code: 'custom',
    path: ['maintenanceWindow'],
    input: value.maintenanceWindow,
    message: `a window that does not meet the daily backupWindow (${value.backupWindow}), as AWS asks for`,
  });
}

/** A type of machine that there is; the line says which one a wrong one may mean. */
function typeOf(types: TypeNames, what: string, example: string) {
  return z.string({ error: `${what} such as "${example}"` }).refine(types.has, {
    error: ({ input }) =>
      `${what} such as "${types.likely(String(input)) ?? example}" (the families known are in environments/managed-types.ts)`,
  });
}

const ownSchemas: readonly string[] = ['mysql', 'sys', 'information_schema', 'performance_schema'];

/** RDS, where `mode` is `rds`; else it says nothing. */
const managed = z
  .strictObject({
    /** Instance class. Default: `db.t4g.medium` (2 vCPU, 4 GiB). */
    instanceClass: typeOf(databaseClasses, 'an RDS instance class', 'db.t4g.medium').default('db.t4g.medium'),
    /** A standby in a second zone that takes over by itself, at twice the price. Default: true. */
    multiAz: z.boolean().default(true),
    /** Up to how many GiB the volume grows by itself, 22 to 65536; 10 % above `storageGiB` at least. Default: 200. */
    maxStorageGiB: integer(22, 65_536, 'GiB').default(200),
    /** Days back to which it can be restored to the second, 7 to 35 (35 is RDS's limit). Default: 7. */
    restoreDays: integer(7, 35, 'days').default(7),
    ...windows,
  })
  .superRefine(keepWindowsApart);

/** Where the dumps of a MySQL in the cluster go: an S3 bucket. */
const dumps = z
  .strictObject({
    /**
     * Days a dump is kept, 7 to 3650. Kept for 60 or more it is stored at half the price after 30 days, kept for 180 or
     * more at a fifth after 90. Default: 90.
     */
    retentionDays: integer(7, 3650, 'days').default(90),
    /**
     * Dumps nobody can delete early (S3 Object Lock). `governance`: only a role allowed to bypass it. `compliance`: not
     * even the account's root, and the bucket cannot be destroyed until the last lock ends. It holds for what is written
     * from then on. Default: `none`.
     */
    objectLock: z.enum(['none', 'governance', 'compliance']).default('none'),
    /** Days each dump is locked, 1 to 3650, at most `retentionDays`. Default: 7. */
    lockDays: integer(1, 3650, 'days').default(7),
  })
  .superRefine(({ objectLock, lockDays, retentionDays }, context) => {
    if (objectLock === 'none' || lockDays <= retentionDays) return;
    context.addIssue({
      code: 'custom',
      path: ['lockDays'],
      input: lockDays,
      message: `at most retentionDays (${retentionDays})`,
    });
  });

/** The relational database of the services (MySQL 8). */
export const database = z
  .strictObject({
    /** `pod`: one MySQL in the cluster on EBS. `replicated`: primary and replica there. `rds`: RDS Multi-AZ. Default: `pod`. */
    mode: z.enum(['pod', 'replicated', 'rds']).default('pod'),
    /** Volume in GiB, 10 to 16384; RDS takes 20 at least. It can grow, never shrink. Default: 10 (20 with `rds`). */
    storageGiB: integer(10, 16_384, 'GiB').optional(),
    /** Name of the schema, none of MySQL's own. Default: `stage`. */
    name: text(/^[a-z][a-z0-9_]{0,63}$/, 'up to 64 lower-case letters, digits and underscores')
      .refine((value) => !ownSchemas.includes(value), {
        error: `another name: ${ownSchemas.join(', ')} are MySQL's own schemas`,
      })
      .default('stage'),
    /** RDS, with `mode: "rds"`. */
    rds: managed.prefault({}),
    /** The bucket of dumps. */
    dumps: dumps.prefault({}),
  })
  .superRefine(({ mode, storageGiB, rds }, context) => {
    if (mode !== 'rds') return;
    const storage = storageGiB ?? 20;
    const least = storage + Math.ceil(storage / 10);
    if (storage < 20)
      context.addIssue({
        code: 'custom',
        path: ['storageGiB'],
        input: storageGiB,
        message: 'at least 20 (GiB) with mode "rds"',
      });
    else if (rds.maxStorageGiB < least)
      context.addIssue({
        code: 'custom',
        path: ['rds', 'maxStorageGiB'],
        input: rds.maxStorageGiB,
        message: `at least 10 % more than storageGiB: ${least} (GiB) or more`,
      });
  })
  .transform(({ storageGiB, ...rest }) => ({
    ...rest,
    storageGiB: storageGiB ?? (rest.mode === 'rds' ? 20 : 10),
  }));

/** The cache: seat locks and sessions, in ElastiCache, cluster mode. */
export const redis = z
  .strictObject({
    /**
     * `redis` (7.1) or `valkey` (8, about a fifth cheaper, same protocol). Redis becomes Valkey in place; the way back is a
     * new cache, which starts empty. Default: `redis`.
     */
    engine: z.enum(['redis', 'valkey']).default('redis'),
    /** ElastiCache node type. Default: `cache.t4g.micro`. */
    nodeType: typeOf(cacheTypes, 'an ElastiCache node type', 'cache.t4g.micro').default('cache.t4g.micro'),
    /** Parts that the keys are spread over, 1 to 90. More than one for more memory than a node has. Default: 1. */
    shards: integer(1, 90).default(1),
    /** Replicas of each shard, 0 to 5. 1 at least to survive the loss of a node. Default: 1 in production, else 0. */
    replicas: integer(0, 5).optional(),
    /**
     * What a full cache does. `noeviction`: it refuses writes, and an alarm comes well before. The others drop keys, seat
     * locks and sessions among them: a seat could be sold twice. Default: `noeviction`.
     */
    evictionPolicy: z
      .enum(['noeviction', 'volatile-lru', 'volatile-lfu', 'volatile-ttl', 'allkeys-lru', 'allkeys-lfu'])
      .default('noeviction'),
    /** Daily snapshots kept, 0 to 35. Default: 7 in production, else 1. */
    snapshotDays: integer(0, 35, 'days').optional(),
    ...windows,
  })
  .superRefine(keepWindowsApart);
