import { type Shell, sh, text } from '../../engine/shell';
import type { Task } from '../../engine/task';
import { service, systemdUnit, waitFor } from '../../tasks';
import type { RoleContext } from '../context';
import { type Kind, nodeName, paths } from './parts';
import { unitFile } from './unit';

export function unitTasks(kind: Kind): Task[] {
  return [
    systemdUnit({ unit: kind.unit, content: unitFile(kind), notify: [kind.restart], tags: ['service'] }),
  ];
}

/** A node whose service was just started has read all its files: the restart is no longer due. */
export function serviceTasks({ unit, restart }: Kind): Task[] {
  return [service({ unit, satisfies: [restart], timeoutSeconds: 600, tags: ['service'] })];
}

/** The node takes part in the cluster: the API answers on a server, and the cluster says that the node is Ready. */
export function readyTasks(context: RoleContext, { role, unit }: Kind): Task[] {
  const diagnose = sh`systemctl status --no-pager --full --lines 0 ${unit}
journalctl --no-pager --quiet --lines 30 --unit ${unit}`;
  return [
    ...(role === 'server'
      ? [
          waitFor({
            condition: { description: 'the API is ready', command: apiReady(unit) },
            diagnose,
            tags: ['ready', 'certificate-rotation'],
          }),
        ]
      : []),
    waitFor({
      condition: { description: 'the node is Ready', command: nodeReady(context, role, unit) },
      diagnose,
      tags: ['ready', 'certificate-rotation'],
    }),
  ];
}

/** kubectl is asked only while the service runs: before its first start the binary would unpack itself for the question. */
function apiReady(unit: string): Shell {
  return sh`systemctl is-active --quiet ${unit} && k3s kubectl get --raw /readyz >/dev/null`;
}

/** An agent asks with the kubelet's own credentials, which may read its own node. */
function nodeReady(context: RoleContext, role: Kind['role'], unit: string): Shell {
  const as = role === 'server' ? sh`` : sh` --kubeconfig ${`${paths.data}/agent/kubelet.kubeconfig`}`;
  return sh`systemctl is-active --quiet ${unit} &&
    k3s kubectl${as} get --raw ${text`/api/v1/nodes/${nodeName(context)}`} | tr -d ' \\n' |
    grep -Eq '"type":"Ready","status":"True"|"status":"True","type":"Ready"'`;
}
