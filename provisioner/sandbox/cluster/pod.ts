/** Pods of the simulated cluster: what a drain and a budget look at. Nothing runs in them. */
import { z } from 'zod';
import { type KubeObject, namespaceOf } from './objects';
import { resourceOfKind } from './resources';

export const PODS = resourceOfKind('Pod', 'v1');

const owner = z.looseObject({ kind: z.string(), name: z.string(), controller: z.boolean().optional() });

const pod = z.looseObject({
  metadata: z.looseObject({ ownerReferences: z.array(owner).optional() }),
  spec: z
    .looseObject({
      nodeName: z.string().optional(),
      nodeSelector: z.record(z.string(), z.string()).optional(),
      tolerations: z
        .array(
          z.looseObject({
            key: z.string().optional(),
            operator: z.string().optional(),
            value: z.string().optional(),
            effect: z.string().optional(),
          }),
        )
        .optional(),
      volumes: z.array(z.looseObject({ emptyDir: z.unknown().optional() })).optional(),
    })
    .optional(),
});

type PodFields = z.infer<typeof pod>;
export type PodSpec = NonNullable<PodFields['spec']>;
export type Toleration = NonNullable<PodSpec['tolerations']>[number];

/** The spec of a pod or of a pod's template; an empty one where there is none that can be read. */
export function podSpec(object: KubeObject): PodSpec {
  return pod.safeParse(object).data?.spec ?? {};
}

/** The controller that would replace the pod. */
export function controllerOf(
  object: KubeObject,
): { readonly kind: string; readonly name: string } | undefined {
  return pod.safeParse(object).data?.metadata.ownerReferences?.find(({ controller }) => controller === true);
}

/** A pod that the kubelet runs from a file of its own: the API only mirrors it. */
export function isMirror(object: KubeObject): boolean {
  return object.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined;
}

export function hasEmptyDir(object: KubeObject): boolean {
  return (podSpec(object).volumes ?? []).some((volume) => 'emptyDir' in volume);
}

/** `namespace/name`, as kubectl names pods in its complaints. */
export function podName(object: KubeObject): string {
  return `${namespaceOf(object)}/${object.metadata.name}`;
}
