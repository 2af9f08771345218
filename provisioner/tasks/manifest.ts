import { sh, type Value } from '../engine/shell';
import type { Task } from '../engine/task';
import { buildTask, type TaskOptions } from './options';
import { printsWanted } from './wanted';
import { toYamlDocuments } from './yaml';

export interface ManifestOptions extends TaskOptions {
  /** What is wanted, in words; unique within a role. */
  readonly name: string;
  /** Kubernetes objects, or a YAML stream of them. */
  readonly objects: readonly object[] | Value;
  /** Default: `present`. */
  readonly state?: 'present' | 'absent';
  /** Who owns the fields in server-side apply. Default: `stagecraft`. */
  readonly fieldManager?: string;
}

/**
 * Kubernetes objects that the cluster has, or has not. Runs on a server. What differs is found by the API server itself
 * (server-side apply, dry run), so that its defaults are no differences. Values of Secrets are masked in diffs.
 */
export function manifest(options: ManifestOptions): Task {
  const { objects, state = 'present', fieldManager = 'stagecraft' } = options;
  const content: Value = isList(objects) ? toYamlDocuments(objects) : objects;
  // kubectl keeps a cache in the home folder and diffs in the one for temporary files: a check must write in neither.
  const kubectl = sh`TMPDIR=$SC_TMP k3s kubectl --cache-dir "$SC_TMP/kubectl"`;
  const server = sh`--server-side --force-conflicts --field-manager ${fieldManager} -f -`;
  return buildTask(options, {
    name: options.name,
    define: printsWanted(content),
    ...(state === 'present'
      ? { check: sh`wanted | ${kubectl} diff ${server}`, apply: sh`wanted | ${kubectl} apply ${server}` }
      : {
          check: sh`found=$(wanted | ${kubectl} get --ignore-not-found -o name -f -)
if [ -n "$found" ]; then
  printf '%s\\n' "$found" | sed 's/$/ exists/'
  exit 1
fi`,
          apply: sh`wanted | ${kubectl} delete --ignore-not-found --wait -f -`,
        }),
  });
}

function isList(objects: ManifestOptions['objects']): objects is readonly object[] {
  return Array.isArray(objects);
}
