import { type Shell, sh, text } from '../../engine/shell';
import type { Task } from '../../engine/task';
import type { InventoryNode } from '../../inventory/schema';
import { command } from '../../tasks';
import type { RoleContext } from '../context';
import { isHighlyAvailable, type Kind, nodeName, paths, serversOf } from './parts';

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
 * first, and joins where one of them answers.
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

/** Addresses of the servers but the node itself, in the inventory's order, each between spaces. */
function candidates(context: RoleContext) {
  const servers = serversOf(context);
  return text`${context.perNode((node) =>
    [' ', ...servers.filter(({ name }) => name !== node.name).map(({ privateIp }) => `${privateIp} `)].join(
      '',
    ),
  )}`;
}
