import type { Play, Prerequisite } from '../../engine/play';
import { sh } from '../../engine/shell';
import type { Role, Task } from '../../engine/task';
import type { InventoryNode } from '../../inventory/schema';
import type { SecretRotation } from '../../secrets/store';
import { command, secret, service } from '../../tasks';
import type { RoleContext } from '../context';
import { joinThrough } from './join';
import { paths, server, serversOf } from './parts';
import { readyTasks } from './service';

export interface RestoreRequest {
  /** Name of a snapshot as `k3s etcd-snapshot ls` shows it, or the absolute path of a file on the first server. */
  readonly snapshot: string;
  /** Names this restore on the nodes, so that one that broke off goes on where it was: letters, digits and hyphens. */
  readonly id: string;
  /** Version of the token's parameter that the snapshot was taken with. It becomes the newest. Absent: the newest. */
  readonly tokenVersion?: number;
}

/** What the name of the snapshot that is taken before a restore begins with. */
export const BEFORE_RESTORE = 'before-restore';

/**
 * A cluster's etcd from a snapshot, in the order of docs.k3s.io, "Restoring Snapshots": all servers stop, the first
 * becomes a cluster of one from the snapshot, the others forget their data and join it. What was there before stays in
 * `server/db` beside it. Each step is skipped where it has been done: a restore that broke off is run again.
 */
export function restorePlays(
  context: RoleContext,
  request: RestoreRequest,
  store: SecretRotation,
): Play<RoleContext>[] {
  const [first] = serversOf(context);
  if (first === undefined) return [];
  const play = (name: string, hosts: string, tasks: readonly Task[], serial?: number): Play<RoleContext> => ({
    name,
    hosts,
    roles: [{ name: 'restore', tasks: () => tasks }],
    anyErrorsFatal: true,
    ...(serial !== undefined && { serial }),
  });
  return [
    play('a snapshot of what is there now', first.name, [presentState(request)]),
    {
      ...play('all servers stop', 'servers', stopTasks(context)),
      prerequisites: () => rightToken(context, request, store),
    },
    play('the first server is the cluster', first.name, [reset(request), ...startTasks(context)]),
    play('the others join it', `servers:!${first.name}`, [emptied(first), ...startTasks(context)], 1),
    play('the restore is complete', first.name, [complete()]),
  ];
}

/** Lists the snapshots that a server knows, its own and those in the bucket. */
export const snapshotListRole: Role<RoleContext> = {
  name: 'restore',
  tasks: () => [
    {
      name: 'snapshots',
      check: sh`[ -e "$SC_TMP/listed" ]`,
      apply: sh`k3s etcd-snapshot ls
: >"$SC_TMP/listed"`,
    },
  ],
};

/** Best effort: a cluster that needs a restore may well be one that takes no snapshot any more. */
function presentState(request: RestoreRequest): Task {
  const tried = mark(request, 'snapshot');
  return command({
    name: 'snapshot of the present state, if etcd still gives one',
    unless: sh`if [ ! -e ${tried} ]; then
  echo 'not taken yet'
  exit 1
fi`,
    command: sh`mkdir -p ${MARKS}
if systemctl is-active --quiet ${server.unit}; then
  timeout 120 k3s etcd-snapshot save --name ${BEFORE_RESTORE} || echo 'etcd gives no snapshot: going on without'
else
  echo 'K3s does not run here: going on without'
fi
: >${tried}`,
  });
}

function rightToken(
  { inventory }: RoleContext,
  { tokenVersion }: RestoreRequest,
  store: SecretRotation,
): Prerequisite[] {
  const { k3sToken, kmsKeyArn } = inventory.secrets;
  if (tokenVersion === undefined) return [];
  const wanted = `${k3sToken}:${tokenVersion}`;
  return [
    {
      name: `the join token is that of version ${tokenVersion}`,
      check: () => store.same(wanted, k3sToken),
      apply: () => store.copy(wanted, k3sToken, kmsKeyArn === undefined ? {} : { kmsKeyArn }),
    },
  ];
}

function stopTasks({ inventory }: RoleContext): Task[] {
  return [
    service({ name: 'K3s stopped', unit: server.unit, state: 'stopped', enabled: true, timeoutSeconds: 300 }),
    // Not compared with the one in force, as provisioning does: what is in force is what the snapshot has.
    secret({ name: 'join token', path: paths.token, parameter: inventory.secrets.k3sToken }),
  ];
}

function reset(request: RestoreRequest): Task {
  const { snapshot } = request;
  const done = mark(request, 'reset');
  const local = snapshot.startsWith('/');
  return command({
    name: 'etcd is the snapshot',
    unless: sh`if [ ! -e ${done} ]; then
  echo 'K3s still has the data from before'
  exit 1
fi`,
    // The flag of an earlier reset that was never followed by a start would stop this one. A first server that had been
    // replaced was told to join another; K3s resets no server that joins.
    command: sh`mkdir -p ${MARKS}
rm -f ${`${paths.data}/server/db/reset-flag`} ${`${paths.config}/config.yaml.d/10-join.yaml`}
timeout 1800 k3s server --cluster-reset ${`--cluster-reset-restore-path=${snapshot}`}${local ? sh` --etcd-s3=false` : sh``}
[ -e ${`${paths.data}/server/db/reset-flag`} ]
: >${done}`,
  });
}

/** Done again by a restore that is run again: a server that forgets twice what it had joins all the same. */
function emptied(first: InventoryNode): Task {
  const db = `${paths.data}/server/db`;
  return command({
    name: 'the data from before is set aside',
    unless: sh`if [ ! -e "$SC_TMP/set-aside" ]; then
  echo 'this server still has the data of the cluster from before'
  exit 1
fi`,
    command: sh`aside=${`${db}-before-restore`}-$(date +%s)
if [ -d ${db} ]; then
  mv ${db} "$aside"
  # Snapshots that were taken here are still good.
  mkdir -m 700 ${db}
  if [ -d "$aside/snapshots" ]; then mv "$aside/snapshots" ${db}/; fi
fi
${joinThrough(first)}
: >"$SC_TMP/set-aside"`,
  });
}

function startTasks(context: RoleContext): Task[] {
  return [
    service({ name: 'K3s started', unit: server.unit, timeoutSeconds: 900 }),
    ...readyTasks(context, server),
  ];
}

/** Until here a restore that is run again goes on; from here it begins anew. */
function complete(): Task {
  return command({
    name: 'the next restore begins anew',
    unless: sh`if [ -e ${MARKS} ]; then
  echo 'this one is not yet complete'
  exit 1
fi`,
    command: sh`rm -rf ${MARKS}`,
  });
}

const MARKS = '/var/lib/stagecraft/k3s-restore';

/** How far this restore is, on the first server. */
function mark({ id }: RestoreRequest, step: 'snapshot' | 'reset'): string {
  return `${MARKS}/${id}.${step}`;
}
