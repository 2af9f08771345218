/** `kubectl cordon`, `uncordon` and `drain` of the simulated cluster. */
import { setTimeout as sleep } from 'node:timers/promises';
import { evict } from './disruption';
import { KubectlError, secondsOf } from './kubectl-arguments';
import { type Call, notFound } from './kubectl-call';
import { type KubeObject, namespaceOf } from './objects';
import { controllerOf, hasEmptyDir, isMirror, PODS, podName, podSpec } from './pod';
import { isRecord, NODES } from './simulated-registry';
import { reconcile } from './workloads';

/** Seconds between two attempts to evict the same pod; the real kubectl takes five. */
const RETRY_SECONDS = 1;

/** Marks a node as one that new pods go to, or don't. */
export function schedulable(call: Call, on: boolean): string {
  const [name] = call.args.words;
  if (name === undefined) throw new KubectlError(`error: USAGE: ${on ? 'uncordon' : 'cordon'} NODE`);
  const node = call.store.get(NODES, '', name.replace(/^nodes?\//, ''));
  if (node === undefined) throw notFound(NODES, name);
  const { unschedulable: was, ...spec } = isRecord(node.spec) ? node.spec : {};
  call.store.put({ ...node, spec: on ? spec : { ...spec, unschedulable: true } });
  const word = on ? 'uncordoned' : 'cordoned';
  return `node/${node.metadata.name} ${(was === true) === !on ? `already ${word}` : word}\n`;
}

/** Cordons the node and evicts its pods, for as long as `--timeout` allows budgets to be in the way. */
export async function drain(call: Call): Promise<string> {
  if (call.args.has('dry-run')) return dryRun(call);
  const cordoned = schedulable(call, false);
  const node = cordoned.slice('node/'.length).split(' ')[0] ?? '';
  const seconds = secondsOf(call.args.option('timeout') ?? '0s');
  const until = seconds === 0 ? Number.POSITIVE_INFINITY : Date.now() + seconds * 1000;
  const names = podsToEvict(call, node);
  const said: string[] = [];
  for (const name of names) {
    const evicted = await evictInTime(call, name, until);
    if (evicted) said.push(`pod/${name.slice(name.indexOf('/') + 1)} evicted\n`);
    else throw notInTime(`${cordoned}${said.join('')}`, node, name, seconds);
  }
  return `${cordoned}${names.map((name) => `evicting pod ${name}\n`).join('')}${said.join('')}node/${node} drained\n`;
}

function dryRun(call: Call): string {
  const node = (call.args.words[0] ?? '').replace(/^nodes?\//, '');
  if (call.store.get(NODES, '', node) === undefined) throw notFound(NODES, node);
  const evicting = podsToEvict(call, node).map((name) => `evicting pod ${name} (dry run)\n`);
  return `node/${node} cordoned (dry run)\n${evicting.join('')}node/${node} drained (dry run)\n`;
}

/** @throws KubectlError for pods that only an option lets it evict, each with its reason, as the real one */
function podsToEvict({ store, args, warn }: Call, node: string): string[] {
  const pods = store.list(PODS).filter((pod) => podSpec(pod).nodeName === node && !isMirror(pod));
  const daemons = pods.filter((pod) => controllerOf(pod)?.kind === 'DaemonSet');
  const others = pods.filter((pod) => !daemons.includes(pod));
  const complaints = [
    complaint(
      !args.has('ignore-daemonsets'),
      daemons,
      'cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)',
    ),
    complaint(
      !args.has('delete-emptydir-data'),
      others.filter(hasEmptyDir),
      'cannot delete Pods with local storage (use --delete-emptydir-data to override)',
    ),
    complaint(
      !args.has('force'),
      others.filter((pod) => controllerOf(pod) === undefined),
      'cannot delete Pods that declare no controller (use --force to override)',
    ),
  ].flat();
  if (complaints.length > 0)
    throw new KubectlError(
      `error: unable to drain node "${node}" due to error: [${complaints.join(', ')}], continuing command...\nThere are pending nodes to be drained:\n ${node}\n${complaints.join('\n')}`,
    );
  if (daemons.length > 0)
    warn(`Warning: ignoring DaemonSet-managed Pods: ${daemons.map(podName).join(', ')}`);
  return others.map(podName);
}

function complaint(isTrue: boolean, pods: readonly KubeObject[], text: string): string[] {
  return isTrue && pods.length > 0 ? [`${text}: ${pods.map(podName).join(', ')}`] : [];
}

async function evictInTime({ store, warn }: Call, name: string, until: number): Promise<boolean> {
  const [namespace = '', pod = ''] = name.split('/');
  for (;;) {
    const found = store.get(PODS, namespace, pod);
    if (found === undefined || evict(store, found) === 'evicted') break;
    if (Date.now() >= until) return false;
    warn(
      `error when evicting pods/"${pod}" -n "${namespaceOf(found)}" (will retry after ${RETRY_SECONDS}s): Cannot evict pod as it would violate the pod's disruption budget.`,
    );
    await sleep(RETRY_SECONDS * 1000);
  }
  reconcile(store);
  return true;
}

function notInTime(stdout: string, node: string, name: string, seconds: number): KubectlError {
  const [namespace = '', pod = ''] = name.split('/');
  const reason = `error when evicting pods/"${pod}" -n "${namespace}": global timeout reached: ${seconds}s`;
  return new KubectlError(
    `error: unable to drain node "${node}" due to error: ${reason}, continuing command...\nThere are pending nodes to be drained:\n ${node}\n${reason}`,
    1,
    stdout,
  );
}
