import { z } from 'zod';
import { hostName, integer, name, region, text, unique } from './basics';

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
