/** One call of the simulated kubectl, and the objects that it is about. */
import { parseAllDocuments } from 'yaml';
import { type KubectlArguments, KubectlError } from './kubectl-arguments';
import { type KubeObject, namespaceOf, type ObjectStore, parseObject } from './objects';
import { objectName, type Resource, resourceOfKind } from './resources';
import { isRecord } from './simulated-registry';

export interface Call {
  readonly store: ObjectStore;
  readonly args: KubectlArguments;
  readonly namespace: string;
  readonly manifest: string;
  readonly version: string;
  /** A line on standard error. */
  readonly warn: (line: string) => void;
}

export function documents({ manifest, args, namespace }: Call): KubeObject[] {
  return parseAllDocuments(manifest)
    .flatMap((document) => {
      const [mistake] = document.errors;
      if (mistake !== undefined)
        throw new KubectlError(`error: error parsing manifest: ${mistake.message.split('\n')[0]}`);
      const value: unknown = document.toJS();
      if (value === null || value === undefined) return [];
      return isRecord(value) && value.kind === 'List' && Array.isArray(value.items) ? value.items : [value];
    })
    .map(parseObject)
    .map((object) =>
      args.option('namespace') === undefined || object.metadata.namespace !== undefined
        ? object
        : { ...object, metadata: { ...object.metadata, namespace } },
    );
}

export function requireNamespace(store: ObjectStore, object: KubeObject): void {
  const namespaces = resourceOfKind('Namespace', 'v1');
  if (!resourceOf(object).namespaced || store.get(namespaces, '', namespaceOf(object)) !== undefined) return;
  throw new KubectlError(`Error from server (NotFound): namespaces "${namespaceOf(object)}" not found`);
}

export function resourceOf(object: KubeObject): Resource {
  return resourceOfKind(object.kind, object.apiVersion);
}

export function notFound(resource: Resource, name: string): KubectlError {
  const type = `${resource.plural}${resource.group === '' ? '' : `.${resource.group}`}`;
  return new KubectlError(
    `Error from server (NotFound): ${type} "${name.replace(`${objectName(resource, '')}`, '')}" not found`,
  );
}
