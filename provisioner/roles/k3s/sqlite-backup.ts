import { sh, type Text, text } from '../../engine/shell';
import type { Task } from '../../engine/task';
import type { Inventory } from '../../inventory/schema';
import { absent, directory, file, onRequest } from '../../tasks';
import type { RoleContext } from '../context';
import { isHighlyAvailable, nodeName, paths, snapshotFolder } from './parts';

/** Makes a copy of a single server's data, here and in the bucket. */
export const SCRIPT = '/usr/local/lib/stagecraft/k3s-datastore-backup';
const CRON = '/etc/cron.d/k3s-datastore-backup';

/**
 * Backups of the SQLite that a single server keeps its data in; K3s has none of its own for it (docs.k3s.io, "Backup and
 * Restore"). SQLite's online backup gives a consistent copy while K3s runs. The copy and the join token are all that it
 * takes to come back: the cluster's authorities are in the data, encrypted with the token.
 */
export function sqliteBackupTasks(context: RoleContext): Task[] {
  const { schedule } = context.environment.k3s.snapshots;
  // With several servers etcd's own snapshots take over; what was there for the time before goes.
  if (isHighlyAvailable(context)) return [CRON, SCRIPT].map((path) => absent({ path, tags: ['config'] }));
  return [
    directory({ path: '/usr/local/lib/stagecraft', tags: ['config'] }),
    file({ path: SCRIPT, mode: '0700', content: sqliteBackupScript(context), tags: ['config'] }),
    file({
      path: CRON,
      content: `# Written by stagecraft: changes made here are lost at its next run.\n${schedule} root ${SCRIPT} 2>&1 | logger -t k3s-datastore-backup\n`,
      tags: ['config'],
    }),
    onRequest({
      name: 'backup of SQLite',
      tag: 'datastore-backup',
      tags: ['etcd-snapshot'],
      command: sh`${SCRIPT}
ls -l ${`${paths.data}/server/db/backups`}`,
    }),
  ];
}

/** Python is part of every Ubuntu image and brings SQLite's online backup; the `sqlite3` program is not and would have to be installed. */
export function sqliteBackupScript(context: RoleContext): Text {
  const { inventory, environment } = context;
  const { keepOnServer } = environment.k3s.snapshots;
  return text`${HEAD}${nodeName(context)}${rest(inventory, keepOnServer)}`;
}

const HEAD = `#!/bin/sh
# Written by stagecraft: changes made here are lost at its next run.
# A consistent copy of the cluster's SQLite, kept here and in the bucket for backups.
set -eu
umask 077
node=`;

function rest(inventory: Inventory, keep: number): string {
  return `
bucket='${inventory.buckets.backups ?? ''}'
region='${inventory.region}'
db=${paths.data}/server/db/state.db
folder=${paths.data}/server/db/backups
keep=${keep}

if [ ! -s "$db" ]; then
  echo "$db is not there: has K3s ever run on this server?"
  exit 1
fi
mkdir -p "$folder"
new=$(mktemp -d "$folder/.new.XXXXXX")
trap 'rm -rf "$new"' EXIT
python3 - "$db" "$new/copy" <<'END'
import sqlite3
import sys

source = sqlite3.connect("file:" + sys.argv[1] + "?mode=rw", uri=True, timeout=60)
target = sqlite3.connect(sys.argv[2])
source.backup(target)
found = target.execute("PRAGMA integrity_check").fetchone()[0]
target.close()
if found != "ok":
    sys.exit("the copy is damaged: " + found)
END
gzip "$new/copy"
name=sqlite-$node-$(date +%s).db.gz
sync "$new/copy.gz" 2>/dev/null || :
mv "$new/copy.gz" "$folder/$name"
# Their names end with the time, so the oldest comes first.
set -- "$folder"/sqlite-*.db.gz
while [ $# -gt "$keep" ]; do
  rm -f "$1"
  shift
done
echo "$folder/$name"
if [ -z "$bucket" ]; then exit 0; fi

# To the bucket, with the role of this node. Its credentials pass through pipes only.
metadata=\${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}
metadata=\${metadata%/}
session=$(curl -fsS --max-time 5 --retry 2 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$metadata/latest/api/token")
imds() {
  printf 'header = "X-aws-ec2-metadata-token: %s"\\n' "$session" |
    curl -fsS --max-time 5 --retry 2 -K - "$metadata/latest/meta-data/iam/security-credentials/$1"
}
credentials=$(imds "$(imds '')")
of_role() { printf '%s' "$credentials" | tr ',{}' '\\n' | sed -n "s/^ *\\"$1\\" *: *\\"\\(.*\\)\\" *$/\\1/p"; }
if [ -n "\${AWS_ENDPOINT_URL_S3:-}" ]; then url=$AWS_ENDPOINT_URL_S3/$bucket; else url=https://$bucket.s3.$region.amazonaws.com; fi
{
  printf 'url = "%s/%s/%s"\\nrequest = "PUT"\\n' "$url" '${snapshotFolder(inventory, 'sqlite')}' "$name"
  printf 'user = "%s:%s"\\naws-sigv4 = "aws:amz:%s:s3"\\n' "$(of_role AccessKeyId)" "$(of_role SecretAccessKey)" "$region"
  printf 'header = "X-Amz-Security-Token: %s"\\n' "$(of_role Token)"
  printf 'header = "Content-Type: application/gzip"\\ndata-binary = "@%s"\\n' "$folder/$name"
} | curl -fsS --max-time 600 --retry 3 -K - >/dev/null
echo "s3://$bucket/${snapshotFolder(inventory, 'sqlite')}/$name"
`;
}
