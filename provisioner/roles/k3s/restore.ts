import type { Play, Prerequisite } from '../../engine/play';
import { type Shell, sh } from '../../engine/shell';
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
  /** Version of the token's parameter that the snapshot was taken with. It becomes the newest. Absent: the newest. */
  readonly tokenVersion?: number;
}

/** What the name of the snapshot that is taken before a restore begins with. */
export const BEFORE_RESTORE = 'before-restore';

/**
 * A cluster's etcd from a snapshot, in the order of docs.k3s.io, "Restoring Snapshots": all servers stop, the first
 * becomes a cluster of one from the snapshot, the others forget their data and join it. What was there before stays in
 * `server/db` beside it.
 *
 * A restore that broke off is run again, and then every step is done again. To go on with the data that the first server
 * got the first time would not do: as soon as another server has joined, etcd counts two members, and the first one alone
 * is no majority. Nothing of one run tells another anything: what is left of it may be mended by hand meanwhile.
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
    play('a snapshot of what is there now', first.name, [presentState()]),
    {
      ...play('all servers stop', 'servers', stopTasks(context)),
      prerequisites: () => rightToken(context, request, store),
    },
    play('the first server is the cluster', first.name, [reset(request), ...startTasks(context)]),
    play('the others join it', `servers:!${first.name}`, [emptied(first), ...startTasks(context)], 1),
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
function presentState(): Task {
  return oncePerRun({
    name: 'snapshot of the present state, if etcd still gives one',
    mark: 'present-state',
    because: 'not taken yet',
    command: sh`if systemctl is-active --quiet ${server.unit}; then
  timeout 120 k3s etcd-snapshot save --name ${BEFORE_RESTORE} || echo 'etcd gives no snapshot: going on without'
else
  echo 'K3s does not run here: going on without'
fi`,
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

function reset({ snapshot }: RestoreRequest): Task {
  const local = snapshot.startsWith('/');
  return oncePerRun({
    name: 'etcd is the snapshot',
    mark: 'reset',
    because: 'K3s still has the data from before',
    // The flag of an earlier reset that was never followed by a start would stop this one. A first server that had been
    // replaced was told to join another; K3s resets no server that joins.
    command: sh`rm -f ${`${paths.data}/server/db/reset-flag`} ${`${paths.config}/config.yaml.d/10-join.yaml`}
timeout 1800 k3s server --cluster-reset ${`--cluster-reset-restore-path=${snapshot}`}${local ? sh` --etcd-s3=false` : sh``}
[ -e ${`${paths.data}/server/db/reset-flag`} ]`,
  });
}

function emptied(first: InventoryNode): Task {
  const db = `${paths.data}/server/db`;
  return oncePerRun({
    name: 'the data from before is set aside',
    mark: 'set-aside',
    because: 'this server still has the data of the cluster from before',
    command: sh`aside=${`${db}-before-restore`}-$(date +%s)
if [ -d ${db} ]; then
  mv ${db} "$aside"
  # Snapshots that were taken here are still good.
  mkdir -m 700 ${db}
  if [ -d "$aside/snapshots" ]; then mv "$aside/snapshots" ${db}/; fi
fi
${joinThrough(first)}`,
  });
}

/** A step of which nothing on the node could tell whether this very restore has done it: its mark lasts as long as the run. */
function oncePerRun(step: { name: string; mark: string; because: string; command: Shell }): Task {
  return command({
    name: step.name,
    unless: sh`if [ ! -e "$SC_TMP"/${step.mark} ]; then
  echo ${step.because}
  exit 1
fi`,
    command: sh`${step.command}
: >"$SC_TMP"/${step.mark}`,
  });
}

function startTasks(context: RoleContext): Task[] {
  return [
    service({ name: 'K3s started', unit: server.unit, timeoutSeconds: 900 }),
    ...readyTasks(context, server),
  ];
}
