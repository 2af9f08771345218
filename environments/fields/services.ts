import { z } from 'zod';
import { cacheTypes, databaseClasses } from '../managed-types';
import type { TypeNames } from '../type-names';
import { dailyWindow, weeklyWindow, windowsMeet } from '../windows';
import { hostName, integer, name, region, text, unique } from './basics';

const weekly = 'a weekly window of an hour or more in UTC such as "sun:19:30-sun:20:30"';
const daily = 'a daily window of an hour or more in UTC such as "18:00-19:00"';

/** Public host names, all inside one Route 53 zone. */
export const domains = z
  .strictObject({
    /** The hosted zone, for example `example.com`. */
    zone: hostName,
    /** Host of the web site, in the zone. */
    site: hostName,
    /** Further hosts of the web site, in the zone (`www.…`). Default: none. */
    aliases: z.array(hostName).default([]),
    /** Host of the services' API, in the zone. */
    api: hostName,
    /** Put before the hosts of the tools: `dev` makes `devgrafana.<zone>`. Up to 20 characters. Default: none. */
    toolsPrefix: text(
      /^([a-z0-9][a-z0-9-]{0,19})?$/,
      'up to 20 lower-case letters, digits and hyphens, no hyphen first',
    ).default(''),
  })
  .superRefine((value, context) => {
    const hosts: readonly { readonly path: readonly (string | number)[]; readonly host: string }[] = [
      { path: ['site'], host: value.site },
      { path: ['api'], host: value.api },
      ...value.aliases.map((host, index) => ({ path: ['aliases', index], host })),
    ];
    for (const { path, host } of hosts) {
      if (host === value.zone || host.endsWith(`.${value.zone}`)) continue;
      context.addIssue({
        code: 'custom',
        path: [...path],
        input: host,
        message: `a host in the zone ${value.zone}`,
      });
    }
  });

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

const queue = z.strictObject({
  /** Whether it gets every event of the topic. Else it is sent to directly. Default: false. */
  subscribed: z.boolean().default(false),
  /** Seconds a service has for a message before another one gets it, 0 to 43200 (SQS limit). Default: 30. */
  visibilitySeconds: integer(0, 43_200, 'seconds').default(30),
  /** How often a message is tried before it goes to the dead-letter queue, 1 to 1000. Default: 5. */
  maxReceives: integer(1, 1000).default(5),
  /** Age of the oldest message, in seconds, that is an alarm: 60 to 86400. Default: 300. */
  alarmAgeSeconds: integer(60, 86_400, 'seconds').default(300),
});

/** A queue's dead-letter queue has its name and `-dlq`; the others are parts of the stack beside it. */
const queueName = name(38).refine((value) => !/^(topic|policy)$|-(dlq|subscription)$/.test(value), {
  error: 'another name: not topic, not policy, and none that ends with -dlq or -subscription',
});

/** Events between the services: one SNS FIFO topic and SQS FIFO queues, each with its dead-letter queue. */
export const messaging = z.strictObject({
  /** Whether there is any of it. Default: true. */
  enabled: z.boolean().default(true),
  /** Name of the topic, without project, environment and `.fifo`. Default: `reservation-events`. */
  topic: name(38).default('reservation-events'),
  /**
   * The queues by name, up to 38 characters, without project, environment and `.fifo`. Default: `reservation-lockrelease`
   * and `reservation-statistics`, which are sent to; `reservation-reservedetail` and `reservation-ticketcreation`, which
   * subscribe to the topic.
   */
  queues: z.record(queueName, queue.prefault({})).prefault({
    'reservation-lockrelease': {},
    'reservation-reservedetail': { subscribed: true },
    'reservation-statistics': {},
    'reservation-ticketcreation': { subscribed: true },
  }),
});

const queueNames = unique('queue', z.array(name(38))).default([]);

const service = z.strictObject({
  /** Kubernetes namespace of its pods. Default: `app`. */
  namespace: name(63).default('app'),
  /** Service account of its pods, for no other service. Default: the service's name. */
  serviceAccount: name(63).optional(),
  /** Whether it publishes on the topic. Default: false. */
  publish: z.boolean().default(false),
  /** Queues that it sends to, by their names in `messaging.queues`. Default: none. */
  send: queueNames,
  /** Queues that it takes messages from, by their names in `messaging.queues`. Default: none. */
  consume: queueNames,
});

/**
 * The services whose pods have an AWS role, by name, up to 27 characters: with project, environment and `-pod-` that stays
 * within the 64 of a role's name (IAM limit). A role is for one service account of one namespace and may do what is said
 * here, nothing else. Default: `reserve-service`, which publishes, sends to the queues that do not subscribe, and consumes
 * all of them, as far as there is any.
 */
export const services = z.record(name(27), service.prefault({})).optional();

/** Daily snapshots of the volumes that outlive their node, by AWS Backup. */
export const backup = z.strictObject({
  /** Whether there are any. Default: true. */
  enabled: z.boolean().default(true),
  /** Hour of the day at which they start, 0 to 23, in the environment's time zone. Default: 3. */
  hour: integer(0, 23, 'hour').default(3),
  /** Days a snapshot is kept, 1 to 3650. Default: 35 in production, else 7. */
  retentionDays: integer(1, 3650, 'days').optional(),
  /** A second region that gets a copy of each, at its own storage price and that of the transfer. Default: none. */
  copyToRegion: region.optional(),
  /**
   * Snapshots nobody can delete early. `governance`: a role allowed to can lift it. `compliance`: nobody can, ever, from
   * three days after the deployment; the vault stays until its last snapshot has expired. Default: `none`.
   */
  vaultLock: z.enum(['none', 'governance', 'compliance']).default('none'),
});

