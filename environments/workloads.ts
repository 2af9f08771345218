import { nearest } from './nearest';
import type { Mistake, Rule } from './rule';

/** The parts of an environment that say what its services may do in AWS. */
export interface WorkloadsDraft {
  readonly messaging: {
    readonly enabled: boolean;
    readonly queues: Readonly<Record<string, { readonly subscribed: boolean }>>;
  };
  readonly services?:
    | Readonly<
        Record<
          string,
          Omit<Workload, 'name' | 'serviceAccount'> & { readonly serviceAccount?: string | undefined }
        >
      >
    | undefined;
}

/** A service whose pods have an AWS role, and what it may do. */
export interface Workload {
  readonly name: string;
  /** Kubernetes namespace and service account of its pods. */
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Whether it publishes on the topic. */
  readonly publish: boolean;
  /** Queues that it sends to and takes messages from. */
  readonly send: readonly string[];
  readonly consume: readonly string[];
}

/** The services of an environment that have a role, every default filled in. */
export function workloadsOf({ services, messaging }: WorkloadsDraft): readonly Workload[] {
  if (services === undefined) return messaging.enabled ? [reservations(messaging.queues)] : [];
  return Object.entries(services).map(([name, service]) => ({
    ...service,
    name,
    serviceAccount: service.serviceAccount ?? name,
  }));
}

/** The service that the queues of the original site are named after; of other queues it is whatever there is. */
function reservations(queues: WorkloadsDraft['messaging']['queues']): Workload {
  const all = Object.entries(queues);
  return {
    name: 'reserve-service',
    namespace: 'app',
    serviceAccount: 'reserve-service',
    publish: true,
    send: all.filter(([, { subscribed }]) => !subscribed).map(([queue]) => queue),
    consume: all.map(([queue]) => queue),
  };
}

/** What services may do names what there is; and each has a service account of its own. */
export const workloadRules: readonly Rule<WorkloadsDraft>[] = [
  {
    needs: ['services', 'messaging'],
    check: (draft) => workloadsOf(draft).flatMap((workload) => messages(workload, draft.messaging)),
  },
  {
    needs: ['services', 'messaging'],
    check: (draft) => {
      const workloads = workloadsOf(draft);
      return workloads.flatMap((workload, index) => {
        const owner = workloads.slice(0, index).find((earlier) => subjectOf(earlier) === subjectOf(workload));
        return owner === undefined
          ? []
          : [
              {
                path: ['services', workload.name, 'serviceAccount'],
                given: workload.serviceAccount,
                allowed: `a service account of its own: ${subjectOf(workload)} is that of ${owner.name}`,
              },
            ];
      });
    },
  },
];

function messages(
  { name, publish, send, consume }: Workload,
  { enabled, queues }: WorkloadsDraft['messaging'],
): readonly Mistake[] {
  const named = Object.entries({ send, consume }).flatMap(([key, names]) =>
    names.map((queue, index) => ({ path: ['services', name, key, index], queue })),
  );
  if (!enabled)
    return [
      ...(publish ? [{ path: ['services', name, 'publish'], given: true }] : []),
      ...named.map(({ path, queue }) => ({ path, given: queue })),
    ].map((mistake) => ({ ...mistake, allowed: 'nothing, where messaging.enabled is false' }));
  const known = Object.keys(queues);
  return named
    .filter(({ queue }) => !known.includes(queue))
    .map(({ path, queue }) => {
      const likely = nearest(queue, known);
      return {
        path,
        given: queue,
        allowed:
          likely === undefined
            ? `a queue of messaging.queues: ${known.join(', ') || 'there is none'}`
            : `a queue of messaging.queues; did you mean "${likely}"?`,
      };
    });
}

/** As a token names it: `namespace/service account`. */
function subjectOf({ namespace, serviceAccount }: Workload): string {
  return `${namespace}/${serviceAccount}`;
}
