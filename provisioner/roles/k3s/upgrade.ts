import { lines, type Shell, sh, text } from '../../engine/shell';
import type { Task } from '../../engine/task';
import { command, download } from '../../tasks';
import { downloadRecord } from '../../tasks/download';
import type { RoleContext } from '../context';
import { binaryOf } from './binary';
import { isHighlyAvailable, type Kind, nodeName, paths } from './parts';
import { SCRIPT } from './sqlite-backup';

/**
 * Another release than the one that runs takes its place. The new binary is fetched and verified while the node is still
 * in service, so that a mirror that fails never leaves a node drained; the exchange itself waits for the node's turn, and
 * the restart follows at the end of the bundle. The release that ran is kept for the way back.
 */
export function upgradeTasks(context: RoleContext, kind: Kind): Task[] {
  const { version } = context.environment.k3s;
  const onlyIf = runsAnother(version, kind);
  return [
    download({
      name: `release ${version} beside the one that runs`,
      path: paths.nextBinary,
      mode: '0755',
      ...binaryOf(context),
      onlyIf,
      tags: ['install'],
    }),
    ...(kind.role === 'server' ? [dataBefore(context, onlyIf)] : []),
    command({
      name: `release ${version} in place of the one that runs`,
      disruptive: true,
      onlyIf,
      unless: sh`installed=$(${installedVersion})
printf 'K3s %s -> %s\\n' "$installed" ${version}
[ "$installed" = ${version} ]`,
      command: exchange(version),
      notify: [kind.restart],
      tags: ['install'],
    }),
  ];
}

/**
 * The way back from a minor version: the cluster's data as it was, on each server before its own turn, and in the bucket.
 * Only a copy that this upgrade took counts: the mark goes with the exchange, and one that waited for half a day is old.
 */
function dataBefore(context: RoleContext, onlyIf: Shell): Task {
  const { version } = context.environment.k3s;
  const { what, take } = isHighlyAvailable(context)
    ? { what: 'snapshot of etcd', take: snapshotBefore(context) }
    : { what: 'backup of SQLite', take: sh`${SCRIPT}` };
  return command({
    name: `${what} before ${version}`,
    onlyIf,
    unless: sh`if [ "$(cat ${MARK} 2>/dev/null)" != ${version} ] || [ -z "$(find ${MARK} -mmin -${MARK_MINUTES})" ]; then
  echo 'none was taken yet'
  exit 1
fi`,
    command: sh`take() {
  ${take}
}
if ! take; then
  echo 'No upgrade without a way back. Mend what the lines above say, or go on without: --skip-tags before-upgrade'
  exit 1
fi
echo ${version} >${MARK}`,
    tags: ['install', 'before-upgrade'],
  });
}

/** Which release this server's data was copied for, and when. */
const MARK = sh`"$SC_STATE"/before-upgrade`;
const MARK_MINUTES = 720;

/**
 * K3s only logs an upload that failed, so the bucket is asked. What earlier upgrades left on the server is pruned as the
 * scheduled snapshots are; K3s does that by itself for those alone. Runs where `set -e` is not in force.
 */
function snapshotBefore(context: RoleContext): Shell {
  const { version, snapshots } = context.environment.k3s;
  const bucket = context.inventory.buckets.backups;
  const name = `${BEFORE}${version.replace('+', '-')}`;
  const save = sh`k3s etcd-snapshot save --name ${name} || return 1`;
  const prune = sh`k3s etcd-snapshot prune --name ${`${BEFORE}v`} --snapshot-retention ${snapshots.keepOnServer} ||
    echo 'older ones were not pruned'`;
  if (bucket === undefined) return lines(save, sh`  ${prune}`);
  return lines(
    save,
    sh`  list=$(k3s etcd-snapshot ls) || return 1
  newest=$(printf '%s\\n' "$list" | awk -v mine=${text`${name}-${nodeName(context)}-`} 'index($1, mine) == 1 && $2 ~ "^file:" { print $1 }' | sort | tail -n 1)
  if ! printf '%s\\n' "$list" | awk -v name="$newest" '$1 == name && $2 ~ "^s3:" { found = 1 } END { exit !found }'; then
    echo ${`the snapshot is on this server, but not in the bucket ${bucket}; why, K3s says: journalctl --unit k3s --lines 50`}
    return 1
  fi`,
    sh`  ${prune}`,
  );
}

/** What the names of these snapshots begin with. */
const BEFORE = 'before-';

/** The release of the binary that is installed; nothing where there is none. */
export const installedVersion: Shell = sh`${paths.binary} --version 2>/dev/null | sed -n 's/^k3s version \\([^ ]*\\).*/\\1/p'`;

/** Whether the service runs from another release. A node that is down is not taken out of service: it isn't in service. */
function runsAnother(version: string, { unit }: Kind): Shell {
  return sh`systemctl is-active --quiet ${unit} || exit 1
installed=$(${installedVersion})
[ -n "$installed" ] && [ "$installed" != ${version} ]`;
}

/** One rename: the service, should it be started just now, finds the old or the new one. */
function exchange(version: string): Shell {
  return sh`found=$(${paths.nextBinary} --version 2>&1 || :)
case $found in
  ${`k3s version ${version} `}*) ;;
  *)
    printf '%s says "%s"; wanted release %s. Nothing was exchanged.\\n' ${paths.nextBinary} "$found" ${version}
    rm -f ${paths.nextBinary}
    exit 1
    ;;
esac
cp -p ${paths.binary} ${paths.previousBinary}
new=$(mktemp ${`${paths.binary}.stagecraft.XXXXXX`})
trap 'rm -f "$new"' EXIT
cp ${paths.nextBinary} "$new"
chmod 0755 "$new"
sync "$new" 2>/dev/null || :
mv -f "$new" ${paths.binary}
trap - EXIT
# What it was verified with goes along: the next check needs no network.
if [ -e "$SC_STATE/downloads/"${downloadRecord(paths.nextBinary)} ]; then
  mv -f "$SC_STATE/downloads/"${downloadRecord(paths.nextBinary)} "$SC_STATE/downloads/"${downloadRecord(paths.binary)}
fi
rm -f ${paths.nextBinary} ${MARK}`;
}
