import { type Shell, sh, text } from '../../engine/shell';
import type { Task } from '../../engine/task';
import type { InventoryNode } from '../../inventory/schema';
import { command } from '../../tasks';
import type { RoleContext } from '../context';
import { isHighlyAvailable, type Kind, nodeName, paths, serversOf, snapshotFolder } from './parts';
import { asksS3, bucketAt } from './s3';

/** Where K3s reads which server it joins; a file of its own, because each node chooses. */
const JOIN = `${paths.config}/config.yaml.d/10-join.yaml`;

/**
 * Which server a node joins, where there are several: the first of the inventory that answers, chosen on the node when it
 * needs one. No single server has to be there for it, and no load balancer. It counts only while the node joins:
 * afterwards an agent's own load balancer knows all servers, and a server has its data; so nothing restarts for it.
 */
export function joinTasks(context: RoleContext, kind: Kind): Task[] {
  if (!isHighlyAvailable(context)) return [];
  return kind.role === 'server' ? [rejoin(context, kind), join(context, kind)] : [join(context, kind)];
}

/** A server that others are told to join, whatever they were told before. */
export function joinThrough({ privateIp }: InventoryNode): Shell {
  return sh`mkdir -p ${`${paths.config}/config.yaml.d`}
printf 'server: https://%s:6443\\n' ${privateIp} | sc_write ${JOIN} 0600 root root`;
}

/** Defines `answers ADDRESS`. `/ping` is the supervisor's own; it needs no credentials. Whose cluster it is, the token decides. */
export const definesAnswers: Shell = sh`answers() {
  [ "$(curl -ks --connect-timeout 2 --max-time 5 "https://$1:6443/ping" || :)" = pong ]
}`;

function join(context: RoleContext, { role, unit }: Kind): Task {
  const [first] = serversOf(context);
  const others = candidates(context);
  return command({
    name: 'a server to join',
    ...(role === 'server' && { onlyIf: sh`[ ${nodeName(context)} != ${first?.name ?? ''} ]` }),
    unless: sh`${definesAnswers}
address=$(sed -n 's|^server: https://\\(.*\\):6443$|\\1|p' ${JOIN} 2>/dev/null || :)
case ${others} in
  *" $address "*) ;;
  *)
    echo "\${address:-no server} is none of the other servers"
    exit 1
    ;;
esac
if ! systemctl is-active --quiet ${unit} && ! answers "$address"; then
  echo "$address does not answer"
  exit 1
fi`,
    command: sh`${definesAnswers}
mkdir -p ${`${paths.config}/config.yaml.d`}
candidates=${others}
for address in $candidates; do
  if answers "$address"; then
    printf 'server: https://%s:6443\\n' "$address" | sc_write ${JOIN} 0600 root root
    exit 0
  fi
done
echo "none of the servers answers on port 6443:$candidates"
exit 1`,
    tags: ['config'],
  });
}

/**
 * The first server makes the cluster when it starts without data. A replaced first server has none either, but there is a
 * cluster: it would make a second one, and the fleet would fall apart. So a server without data asks the other servers
 * first, and joins where one of them answers. Where none does, see `foundingTasks`.
 */
function rejoin(context: RoleContext, { restart }: Kind): Task {
  const [first] = serversOf(context);
  const others = candidates(context);
  return command({
    name: 'a replaced first server joins the cluster that is there',
    onlyIf: sh`[ ${nodeName(context)} = ${first?.name ?? ''} ]`,
    unless: sh`if [ -d ${`${paths.data}/server/db/etcd`} ] || [ -f ${JOIN} ]; then exit 0; fi
${definesAnswers}
candidates=${others}
for address in $candidates; do
  if answers "$address"; then
    echo "the server $address is up already"
    exit 1
  fi
done`,
    command: sh`${definesAnswers}
mkdir -p ${`${paths.config}/config.yaml.d`}
candidates=${others}
for address in $candidates; do
  if answers "$address"; then
    printf 'cluster-init: false\\nserver: https://%s:6443\\n' "$address" | sc_write ${JOIN} 0600 root root
    exit 0
  fi
done
echo 'the other server is gone again'
exit 1`,
    notify: [restart],
    tags: ['config'],
  });
}

/**
 * The servers may be there and not answer: a security group, a zone that is cut off. What they have left in the bucket is
 * evidence of a cluster, and then nothing is started that would be a second one. With a bucket that cannot be listed
 * nobody knows, and the network may well be what is wrong.
 */
export function foundingTasks(context: RoleContext, { role }: Kind): Task[] {
  const bucket = context.inventory.buckets.backups;
  const [first, ...others] = serversOf(context);
  if (role !== 'server' || bucket === undefined || first === undefined || others.length === 0) return [];
  const { region } = context.inventory;
  const folder = snapshotFolder(context.inventory, 'etcd');
  const db = `${paths.data}/server/db`;
  return [
    command({
      name: 'no cluster is there that this server would make a second time',
      onlyIf: sh`[ ${nodeName(context)} = ${first.name} ] && [ ! -d ${`${db}/etcd`} ] && [ ! -s ${`${db}/state.db`} ] && [ ! -f ${JOIN} ]`,
      unless: sh`${bucketAt(`https://${bucket}.s3.${region}.amazonaws.com`, bucket)}
${asksS3(region)}
s3 "url = \\"$base/?list-type=2&max-keys=1&prefix="${encodeURIComponent(`${folder}/`)}\\"
if [ "$status" != 200 ]; then
  echo ${`the bucket ${bucket} cannot be listed: status`} "$status $(s3_code)" >&2
  exit 1
fi
found=$(sed -n 's|.*<Contents><Key>\\([^<]*\\)</Key>.*|\\1|p' "$SC_TMP/answer")
if [ -n "$found" ]; then
  echo ${`s3://${bucket}/`}"$found is a snapshot of a cluster, and none of its servers answers"
  exit 1
fi`,
      command: sh`echo ${`${first.name} has no data, no other server answers, and the bucket ${bucket} has snapshots of a cluster in ${folder}/ (or cannot be listed): started now, it would be a second cluster.`}
echo 'The servers are there: make them reachable (security group, zone, instances), and run again.'
echo 'They are lost: npm run restore brings a snapshot back, docs/operations/etcd-restore.md.'
echo ${`The snapshots are of an environment that was given up: move ${folder}/ away, or begin anew beside them with --skip-tags second-cluster.`}
exit 1`,
      tags: ['service', 'second-cluster'],
    }),
  ];
}

/** Addresses of the servers but the node itself, in the inventory's order, each between spaces. */
function candidates(context: RoleContext) {
  const servers = serversOf(context);
  return text`${context.perNode((node) =>
    [' ', ...servers.filter(({ name }) => name !== node.name).map(({ privateIp }) => `${privateIp} `)].join(
      '',
    ),
  )}`;
}
