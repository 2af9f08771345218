import { cacheReplicas } from './defaults';
import type { Rule } from './rule';
import { type WorkloadsDraft, workloadRules } from './workloads';

/** The parts of an environment that the rules of its services look at. */
export interface ServicesDraft extends WorkloadsDraft {
  readonly region: string;
  readonly production: boolean;
  readonly network: { readonly availabilityZones: readonly string[] };
  readonly database: { readonly mode: string };
  readonly redis: { readonly replicas?: number | undefined };
  readonly backup: { readonly copyToRegion?: string | undefined };
}

/** What the database, the cache and the backups ask of the rest of the environment. */
export const serviceRules: readonly Rule<ServicesDraft>[] = [
  ...workloadRules,
  {
    needs: ['network', 'database'],
    check: ({ network, database }) =>
      database.mode === 'rds' && network.availabilityZones.length < 2
        ? [
            {
              path: ['database', 'mode'],
              given: database.mode,
              allowed: '"pod" or "replicated" in one zone; RDS asks for two in network.availabilityZones',
            },
          ]
        : [],
  },
  {
    needs: ['network', 'redis', 'production'],
    check: ({ network, redis, production }) => {
      const replicas = cacheReplicas(redis.replicas, production);
      return replicas > 0 && network.availabilityZones.length < 2
        ? [
            {
              path: ['redis', 'replicas'],
              given: replicas,
              allowed: '0 in one zone; a replica that takes over asks for two in network.availabilityZones',
            },
          ]
        : [];
    },
  },
  {
    needs: ['region', 'backup'],
    check: ({ region, backup }) =>
      backup.copyToRegion === region
        ? [
            {
              path: ['backup', 'copyToRegion'],
              given: region,
              allowed: `another region than the environment's (${region})`,
            },
          ]
        : [],
  },
];
