/** Defaults that depend on another field: what a field that is left out means. */

/** Replicas of each shard of the cache: one in production, so that the loss of a node loses no seat lock. */
export function cacheReplicas(asked: number | undefined, production: boolean): number {
  return asked ?? (production ? 1 : 0);
}

/** Daily snapshots of the cache that are kept. */
export function cacheSnapshotDays(asked: number | undefined, production: boolean): number {
  return asked ?? (production ? 7 : 1);
}

/** Days a snapshot of a volume is kept. */
export function backupRetentionDays(asked: number | undefined, production: boolean): number {
  return asked ?? (production ? 35 : 7);
}
