import { sh } from '../engine/shell';
import type { Task } from '../engine/task';
import { buildTask, type TaskOptions } from './options';
import { absolutePath, shown } from './path';

export interface AbsentOptions extends TaskOptions {
  /** A file, a symbolic link (its target stays) or a folder with all that is in it. */
  readonly path: string;
}

/**
 * Nothing at this path.
 *
 * @throws RangeError for a path with fewer than two parts: no role has a reason to remove `/etc`
 */
export function absent(options: AbsentOptions): Task {
  const path = absolutePath(options.path);
  if (path.lastIndexOf('/') === 0)
    throw new RangeError(`refusing to remove the top-level folder ${shown(path)}`);
  return buildTask(options, {
    name: `no ${shown(path)}`,
    check: sh`if [ -e ${path} ] || [ -L ${path} ]; then
  echo ${`${path} exists`}
  exit 1
fi`,
    apply: sh`rm -rf -- ${path}`,
  });
}
