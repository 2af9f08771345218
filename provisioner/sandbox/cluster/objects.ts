/** What the simulated cluster knows: Kubernetes objects by resource, namespace and name. */
import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { ClusterRecords } from './members';
import { type Resource, resourceOfKind } from './resources';

const kubeObject = z.looseObject({
  apiVersion: z.string().min(1),
  kind: z.string().min(1),
  metadata: z.looseObject({
    name: z.string().min(1),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
    creationTimestamp: z.string().optional(),
    uid: z.string().optional(),
  }),
});

/** A Kubernetes object as far as everything has it in common. */
export type KubeObject = z.infer<typeof kubeObject>;

const file = z.strictObject({
  /** Digest of the join token; absent before the first server. */
  token: z.string().optional(),
  /** Names of the servers that are members of etcd. */
  etcd: z.array(z.string()).default([]),
  objects: z.array(kubeObject),
});

export interface ObjectStore extends ClusterRecords {
  list(resource: Resource, namespace?: string): KubeObject[];
  get(resource: Resource, namespace: string, name: string): KubeObject | undefined;
  /** @returns whether it was new, changed, or neither */
  put(object: KubeObject): 'created' | 'configured' | 'unchanged';
  /** What `put` would leave, without doing it. */
  merged(object: KubeObject): KubeObject;
  remove(resource: Resource, namespace: string, name: string): boolean;
  /** The resources that there are objects of. */
  resources(): Resource[];
  /** Everything, as text that `replace` takes. */
  export(): string;
  /** Everything is from now on what `export` gave. */
  replace(content: string): void;
}

/** @throws Error with the path of what is missing, when it is no Kubernetes object */
export function parseObject(value: unknown): KubeObject {
  const parsed = kubeObject.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(
    `error validating data: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid object'}`,
  );
}

/** @param path where the objects outlive the process, as K3s's database does */
export function createObjectStore(path: string): ObjectStore {
  const data = load(path);
  const objects = new Map(data.objects.map((object) => [keyOf(object), object]));
  const text = () => JSON.stringify({ ...data, objects: [...objects.values()] });
  const save = () => {
    writeFileSync(`${path}.tmp`, text(), { mode: 0o600 });
    renameSync(`${path}.tmp`, path);
  };
  const merged = (object: KubeObject) => mergedWith(objects.get(keyOf(object)), object);
  return {
    list: (resource, namespace) =>
      [...objects.values()]
        .filter(
          (object) =>
            isOf(object, resource) && (namespace === undefined || namespaceOf(object) === namespace),
        )
        .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
    get: (resource, namespace, name) =>
      [...objects.values()].find(
        (object) =>
          isOf(object, resource) &&
          object.metadata.name === name &&
          (!resource.namespaced || namespaceOf(object) === namespace),
      ),
    merged,
    put(object) {
      const before = objects.get(keyOf(object));
      const after = merged(object);
      if (JSON.stringify(before) === JSON.stringify(after)) return 'unchanged';
      objects.set(keyOf(object), after);
      save();
      return before === undefined ? 'created' : 'configured';
    },
    remove(resource, namespace, name) {
      const found = this.get(resource, namespace, name);
      if (found === undefined) return false;
      objects.delete(keyOf(found));
      save();
      return true;
    },
    resources: () => [...objects.values()].map((object) => resourceOfKind(object.kind, object.apiVersion)),
    tokenDigest: () => data.token,
    setTokenDigest(digest) {
      data.token = digest;
      save();
    },
    etcdMembers: () => data.etcd,
    setEtcdMembers(names) {
      data.etcd = [...names];
      save();
    },
    export: () => text(),
    replace(content) {
      const kept = file.parse(JSON.parse(content));
      data.token = kept.token;
      objects.clear();
      for (const object of kept.objects) objects.set(keyOf(object), object);
      save();
    },
  };
}

export function namespaceOf(object: KubeObject): string {
  return object.metadata.namespace ?? 'default';
}

function isOf(object: KubeObject, resource: Resource): boolean {
  return (
    object.kind === resource.kind && resourceOfKind(object.kind, object.apiVersion).group === resource.group
  );
}

function keyOf(object: KubeObject): string {
  const resource = resourceOfKind(object.kind, object.apiVersion);
  return [
    resource.group,
    object.kind,
    resource.namespaced ? namespaceOf(object) : '',
    object.metadata.name,
  ].join('/');
}

/** The server's own fields and the status are kept; of everything else the new object decides. */
function mergedWith(before: KubeObject | undefined, wanted: KubeObject): KubeObject {
  const resource = resourceOfKind(wanted.kind, wanted.apiVersion);
  const { namespace: _, ...metadata } = wanted.metadata;
  const after = {
    ...wanted,
    metadata: {
      ...metadata,
      ...(resource.namespaced && { namespace: namespaceOf(wanted) }),
      creationTimestamp: before?.metadata.creationTimestamp ?? new Date().toISOString().replace(/\.\d+/, ''),
      uid: before?.metadata.uid ?? randomUUID(),
    },
  };
  return 'status' in wanted || before === undefined || !('status' in before)
    ? after
    : { ...after, status: before.status };
}

function load(path: string): z.infer<typeof file> {
  try {
    return file.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return {
      etcd: [],
      objects: ['default', 'kube-system', 'kube-public', 'kube-node-lease'].map(namespaceObject),
    };
  }
}

function namespaceObject(name: string): KubeObject {
  return mergedWith(undefined, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
    status: { phase: 'Active' },
  });
}
