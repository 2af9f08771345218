import { type Shell, sh } from '../engine/shell';
import type { Task } from '../engine/task';
import { buildTask, type TaskOptions } from './options';

export type OnRequestOptions = Omit<TaskOptions, 'name' | 'tags'> & {
  /** What is done, in words; unique within a role. */
  readonly name: string;
  /** The tag that asks for it: letters, digits and hyphens. */
  readonly tag: string;
  /** Further tags that ask for it. */
  readonly tags?: readonly string[];
  readonly command: Shell;
};

/**
 * Something that is done each time that somebody asks for it by its tag, and never otherwise: a snapshot, new
 * certificates. It is no state of the node that could be there already, so it counts as a change in each run that asks for
 * it; within a run it happens once.
 */
export function onRequest(options: OnRequestOptions): Task {
  const done = `done-${options.tag}`;
  return buildTask(
    { ...options, tags: ['never', options.tag, ...(options.tags ?? [])] },
    {
      name: options.name,
      check: sh`if [ ! -e "$SC_TMP"/${done} ]; then
  echo ${`asked for with --tags ${options.tag}`}
  exit 1
fi`,
      apply: sh`${options.command}
: >"$SC_TMP"/${done}`,
    },
  );
}
