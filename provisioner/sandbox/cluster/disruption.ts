/** PodDisruptionBudgets of the simulated cluster, and evictions that respect them (Kubernetes, "API-initiated Eviction"). */
import { z } from 'zod';
import { matchesSelector } from './kubectl-arguments';
import { type KubeObject, namespaceOf, type ObjectStore } from './objects';
import { PODS, podSpec } from './pod';
import { resourceOfKind } from './resources';
import { isReady, isRecord, NODES } from './simulated-registry';

const BUDGETS = resourceOfKind('PodDisruptionBudget', 'policy/v1');

const amount = z.union([z.number().int(), z.string()]);
const budget = z.looseObject({
  spec: z.looseObject({
    selector: z.looseObject({ matchLabels: z.record(z.string(), z.string()).default({}) }),
    minAvailable: amount.optional(),
    maxUnavailable: amount.optional(),
  }),
});

/** Removes a pod, unless that would leave fewer of its kind than a budget asks for: the API answers 429 then. */
export function evict(store: ObjectStore, pod: KubeObject): 'evicted' | 'refused' {
  const ofPod = store.list(BUDGETS, namespaceOf(pod)).filter((object) => matches(object, pod));
  if (isHealthy(store, pod) && ofPod.some((object) => disruptionsAllowed(store, object) < 1))
    return 'refused';
  store.remove(PODS, namespaceOf(pod), pod.metadata.name);
  return 'evicted';
}

/** How many healthy pods a budget lets go at this moment. */
export function disruptionsAllowed(store: ObjectStore, object: KubeObject): number {
  const spec = budget.safeParse(object).data?.spec;
  if (spec === undefined) return 0;
  const pods = store.list(PODS, namespaceOf(object)).filter((pod) => matches(object, pod));
  const healthy = pods.filter((pod) => isHealthy(store, pod)).length;
  const needed =
    spec.maxUnavailable === undefined
      ? countOf(spec.minAvailable ?? 1, pods.length)
      : pods.length - countOf(spec.maxUnavailable, pods.length);
  return Math.max(0, healthy - needed);
}

/** A number, or a percentage, rounded up as Kubernetes does. */
function countOf(value: number | string, of: number): number {
  if (typeof value === 'number') return value;
  return Math.ceil((Number(value.replace('%', '')) / 100) * of);
}

function matches(object: KubeObject, pod: KubeObject): boolean {
  const spec = budget.safeParse(object).data?.spec;
  if (spec === undefined) return false;
  const selector = Object.entries(spec.selector.matchLabels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  return matchesSelector(pod.metadata.labels ?? {}, selector);
}

function isHealthy(store: ObjectStore, pod: KubeObject): boolean {
  const { nodeName } = podSpec(pod);
  const node = nodeName === undefined ? undefined : store.get(NODES, '', nodeName);
  return isRecord(pod.status) && pod.status.phase === 'Running' && node !== undefined && isReady(node);
}
