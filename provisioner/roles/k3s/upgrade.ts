import { type Shell, sh } from '../../engine/shell';
import type { Task } from '../../engine/task';
import { command, download } from '../../tasks';
import { downloadRecord } from '../../tasks/download';
import type { RoleContext } from '../context';
import { binaryOf } from './binary';
import { isHighlyAvailable, type Kind, paths } from './parts';
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

/** The way back from a minor version: the cluster's data as it was, on each server before its own turn, and in the bucket. */
function dataBefore(context: RoleContext, onlyIf: Shell): Task {
  const { version } = context.environment.k3s;
  const name = `before-${version.replace('+', '-')}`;
  const etcd = {
    what: 'snapshot of etcd',
    taken: sh`k3s etcd-snapshot ls | grep -q ${`^${name}-`}`,
    take: sh`k3s etcd-snapshot save --name ${name}`,
  };
  const sqlite = {
    what: 'backup of SQLite',
    taken: sh`[ -e "$SC_STATE"/${name} ]`,
    take: sh`${SCRIPT} && : >"$SC_STATE"/${name}`,
  };
  const { what, taken, take } = isHighlyAvailable(context) ? etcd : sqlite;
  return command({
    name: `${what} before ${version}`,
    onlyIf,
    unless: sh`if ! ${taken}; then
  echo 'none was taken yet'
  exit 1
fi`,
    command: sh`if ! { ${take}; }; then
  echo 'No upgrade without a way back. Mend what the lines above say, or go on without: --skip-tags before-upgrade'
  exit 1
fi`,
    tags: ['install', 'before-upgrade'],
  });
}

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
rm -f ${paths.nextBinary}`;
}
