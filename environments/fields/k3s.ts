import { z } from 'zod';
import { hostName, integer, privateCidr, text, unique } from './basics';

const sha256 = text(/^[0-9a-f]{64}$/, 'a SHA-256 digest: 64 hexadecimal digits in lower case');

/** The Kubernetes distribution and its settings. */
export const k3s = z.strictObject({
  /** Release of K3s, with its build. Default: `v1.34.4+k3s1`. */
  version: text(/^v1\.\d{2}\.\d{1,2}\+k3s\d+$/, 'a K3s release such as "v1.34.4+k3s1"').default(
    'v1.34.4+k3s1',
  ),
  /** SHA-256 of the release's binary by architecture. Absent: the release's own checksum file decides. */
  checksums: z.strictObject({ amd64: sha256.optional(), arm64: sha256.optional() }).optional(),
  /** Put the release's image archive on the nodes, so that K3s starts without a registry. Default: false. */
  airgapImages: z.boolean().default(false),
  /** Mirrors by registry (`docker.io` → endpoints, tried in order). Default: none. */
  registryMirrors: z
    .record(
      text(/^(\*|[a-z0-9.-]+(:\d{1,5})?)$/, 'a registry host such as "docker.io", or "*"'),
      unique('endpoint', z.array(z.url({ error: 'a URL such as "https://mirror.example.com"' }))).min(1, {
        error: 'at least one endpoint',
      }),
    )
    .default({}),
  /** Packaged components that are left out. Default: `traefik` and `servicelb`, which ingress-nginx replaces. */
  disable: unique(
    'component',
    z.array(z.enum(['coredns', 'local-storage', 'metrics-server', 'runtimes', 'servicelb', 'traefik'])),
  ).default(['traefik', 'servicelb']),
  /** Address block of the pods, /12 to /24; each node gets a /24 of it. Must not overlap the VPC. Default: `10.42.0.0/16`. */
  podCidr: privateCidr(12, 24).default('10.42.0.0/16'),
  /** Address block of the services, /12 to /24. Must not overlap the VPC or the pods. Default: `10.43.0.0/16`. */
  serviceCidr: privateCidr(12, 24).default('10.43.0.0/16'),
  /** Pod network between nodes: `vxlan`, or `wireguard-native`, which encrypts it. Default: `vxlan`. */
  flannelBackend: z.enum(['vxlan', 'wireguard-native']).default('vxlan'),
  /** Further host names that the API's certificate is valid for. Default: none. */
  tlsSans: unique('host', z.array(hostName)).default([]),
  /**
   * Snapshots of the cluster's data: of etcd with several servers, of SQLite with one. They stay on the servers and go to
   * the bucket `backups` of the environment where there is one.
   */
  snapshots: z
    .strictObject({
      /** When, as five fields of cron in the servers' system time (`system.timezone`). Default: `0 *\/6 * * *`, every six hours. */
      schedule: text(
        /^(\*|\d{1,2}([-,]\d{1,2})*)(\/\d{1,2})?( (\*|\d{1,2}([-,]\d{1,2})*)(\/\d{1,2})?){4}$/,
        'five fields of cron such as "0 */6 * * *"',
      ).default('0 */6 * * *'),
      /** Scheduled ones kept on each server, 1 to 100; as many of those taken by hand. Default: 12. */
      keepOnServer: integer(1, 100).default(12),
      /** Scheduled ones kept in the bucket, 1 to 1000. Default: 56, two weeks of the default schedule. */
      keepInBucket: integer(1, 1000).default(56),
    })
    .prefault({}),
  /** How the pods of a node are moved away before it is upgraded or rebooted. */
  drain: z
    .strictObject({
      /**
       * Seconds that a node's pods may take, disruption budgets included, 10 to 3300 (a play of a node has 3600). Then the
       * run stops. Default: 600.
       */
      timeoutSeconds: integer(10, 3300, 'seconds').default(600),
    })
    .prefault({}),
  /** Seconds that a node may take to be Ready again after an upgrade or a reboot, 10 to 3300. Default: 300. */
  readyTimeoutSeconds: integer(10, 3300, 'seconds').default(300),
  /** What is kept of the Kubernetes audit log on each server. Defaults: CIS Kubernetes Benchmark 1.2.17–1.2.19. */
  audit: z
    .strictObject({
      /** Days, 1 to 365. Default: 30. */
      maxAgeDays: integer(1, 365, 'days').default(30),
      /** Files, 1 to 100. Default: 10. */
      maxBackups: integer(1, 100).default(10),
      /** Size of a file in MiB, 10 to 1024. Default: 100. */
      maxSizeMiB: integer(10, 1024, 'MiB').default(100),
    })
    .prefault({}),
});
