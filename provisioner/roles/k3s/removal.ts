import type { Host, Play } from '../../engine/play';
import { raw, type Shell, sh } from '../../engine/shell';
import type { Task } from '../../engine/task';
import { command } from '../../tasks';
import type { RoleContext } from '../context';
import { k3sDisruption } from './disruption';
import { agent, paths, server } from './parts';

export interface Removal {
  /** The node's name in the cluster. */
  readonly node: string;
  /** The server that acts for the cluster. */
  readonly through: Host;
  /** The host, where it can still be reached. */
  readonly host?: Host;
}

/**
 * Takes a node out of the cluster: drained while it runs, stopped, deleted, and cleaned so that it could join anew. A
 * server leaves etcd with its Node: K3s's own controller sees to that (k3s-io/k3s, pkg/etcd, member controller). Each
 * step is skipped where it has been done, and those on the node where it is gone.
 */
export function removalPlays(context: RoleContext, { node, through, host }: Removal): Play<RoleContext>[] {
  const play = (name: string, hosts: string, tasks: readonly Task[]): Play<RoleContext> => ({
    name,
    hosts,
    roles: [{ name: 'node', tasks: () => tasks }],
    anyErrorsFatal: true,
  });
  const drained = k3sDisruption(context)
    .before({ name: node, id: node, groups: [] })
    .flatMap((role) => role.tasks(context))
    // Pods of a node that does not answer would wait for it for good; without the node they are made elsewhere.
    .map((task) => ({ ...task, onlyIf: sh`${isReady(node)} && ${task.onlyIf ?? sh`:`}` }));
  const leave = play(`${node} leaves the cluster`, through.name, [deleted(node)]);
  const stop = host === undefined ? [] : [play('K3s stops on it', host.name, [stopped()])];
  const isServer = host?.groups.includes('servers') === true;
  return [
    play(`${node} is taken out of service`, through.name, [majorityStays(node), ...drained]),
    // A server has to vote on its own leaving where there are two; an agent that runs could register again.
    ...(isServer ? [leave, ...stop] : [...stop, leave]),
    ...(host === undefined ? [] : [play('it is cleaned', host.name, [podsEnded(), cleaned()])]),
  ];
}

/** A Ready node, in a condition. */
function isReady(node: string): Shell {
  return sh`[ "$(k3s kubectl get node ${node} --ignore-not-found -o ${'jsonpath={.status.conditions[?(@.type=="Ready")].status}'})" = True ]`;
}

/**
 * etcd needs more than half of its members. The one that leaves counts until it has left, and those that stay have to be
 * enough without it.
 */
function majorityStays(node: string): Task {
  const servers =
    'jsonpath={range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}';
  const look = sh`list=$(k3s kubectl get nodes -l node-role.kubernetes.io/control-plane=true -o ${servers})
all=$(printf '%s\\n' "$list" | grep -c .) || all=0
ready=$(printf '%s\\n' "$list" | grep -c ' True$') || ready=0
others=$(printf '%s\\n' "$list" | grep -v ${`^${node} `} | grep -c ' True$') || others=0
now=$((all / 2 + 1)) after=$(((all - 1) / 2 + 1))`;
  return {
    name: 'the cluster can do without it',
    check: sh`${look}
if ! printf '%s\\n' "$list" | grep -q ${`^${node} `}; then exit 0; fi
if [ "$ready" -lt "$now" ] || [ "$others" -lt "$after" ]; then
  echo "$others other servers of $all are Ready"
  exit 1
fi`,
    apply: sh`${look}
if [ "$all" -le 1 ]; then
  echo ${`${node} is the only server: without it there is no cluster. To give the cluster up: cdktf destroy.`}
else
  echo "etcd has $all members, and needs $now of them; when this one has left, $after of the others. Ready are $ready, without this one $others."
  echo 'Bring the other servers back first: kubectl get nodes. If they are lost for good: docs/operations/etcd-restore.md.'
fi
exit 1`,
  };
}

function stopped(): Task {
  const units = [server.unit, agent.unit] as const;
  return command({
    name: 'K3s stopped and disabled',
    unless: sh`for unit in ${units[0]} ${units[1]}; do
  if systemctl is-active --quiet "$unit" || systemctl is-enabled --quiet "$unit" 2>/dev/null; then
    echo "$unit runs, or would after a reboot"
    exit 1
  fi
done`,
    command: sh`for unit in ${units[0]} ${units[1]}; do
  if [ ! -e "/etc/systemd/system/$unit" ]; then continue; fi
  timeout 300 systemctl stop "$unit"
  systemctl --quiet disable "$unit"
done`,
  });
}