/** Metrics and logs. */
export const monitoring = z.strictObject({
  /** Days Prometheus keeps metrics, 1 to 365. Default: 3. */
  retentionDays: integer(1, 365, 'days').default(3),
  /** Volume of Prometheus in GiB, 1 to 16384. Default: 10. */
  storageGiB: integer(1, 16_384, 'GiB').default(10),
  /** Hours Loki keeps logs, 24 to 8760. Default: 72. */
  lokiRetentionHours: integer(24, 8760, 'hours').default(72),
  /** Volume of Loki in GiB, 1 to 16384. Default: 10. */
  lokiStorageGiB: integer(1, 16_384, 'GiB').default(10),
});

const repository = text(/^[A-Za-z0-9_.-]{1,100}$/, 'the name of a repository, without its owner');

/** Where the services' code lives, for the roles that GitHub Actions assumes and for Argo CD. */
export const github = z
  .strictObject({
    /** User or organisation. */
    owner: text(/^[A-Za-z0-9]([A-Za-z0-9-]{0,37}[A-Za-z0-9])?$/, 'the name of a GitHub user or organisation'),
    /** Repositories by service, for example `user-service` → `user-service`. At least one. */
    repositories: z
      .record(name(40), repository)
      .refine((repositories) => Object.keys(repositories).length > 0, { error: 'at least one repository' }),
    /** Repository whose workflows plan and deploy this infrastructure. Absent: people do, and there are no roles for it. */
    infrastructure: repository.optional(),
    /**
     * Repository of the web site; with `settings: 'write'` another one than `infrastructure`, for each has one role in one secret.
     * Absent: there is no role that deploys it.
     */
    frontend: repository.optional(),
    /**
     * The GitHub environment whose jobs may deploy, spelt as in GitHub; plans run in the one of that name with `-PLAN` behind
     * it. Default: the environment's name in capitals, for example `DEV` and `DEV-PLAN`.
     */
    environment: text(
      /^[A-Za-z0-9_.-]{1,100}$/,
      'a name of a GitHub environment: up to 100 letters, digits and _ . -',
    ).optional(),
    /**
     * The account's OIDC provider for GitHub Actions, of which an account has one. `existing`: `cdktf deploy bootstrap` or
     * somebody else has made it. `create`: made with this environment, for one with an account of its own. Default:
     * `existing`.
     */
    oidcProvider: z.enum(['existing', 'create']).default('existing'),
    /**
     * `write`: the GitHub environments, with the variables and secrets by which workflows find AWS, are made in each repository,
     * with the token in the variable GITHUB_TOKEN. `none`: people make them; the output `github_roles` says what to enter.
     * Default: `write`.
     */
    settings: z.enum(['write', 'none']).default('write'),
    /**
     * What GitHub calls a repository in its tokens, by repository, where that is not `repo:<owner>/<repository>`: one that was
     * made, renamed or transferred after 15 July 2026 has ids in it, as in `repo:acme@1234/web@5678`. What it is says
     * `gh api repos/<owner>/<repository>/actions/oidc/customization/sub` (`sub_claim_prefix`). Default: none.
     */
    subjects: z
      .record(
        repository,
        text(
          /^repo:[A-Za-z0-9-]+(@\d+)?\/[A-Za-z0-9_.-]+(@\d+)?$/,
          'what stands before ":environment:" in a subject of GitHub, such as "repo:acme@1234/web@5678"',
        ),
      )
      .default({}),
  })
  .superRefine(({ infrastructure, frontend, settings }, context) => {
    if (settings !== 'write' || frontend === undefined) return;
    // GitHub does not tell repositories apart by case.
    if (infrastructure?.toLowerCase() !== frontend.toLowerCase()) return;
    context.addIssue({
      code: 'custom',
      path: ['frontend'],
      input: frontend,
      message:
        'another repository than infrastructure, whose secret has the role that deploys everything; or settings: "none", and secrets that people make',
    });
  })
  .superRefine(({ owner, subjects }, context) => {
    for (const [name, subject] of Object.entries(subjects)) {
      if (subject.replaceAll(/@\d+/g, '') === `repo:${owner}/${name}`) continue;
      context.addIssue({
        code: 'custom',
        path: ['subjects', name],
        input: subject,
        message: `a subject of ${owner}/${name}, such as "repo:${owner}@1234/${name}@5678"`,
      });
    }
  });

/** What the environment may cost. */
export const budget = z.strictObject({
  /** US dollars a month at which an alert is due, 1 to 1000000. Default: 150. */
  monthlyUsd: z
    .number({ error: 'a number from 1 to 1000000 (USD a month)' })
    .min(1, { error: 'a number from 1 to 1000000 (USD a month)' })
    .max(1_000_000, { error: 'a number from 1 to 1000000 (USD a month)' })
    .default(150),
  /**
   * Who gets the alert, and all other alarms: up to 10 addresses (AWS Budgets limit). Each has to confirm its subscription
   * once, and a second one, of us-east-1, where the environment has a public site. Default: nobody.
   */
  alertEmails: unique(
    'address',
    z.array(z.email({ error: 'an e-mail address' })).max(10, { error: 'at most 10 addresses' }),
    (address) => address.toLowerCase(),
  ).default([]),
});
