import { sh } from '../../engine/shell';
import type { Task } from '../../engine/task';
import { onRequest } from '../../tasks';
import { type Kind, paths } from './parts';

/**
 * New keys and certificates for everything but the authorities, in the order of docs.k3s.io, `k3s certificate`: stop, rotate,
 * start. The old ones stay beside them in a folder `tls-<time>`. Containers run on meanwhile.
 */
export function certificateTasks({ unit, restart }: Kind): Task[] {
  return [
    onRequest({
      name: 'certificates made anew',
      tag: 'certificate-rotation',
      // A node that never ran has none yet.
      onlyIf: sh`[ -d ${`${paths.data}/agent`} ]`,
      command: sh`timeout 300 systemctl stop ${unit}
rc=0
k3s certificate rotate || rc=$?
# Whatever came of it: the node is not left stopped.
${restart.apply}
[ "$rc" -eq 0 ]`,
      satisfies: [restart],
    }),
  ];
}