function deleted(node: string): Task {
  const password = `${node}.node-password.k3s`;
  return command({
    name: `no node ${node} in the cluster`,
    unless: sh`found=$(k3s kubectl get node ${node} --ignore-not-found -o name)
password=$(k3s kubectl --namespace kube-system get secret ${password} --ignore-not-found -o name)
if [ -n "$found$password" ]; then
  echo "$found $password"
  exit 1
fi`,
    // The password lets in only the machine that had the name: another one of that name has to be able to join.
    command: sh`timeout 120 k3s kubectl delete node ${node} --ignore-not-found
k3s kubectl --namespace kube-system delete secret ${password} --ignore-not-found`,
  });
}

/** Where the kubelet keeps the processes of all pods, by the driver of its cgroups: cgroupfs, or systemd. */
const podGroups = raw('/sys/fs/cgroup/kubepods /sys/fs/cgroup/kubepods.slice');

/**
 * Containers outlive the service (KillMode=process), and they outlive their shims: a database would go on writing to its
 * volume while Kubernetes starts another one elsewhere.
 */
function podsEnded(): Task {
  const left = sh`shims() {
  for pid in /proc/[0-9]*; do
    case $(readlink "$pid/exe" 2>/dev/null || :) in
      ${`${paths.data}/data/`}*/bin/containerd-shim*) echo "\${pid#/proc/}" ;;
    esac
  done
}
# The kernel answers for a group with all the groups below it.
pods() {
  for group in ${podGroups}; do
    if grep -qs '^populated 1$' "$group/cgroup.events"; then echo "$group"; fi
  done
}`;
  return command({
    name: 'no pod runs on',
    unless: sh`${left}
left=$(shims)$(pods)
if [ -n "$left" ]; then
  echo 'processes of pods still run'
  exit 1
fi`,
    command: sh`${left}
shims | while read -r pid; do kill -9 "$pid" 2>/dev/null || :; done
for group in ${podGroups}; do
  if [ -e "$group/cgroup.kill" ]; then echo 1 >"$group/cgroup.kill"; fi
done
deadline=$(($(date +%s) + 30))
while left=$(pods) && [ -n "$left" ]; do
  if [ "$(date +%s)" -ge "$deadline" ]; then
    echo 'processes of pods cannot be killed, so nothing is removed. Reboot the node, and run again. They are:'
    find ${podGroups} -name cgroup.procs -exec cat {} + 2>/dev/null |
      while read -r pid; do printf '%s %s\\n' "$pid" "$(tr '\\0' ' ' <"/proc/$pid/cmdline")"; done || :
    exit 1
  fi
  sleep 0.2
done`,
  });
}

/** What K3s's own uninstall script takes away (k3s-io/k3s, install.sh). The downloads' records go as well. */
const leftovers = [
  paths.config,
  '/etc/rancher/node',
  '/run/k3s',
  '/run/flannel',
  paths.data,
  '/var/lib/kubelet',
  '/var/lib/cni',
  '/etc/cni/net.d/10-flannel.conflist',
  `/etc/systemd/system/${server.unit}`,
  `/etc/systemd/system/${agent.unit}`,
  paths.binary,
] as const;

function cleaned(): Task {
  const everything = raw(leftovers.join(' '));
  const names = ['kubectl', 'crictl', 'ctr'].map((name) => `/usr/local/bin/${name}`).join(' ');
  const mounted = sh`mounts() {
  awk '$2 ~ "^(/run/k3s|/var/lib/rancher/k3s|/var/lib/kubelet|/run/netns/cni-)" { print $2 }' /proc/self/mounts | sort -r
}`;
  return command({
    name: 'no trace of K3s',
    unless: sh`for path in ${everything}; do
  if [ -e "$path" ]; then
    echo "$path is still there"
    exit 1
  fi
done`,
    command: sh`${mounted}
mounts | while IFS= read -r path; do umount "$path" 2>/dev/null || umount -l "$path" 2>/dev/null || :; done
if [ -n "$(mounts)" ]; then
  # What is below a mount that stays is somebody's volume.
  echo 'still mounted, so nothing was removed:'
  mounts
  exit 1
fi
if command -v ip >/dev/null 2>&1; then
  for link in cni0 flannel.1 flannel-v6.1 flannel-wg flannel-wg-v6 kube-ipvs0; do ip link delete "$link" 2>/dev/null || :; done
fi
for family in iptables ip6tables; do
  if command -v "$family-save" >/dev/null 2>&1; then
    { "$family-save" | grep -v -e KUBE- -e CNI- -e flannel | "$family-restore"; } 2>/dev/null || :
  fi
done
for path in ${raw(names)}; do
  if [ "$(readlink "$path" 2>/dev/null || :)" = k3s ]; then rm -f "$path"; fi
done
# Whatever is mounted there after all stays as it is.
rm -rf --one-file-system ${everything}
systemctl daemon-reload`,
  });
}
