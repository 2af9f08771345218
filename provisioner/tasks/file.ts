import { sh, type Value } from '../engine/shell';
import type { Task } from '../engine/task';
import { buildTask, type TaskOptions } from './options';
import { absolutePath, type Ownership, ownership, shown } from './path';
import { printsWanted } from './wanted';

export interface FileOptions extends TaskOptions, Ownership {
  readonly path: string;
  /** The whole content, to the last newline. May hold values that differ per node. */
  readonly content: Value;
  /** Default: `0644`. */
  readonly mode?: string;
}

/**
 * A file with this content, mode, owner and group. It is replaced in one step: a reader sees the old or the new one. A
 * symbolic link at its place is replaced, not followed; a folder there is an error. Its folder has to exist.
 */
export function file(options: FileOptions): Task {
  const path = absolutePath(options.path);
  const { mode, owner, group } = ownership(options, '0644');
  return buildTask(options, {
    name: `file ${shown(path)}`,
    define: printsWanted(options.content),
    glance: { path, kind: 'file', mode, owner, group, hasContent: true },
    // By way of a file: in a pipe, a content that could not be made would pass for an empty one.
    check: sh`wanted >"$SC_TMP/wanted"
sc_diff ${path} ${path} <"$SC_TMP/wanted" && sc_stat_is ${path} ${mode} ${owner} ${group}`,
    apply: sh`wanted >"$SC_TMP/wanted"
sc_put "$SC_TMP/wanted" ${path} ${mode} ${owner} ${group}`,
  });
}
