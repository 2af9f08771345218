import type { Inventory } from '../inventory/schema';
import type { SandboxPlan } from './plan';

/** The inventory that `cdktf deploy` would have written for the plan. */
export function inventoryOf(
  plan: SandboxPlan,
  addresses: { kubernetesApi: string; artifacts: string },
): Inventory {
  const prefix = parameterPrefixOf(plan);
  return {
    schemaVersion: 1,
    project: plan.project,
    environment: plan.environment,
    region: plan.region,
    accountId: plan.accountId,
    nodes: plan.nodes.map(({ instanceType: _, ...node }) => node),
    endpoints: { kubernetesApi: addresses.kubernetesApi, artifacts: addresses.artifacts },
    secrets: { parameterPrefix: prefix, k3sToken: `${prefix}/k3s/token` },
    redis: {
      userId: cacheUserOf(plan),
      userName: cacheUserOf(plan),
      passwordParameter: `${prefix}/redis/password`,
    },
    buckets: { backups: backupBucketOf(plan) },
  };
}

export function parameterPrefixOf(plan: SandboxPlan): string {
  return `/${plan.project}/${plan.environment}`;
}

export function cacheUserOf({ project, environment }: SandboxPlan): string {
  return `${project}-${environment}-app`;
}

export function backupBucketOf({ project, environment, accountId }: SandboxPlan): string {
  return `${project}-${environment}-backups-${accountId}`;
}
