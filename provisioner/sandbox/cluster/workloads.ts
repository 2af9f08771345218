/** The controllers and the scheduler of the simulated cluster, in one pass: pods for workloads, nodes for pods. */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { digestOf } from './digest';
import { type KubeObject, namespaceOf, type ObjectStore } from './objects';
import { controllerOf, PODS, type PodSpec, podSpec, type Toleration } from './pod';
import { resourceOfKind } from './resources';
import { isReady, NODES } from './simulated-registry';

const workload = z.looseObject({
  spec: z.looseObject({
    replicas: z.number().int().min(0).default(1),
    template: z.looseObject({
      metadata: z.looseObject({ labels: z.record(z.string(), z.string()).optional() }).optional(),
      spec: z.looseObject({}).optional(),
    }),
  }),
});

type WorkloadSpec = z.infer<typeof workload>['spec'];

const REPLICATED = [resourceOfKind('Deployment', 'apps/v1'), resourceOfKind('StatefulSet', 'apps/v1')];
const DAEMON_SET = resourceOfKind('DaemonSet', 'apps/v1');

/** Makes pods, places and removes them until they are as the workloads and the nodes want it. */
export function reconcile(store: ObjectStore): void {
  removeOrphans(store);
  for (const resource of REPLICATED)
    for (const object of store.list(resource)) replicate(store, object, specOf(object));
  for (const object of store.list(DAEMON_SET)) onEachNode(store, object, specOf(object));
  for (const pod of store.list(PODS)) place(store, pod);
}

function specOf(object: KubeObject): WorkloadSpec | undefined {
  return workload.safeParse(object).data?.spec;
}

/** Pods of workloads and of nodes that are gone. */
function removeOrphans(store: ObjectStore): void {
  const nodes = new Set(store.list(NODES).map(({ metadata }) => metadata.name));
  const owners = new Set(
    [...REPLICATED, DAEMON_SET].flatMap((resource) =>
      store
        .list(resource)
        .map((object) => `${namespaceOf(object)}/${ownerOf(object).kind}/${ownerOf(object).name}`),
    ),
  );
  for (const pod of store.list(PODS)) {
    const controller = controllerOf(pod);
    const { nodeName } = podSpec(pod);
    const isOrphan =
      controller !== undefined &&
      ['ReplicaSet', 'StatefulSet', 'DaemonSet'].includes(controller.kind) &&
      !owners.has(`${namespaceOf(pod)}/${controller.kind}/${controller.name}`);
    if (isOrphan || (nodeName !== undefined && !nodes.has(nodeName)))
      store.remove(PODS, namespaceOf(pod), pod.metadata.name);
  }
}

function replicate(store: ObjectStore, object: KubeObject, spec: WorkloadSpec | undefined): void {
  if (spec === undefined) return;
  const own = podsOf(store, object);
  for (const extra of own.slice(spec.replicas)) store.remove(PODS, namespaceOf(extra), extra.metadata.name);
  const names = new Set(own.map(({ metadata }) => metadata.name));
  for (let index = 0; names.size < spec.replicas; index++) {
    const name =
      object.kind === 'StatefulSet'
        ? `${object.metadata.name}-${index}`
        : `${ownerOf(object).name}-${randomBytes(3).toString('hex').slice(0, 5)}`;
    if (names.has(name)) continue;
    names.add(name);
    store.put(podOf(object, spec, name));
  }
}

function onEachNode(store: ObjectStore, object: KubeObject, spec: WorkloadSpec | undefined): void {
  if (spec === undefined) return;
  const taken = new Set(podsOf(store, object).map((pod) => podSpec(pod).nodeName));
  for (const node of store.list(NODES)) {
    const pod = podOf(object, spec, `${object.metadata.name}-${digestOf(node.metadata.name).slice(0, 5)}`);
    if (taken.has(node.metadata.name) || !fits(podSpec(pod), node)) continue;
    store.put({ ...pod, spec: { ...podSpec(pod), nodeName: node.metadata.name }, status: RUNNING });
  }
}

function podsOf(store: ObjectStore, object: KubeObject): KubeObject[] {
  const { kind, name } = ownerOf(object);
  return store.list(PODS, namespaceOf(object)).filter((pod) => {
    const controller = controllerOf(pod);
    return controller?.kind === kind && controller.name === name;
  });
}

/** A Deployment owns pods through a ReplicaSet of its template. */
function ownerOf(object: KubeObject): { readonly kind: string; readonly name: string } {
  if (object.kind !== 'Deployment') return { kind: object.kind, name: object.metadata.name };
  const template = JSON.stringify(specOf(object)?.template);
  return { kind: 'ReplicaSet', name: `${object.metadata.name}-${digestOf(template).slice(0, 10)}` };
}

function podOf(object: KubeObject, { template }: WorkloadSpec, name: string): KubeObject {
  const { kind, name: owner } = ownerOf(object);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: namespaceOf(object),
      labels: template.metadata?.labels ?? {},
      ownerReferences: [{ apiVersion: 'apps/v1', kind, name: owner, controller: true }],
    },
    spec: template.spec ?? {},
    status: PENDING,
  };
}

/** A pod without a node gets the ready, schedulable one with the fewest; where there is none it stays Pending. */
function place(store: ObjectStore, pod: KubeObject): void {
  const spec = podSpec(pod);
  if (spec.nodeName !== undefined) {
    if (pod.status === undefined) store.put({ ...pod, status: RUNNING });
    return;
  }
  const load = new Map<string, number>();
  for (const other of store.list(PODS)) {
    const { nodeName = '' } = podSpec(other);
    load.set(nodeName, (load.get(nodeName) ?? 0) + 1);
  }
  const [node] = store
    .list(NODES)
    .filter((candidate) => isReady(candidate) && isSchedulable(candidate) && fits(spec, candidate))
    .map(({ metadata }) => metadata.name)
    .sort((a, b) => (load.get(a) ?? 0) - (load.get(b) ?? 0));
  store.put(
    node === undefined
      ? { ...pod, status: PENDING }
      : { ...pod, spec: { ...spec, nodeName: node }, status: RUNNING },
  );
}

const nodeSpec = z.looseObject({
  spec: z
    .looseObject({
      unschedulable: z.boolean().optional(),
      taints: z
        .array(z.looseObject({ key: z.string(), value: z.string().default(''), effect: z.string() }))
        .optional(),
    })
    .optional(),
});

function isSchedulable(node: KubeObject): boolean {
  return nodeSpec.safeParse(node).data?.spec?.unschedulable !== true;
}

function fits({ nodeSelector = {}, tolerations = [] }: PodSpec, node: KubeObject): boolean {
  const labels = node.metadata.labels ?? {};
  const taints = nodeSpec.safeParse(node).data?.spec?.taints ?? [];
  return (
    Object.entries(nodeSelector).every(([key, value]) => labels[key] === value) &&
    taints.every(
      (taint) =>
        taint.effect === 'PreferNoSchedule' || tolerations.some((toleration) => tolerates(toleration, taint)),
    )
  );
}

function tolerates(
  { key, operator = 'Equal', value = '', effect }: Toleration,
  taint: { readonly key: string; readonly value: string; readonly effect: string },
): boolean {
  return (
    (key === undefined || key === taint.key) &&
    (operator === 'Exists' || value === taint.value) &&
    (effect === undefined || effect === taint.effect)
  );
}

const RUNNING = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
const PENDING = { phase: 'Pending', conditions: [{ type: 'Ready', status: 'False' }] };
