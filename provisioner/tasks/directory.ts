import { sh } from '../engine/shell';
import type { Task } from '../engine/task';
import { buildTask, type TaskOptions } from './options';
import { absolutePath, type Ownership, ownership, parentOf, shown } from './path';

export interface DirectoryOptions extends TaskOptions, Ownership {
  readonly path: string;
  /** Default: `0755`. */
  readonly mode?: string;
}

/**
 * A folder with this mode, owner and group. Missing parents are made with mode 0755, owned by root. A symbolic link to a
 * folder counts as the folder, so that a data folder may live on a disk of its own.
 */
export function directory(options: DirectoryOptions): Task {
  const path = absolutePath(options.path);
  const { mode, owner, group } = ownership(options, '0755');
  const isRoots = owner === 'root' && group === 'root';
  return buildTask(options, {
    name: `directory ${shown(path)}`,
    glance: { path, kind: 'directory', mode, owner, group },
    check: sh`if [ ! -d ${path} ]; then
  echo ${`${path} is not a directory`}
  exit 1
fi
sc_stat_is ${`${path}/.`} ${mode} ${owner} ${group}`,
    // `mkdir -m` makes the folder with its mode in one step: never open for a moment. It is root's already, but for the
    // group that a parent hands down.
    apply: sh`if [ -d ${path} ]; then
  chown ${`${owner}:${group}`} ${path}
  chmod ${mode} ${path}
else
  [ -d ${parentOf(path)} ] || mkdir -p ${parentOf(path)}
  mkdir -m ${mode} ${path}
  ${isRoots ? sh`[ ! -g ${parentOf(path)} ] || ` : sh``}chown ${`${owner}:${group}`} ${path}
fi`,
  });
}
