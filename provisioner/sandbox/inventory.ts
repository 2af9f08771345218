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
    workloadIdentity: {
      issuer: issuerOf(plan),
      bucket: issuerBucketOf(plan),
      services: Object.fromEntries(
        plan.workloads.map(({ name, namespace, serviceAccount }) => [
          name,
          {
            namespace,
            serviceAccount,
            roleArn: `arn:aws:iam::${plan.accountId}:role/${plan.project}-${plan.environment}-pod-${name}`,
          },
        ]),
      ),
    },
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

export function issuerBucketOf({ project, environment, accountId }: SandboxPlan): string {
  return `${project}-${environment}-oidc-${accountId}`;
}

/** What the cluster signs tokens as: the host that S3 would give the bucket. Here nothing answers at it. */
export function issuerOf(plan: SandboxPlan): string {
  return `https://${issuerBucketOf(plan)}.s3.${plan.region}.amazonaws.com`;
}
