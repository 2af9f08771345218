import { stringify } from 'yaml';
import type { KubeObject } from './objects';
import { resourceOfKind } from './resources';

/** A unified diff of an object as it is and as it would be; empty where they are equal. Values of Secrets are masked. */
export function diffObjects(before: KubeObject | undefined, after: KubeObject): string {
  const [old, next] = [linesOf(before), linesOf(after)];
  if (before !== undefined && JSON.stringify(visible(before)) === JSON.stringify(visible(after))) return '';
  const name = `${resourceOfKind(after.kind, after.apiVersion).plural}.${after.metadata.namespace ?? ''}.${after.metadata.name}`;
  const body = hunk(old, next);
  return `--- LIVE/${name}\n+++ MERGED/${name}\n@@ -${old.length === 0 ? 0 : 1},${old.length} +1,${next.length} @@\n${body}`;
}

function linesOf(object: KubeObject | undefined): string[] {
  if (object === undefined) return [];
  return stringify(object.kind === 'Secret' ? masked(object) : visible(object))
    .trimEnd()
    .split('\n');
}

/** Without what the server sets by itself. */
function visible(object: KubeObject): KubeObject {
  const { creationTimestamp: _, uid: __, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function masked(object: KubeObject): KubeObject {
  const mask = (values: unknown) =>
    typeof values === 'object' && values !== null
      ? Object.fromEntries(Object.keys(values).map((key) => [key, '***']))
      : values;
  const secret = visible(object);
  return { ...secret, data: mask(secret.data), stringData: mask(secret.stringData) };
}

/** One hunk over the whole: objects are short. Common lines by the longest common subsequence. */
function hunk(old: readonly string[], next: readonly string[]): string {
  const lengths = Array.from({ length: old.length + 1 }, () => new Array<number>(next.length + 1).fill(0));
  const at = (row: number, column: number) => lengths[row]?.[column] ?? 0;
  for (let row = old.length - 1; row >= 0; row--)
    for (let column = next.length - 1; column >= 0; column--) {
      const value =
        old[row] === next[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
      const line = lengths[row];
      if (line !== undefined) line[column] = value;
    }
  const out: string[] = [];
  let [row, column] = [0, 0];
  while (row < old.length || column < next.length) {
    if (row < old.length && column < next.length && old[row] === next[column]) {
      out.push(` ${old[row]}`);
      row++;
      column++;
    } else if (column >= next.length || (row < old.length && at(row + 1, column) >= at(row, column + 1)))
      out.push(`-${old[row++]}`);
    else out.push(`+${next[column++]}`);
  }
  return out.map((line) => `${line}\n`).join('');
}
