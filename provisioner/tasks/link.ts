import { sh } from '../engine/shell';
import type { Task } from '../engine/task';
import { buildTask, type TaskOptions } from './options';
import { absolutePath, shown } from './path';

export interface LinkOptions extends TaskOptions {
  readonly path: string;
  /** What the link holds, as `readlink` shows it; it need not exist. */
  readonly target: string;
}

/** A symbolic link. Another link at its place is replaced; anything else there is an error, for it may be wanted. */
export function link(options: LinkOptions): Task {
  const path = absolutePath(options.path);
  const { target } = options;
  return buildTask(options, {
    name: `link ${shown(path)}`,
    glance: { path, kind: 'link', target },
    check: sh`if [ ! -L ${path} ]; then
  echo ${`${path} is not a symbolic link`}
  exit 1
fi
found=$(readlink ${path})
if [ "$found" != ${target} ]; then
  printf '%s points to %s, wanted %s\\n' ${path} "$found" ${target}
  exit 1
fi`,
    apply: sh`if [ -e ${path} ] && [ ! -L ${path} ]; then
  echo ${`${path} exists and is not a symbolic link; remove it if it is not needed`}
  exit 1
fi
ln -sfn -- ${target} ${path}`,
  });
}
