import { sh } from '../../engine/shell';
import type { Task } from '../../engine/task';
import { onRequest } from '../../tasks';
import type { RoleContext } from '../context';
import { isHighlyAvailable } from './parts';

/** What the name of a snapshot that was taken by hand begins with. */
export const ON_DEMAND = 'on-demand';

/**
 * A snapshot of etcd now, on each server that the run is about; it goes to the bucket too where there is one. K3s prunes
 * only the scheduled ones by itself, so those taken by hand are pruned here.
 */
export function snapshotTasks(context: RoleContext): Task[] {
  if (!isHighlyAvailable(context)) return [];
  const { keepOnServer } = context.environment.k3s.snapshots;
  return [
    onRequest({
      name: 'snapshot of etcd',
      tag: 'etcd-snapshot',
      tags: ['datastore-backup'],
      command: sh`k3s etcd-snapshot save --name ${ON_DEMAND}
k3s etcd-snapshot prune --name ${ON_DEMAND} --snapshot-retention ${keepOnServer}
k3s etcd-snapshot ls`,
    }),
  ];
}
