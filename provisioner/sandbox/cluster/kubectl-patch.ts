import { KubectlError } from './kubectl-arguments';
import { parseObject } from './objects';
import { isRecord } from './simulated-registry';

/** A JSON merge patch (RFC 7386) of an object: null removes, maps are merged, everything else takes the place of what was. */
export function mergePatch(before: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const merged: Record<string, unknown> = isRecord(before) ? { ...before } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

/** What `kubectl patch --type merge -p TEXT` makes of an object. @throws KubectlError for another type of patch */
export function patched(object: unknown, type: string | undefined, text: string | undefined) {
  if (type !== 'merge' || text === undefined)
    throw new KubectlError('error: the simulated kubectl takes patches of --type merge, with -p');
  try {
    return parseObject(mergePatch(object, JSON.parse(text)));
  } catch (error) {
    throw new KubectlError(
      `error: unable to parse "${text}": ${error instanceof Error ? error.message : error}`,
    );
  }
}
