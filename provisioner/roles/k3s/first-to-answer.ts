import { type Shell, sh, words } from '../../engine/shell';
import type { RoleContext } from '../context';
import { definesAnswers } from './join';
import { nodeName, server, serversOf } from './parts';

/** For `onlyIf`: whether this is the first of the servers that answer. One does it for all, whichever is lost. */
export function isFirstToAnswer(context: RoleContext): Shell {
  const servers = serversOf(context);
  const [first, ...others] = servers;
  if (others.length === 0) return sh`[ ${nodeName(context)} = ${first?.name ?? ''} ]`;
  return sh`systemctl is-active --quiet ${server.unit} || exit 1
${definesAnswers}
own=${context.perNode(({ privateIp }) => privateIp)}
for address in ${words(servers.map(({ privateIp }) => privateIp))}; do
  if [ "$address" = "$own" ]; then exit 0; fi
  if answers "$address"; then exit 1; fi
done
exit 1`;
}
