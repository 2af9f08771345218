import { z } from 'zod';
import { nearest } from '../nearest';
import { integer, text, unique } from './basics';

/** The operating system of every node. */
export const system = z.strictObject({
  /** Time zone by its tz database name. Default: `Asia/Seoul`. */
  timezone: z
    .string({ error: 'a time zone such as "Asia/Seoul" or "UTC"' })
    .refine(isTimeZone, {
      error: ({ input }) =>
        `a time zone such as "${nearest(String(input), Intl.supportedValuesOf('timeZone')) ?? 'Asia/Seoul'}" or "UTC"`,
    })
    .default('Asia/Seoul'),
  /** Ubuntu packages beside those that the roles need. Default: none. */
  packages: unique(
    'package',
    z.array(text(/^[a-z0-9][a-z0-9+.-]+$/, 'the name of an Ubuntu package, without a version')),
  ).default([]),
  /** Where chrony gets the time. Default: `169.254.169.123`, the Amazon Time Sync Service on the link. */
  ntpServer: text(/^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$/, 'a host name or an address').default(
    '169.254.169.123',
  ),
  /** Limits of the systemd journal. */
  journald: z
    .strictObject({
      /** Most disk space in MiB, 50 to 10240. Default: 500. */
      maxSizeMiB: integer(50, 10_240, 'MiB').default(500),
      /** Days an entry is kept, 1 to 365. Default: 14. */
      maxAgeDays: integer(1, 365, 'days').default(14),
    })
    .prefault({}),
  /** Limits of the files in /var/log that logrotate turns over. */
  logrotate: z
    .strictObject({
      /** Size in MiB at which a file is turned over, 1 to 1024. Default: 50. */
      maxSizeMiB: integer(1, 1024, 'MiB').default(50),
      /** Old files kept, 1 to 52. Default: 7. */
      keep: integer(1, 52).default(7),
    })
    .prefault({}),
  /** Security updates that Ubuntu installs by itself. */
  unattendedUpgrades: z
    .strictObject({
      /** Default: true. */
      enabled: z.boolean().default(true),
      /** Reboot when an update asks for it. A reboot without a drain is an outage: default false. */
      reboot: z.boolean().default(false),
      /** Local time of that reboot, HH:MM. Default: `04:00`. */
      rebootTime: text(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as "04:00"').default('04:00'),
    })
    .prefault({}),
  /**
   * When a run reboots nodes that are due for it (a package asked for it, or a newer kernel is installed), one at a time,
   * drained first. `when-needed`: in every run. `on-request`: only with `--tags reboot`. `never`: not at all.
   * Default: `on-request`.
   */
  reboot: z.enum(['when-needed', 'on-request', 'never']).default('on-request'),
  /** File watches: many pods that follow logs exhaust the kernel's defaults. */
  inotify: z
    .strictObject({
      /** Watches a user may have, 8192 to 4194304. Default: 1048576, the most that Linux chooses by itself on any machine. */
      maxUserWatches: integer(8192, 4_194_304).default(1_048_576),
      /** Instances a user may have, 128 to 65536. Default: 8192. */
      maxUserInstances: integer(128, 65_536).default(8192),
    })
    .prefault({}),
  /** Kernel parameters beside those that the roles set. Default: none. */
  sysctls: z
    .record(
      text(/^[a-z0-9_]+([./-][A-Za-z0-9_-]+)+$/, 'a kernel parameter such as "net.core.somaxconn"'),
      z.union([z.string().regex(/^[^\n]+$/), z.int()], { error: 'a number or one line of text' }),
    )
    .default({}),
});

/** Nodes and AWS Backup know it by its name in the tz database, spelt as there; JavaScript knows more, and any case. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Z][A-Za-z0-9_+-]*(\/[A-Z][A-Za-z0-9_+-]*){0,2}$/.test(name)) return false;
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    return timeZone === name || timeZone.toLowerCase() !== name.toLowerCase();
  } catch {
    return false;
  }
}
