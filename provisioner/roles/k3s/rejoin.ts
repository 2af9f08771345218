import { sh, words } from '../../engine/shell';
import type { Task } from '../../engine/task';
import { command } from '../../tasks';
import type { RoleContext } from '../context';
import { isHighlyAvailable, type Kind, nodeName, paths, serversOf } from './parts';

/**
 * The first server makes the cluster when it starts without data. A replaced first server has none either, but there is a
 * cluster: it would make a second one, and the fleet would fall apart. So a server without data asks the other servers
 * first, and joins where one of them answers.
 */
export function rejoinTasks(context: RoleContext, { restart }: Kind): Task[] {
  const servers = serversOf(context);
  const [first, ...others] = servers;
  if (!isHighlyAvailable(context) || first === undefined || others.length === 0) return [];
  const path = `${paths.config}/config.yaml.d/10-join.yaml`;
  return [
    command({
      name: 'a replaced first server joins the cluster that is there',
      onlyIf: sh`[ ${nodeName(context)} = ${first.name} ]`,
      // `/ping` is the supervisor's own; it needs no credentials. Whether it is our cluster the token decides.
      unless: sh`if [ -d ${`${paths.data}/server/db/etcd`} ] || [ -f ${path} ]; then exit 0; fi
for address in ${words(others.map(({ privateIp }) => privateIp))}; do
  if [ "$(curl -ks --connect-timeout 2 --max-time 5 "https://$address:6443/ping" || :)" = pong ]; then
    echo "the server $address is up already"
    exit 1
  fi
done`,
      command: sh`mkdir -p ${`${paths.config}/config.yaml.d`}
for address in ${words(others.map(({ privateIp }) => privateIp))}; do
  if [ "$(curl -ks --connect-timeout 2 --max-time 5 "https://$address:6443/ping" || :)" = pong ]; then
    printf 'cluster-init: false\\nserver: https://%s:6443\\n' "$address" | sc_write ${path} 0600 root root
    exit 0
  fi
done
echo 'the other server is gone again'
exit 1`,
      notify: [restart],
      tags: ['config'],
    }),
  ];
}
