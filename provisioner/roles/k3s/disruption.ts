import type { Disruption, Host } from '../../engine/play';
import { type Shell, sh } from '../../engine/shell';
import type { Task } from '../../engine/task';
import { command, waitFor } from '../../tasks';
import type { RoleContext } from '../context';
import { paths } from './parts';

/** The annotation of a node that was cordoned here: one that an operator had cordoned before stays so. */
export const CORDONED = 'stagecraft.dev/cordoned';

/**
 * Takes a node out of service, through a server, and puts it back: cordon, drain within the environment's time limit, and,
 * when the node is Ready again, uncordon. Pods are evicted, so disruption budgets are respected.
 *
 * @param release the release that the node has to be Ready with. Absent: any, as after a reboot.
 */
export function k3sDisruption({ environment }: RoleContext, release?: string): Disruption<RoleContext> {
  const { drain, readyTimeoutSeconds } = environment.k3s;
  return {
    on: 'servers',
    before: (node) => [{ name: 'drain', tasks: () => outOfService(node, drain.timeoutSeconds) }],
    after: (node) => [{ name: 'uncordon', tasks: () => backInService(node, readyTimeoutSeconds, release) }],
    state: 'cordoned and drained',
    undo: ({ name }) => `\`k3s kubectl uncordon ${name}\` on a server.`,
  };
}

function outOfService({ name }: Host, timeoutSeconds: number): Task[] {
  return [
    command({
      name: `${name} takes no new pods`,
      onlyIf: hasCluster,
      unless: sh`${stateOf(name)}
case $state in
  '' | */true/*) exit 0 ;;
esac
echo ${`${name} takes new pods`}
exit 1`,
      // Both at once: whose cordon it is must never be in doubt.
      command: patch(name, {
        metadata: { annotations: { [CORDONED]: 'true' } },
        spec: { unschedulable: true },
      }),
    }),
    command({
      name: `${name} is drained within ${timeoutSeconds} s`,
      onlyIf: sh`${hasCluster} && ${othersTakePods(name)}`,
      unless: sh`${stateOf(name)}
[ -n "$state" ] || exit 0
plan=$(${drainOf(name)} --dry-run=client)
evictions=$(printf '%s\\n' "$plan" | grep '^evicting pod' || :)
if [ -n "$evictions" ]; then
  printf '%s\\n' "$evictions"
  exit 1
fi`,
      command: sh`rc=0
${drainOf(name)} --timeout=${`${timeoutSeconds}s`} 2>&1 || rc=$?
if [ "$rc" -eq 0 ]; then exit 0; fi
k3s kubectl get poddisruptionbudgets --all-namespaces 2>&1 || :
# Nothing of it has been changed, so it is of more use in service.
${uncordon(name)}
printf '%s\\n' ${`${name} was not drained within ${timeoutSeconds} s (k3s.drain.timeoutSeconds). It runs on as before and takes pods again, unless you had cordoned it.`} \\
  'A disruption budget is in the way: give its workload one more replica, or loosen the budget for the time of the run.' \\
  'A pod without a controller is in the way: delete it; nothing would start it elsewhere.' \\
  'Then run the same command again.'
exit 1`,
    }),
  ];
}

function backInService({ name }: Host, timeoutSeconds: number, release: string | undefined): Task[] {
  const onlyIf = sh`${hasCluster} && [ -n "$(k3s kubectl get node ${name} --ignore-not-found -o name)" ]`;
  const wanted = release === undefined ? 'Ready' : `Ready with ${release}`;
  return [
    waitFor({
      onlyIf,
      timeoutSeconds,
      condition: {
        description: `${name} is ${wanted}`,
        command: sh`case $(k3s kubectl get node ${name} -o ${readiness}) in
    ${release === undefined ? sh`True/*` : sh`${`True/${release}`}`}) ;;
    *) return 1 ;;
  esac
  ${reportsAgain(name)}`,
      },
      diagnose: sh`k3s kubectl get node ${name} -o wide 2>&1
printf '%s\\n' ${`Why it does not come back, K3s says on ${name}: journalctl --unit 'k3s*' --lines 50`} \\
  'Once that is mended, run the same command again.' \\
  ${`The way back for an agent, which may be older than the servers, on ${name}:`} \\
  ${`  install -m 0755 ${paths.previousBinary} ${paths.binary} && systemctl restart k3s-agent`} \\
  'The way back for a server: docs/operations/upgrades.md'`,
    }),
    command({
      name: `${name} takes pods again`,
      onlyIf,
      unless: sh`${stateOf(name)}
case $state in
  */true) ;;
  *) exit 0 ;;
esac
echo ${`${name} is cordoned`}
exit 1`,
      command: uncordon(name),
    }),
  ];
}

/**
 * The kubelet has renewed its lease since this was first asked, which it does every ten seconds: for 40 seconds the cluster
 * believes the last word of a node that is down. By the change and not by the clock, for the node's may be wrong.
 */
function reportsAgain(name: string): Shell {
  return sh`renewed=$(k3s kubectl get lease ${name} --namespace kube-node-lease --ignore-not-found -o ${'jsonpath={.spec.renewTime}'}) || return 1
  [ -e "$SC_TMP"/${`lease-${name}`} ] || printf '%s' "$renewed" >"$SC_TMP"/${`lease-${name}`}
  [ -z "$renewed" ] || [ "$renewed" != "$(cat "$SC_TMP"/${`lease-${name}`})" ]`;
}

/** Before the first server of a cluster is there, there is nothing to drain. */
const hasCluster = sh`[ -d ${`${paths.data}/server/db`} ]`;

/** Sets `state`: `NAME/<unschedulable>/<cordoned by us>`, or nothing for a node that has not joined. */
function stateOf(name: string): Shell {
  return sh`state=$(k3s kubectl get node ${name} --ignore-not-found -o ${`jsonpath={.metadata.name}/{.spec.unschedulable}/{.metadata.annotations.${CORDONED.replaceAll('.', '\\.')}}`})`;
}

/** Whether pods have anywhere to go: the only node of a cluster is not drained, for its pods run on through a restart. */
function othersTakePods(name: string): Shell {
  return sh`k3s kubectl get nodes -o ${'jsonpath={range .items[*]}{.metadata.name}/{.spec.unschedulable}/{.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}'} |
  grep -v ${`^${name}/`} | grep -q '//True$'`;
}

function drainOf(name: string): Shell {
  return sh`k3s kubectl drain ${name} --ignore-daemonsets --delete-emptydir-data`;
}

/** Ends our cordon, and no other. */
function uncordon(name: string): Shell {
  return sh`${stateOf(name)}
case $state in
  */true) ${patch(name, { metadata: { annotations: { [CORDONED]: null } }, spec: { unschedulable: null } })} ;;
esac`;
}

function patch(name: string, content: object): Shell {
  return sh`k3s kubectl patch node ${name} --type merge -p ${JSON.stringify(content)}`;
}

const readiness =
  'jsonpath={.status.conditions[?(@.type=="Ready")].status}/{.status.nodeInfo.kubeletVersion}';
