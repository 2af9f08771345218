import type { Shell } from '../engine/shell';
import type { Handler, Task } from '../engine/task';

/** What every task takes beside what it is about. */
export interface TaskOptions {
  /** What is wanted, in words; unique within a role. Default: made from the task's own options. */
  readonly name?: string;
  /** Selected by `--tags` and `--skip-tags`, beside the role's name. */
  readonly tags?: readonly string[];
  /** Handlers to run once at the end of the play when this task changed something. */
  readonly notify?: readonly Handler[];
  /** Handlers that are no longer due when this task changed something. */
  readonly satisfies?: readonly Handler[];
  /** The task runs only on nodes where this exits 0. */
  readonly onlyIf?: Shell;
  /** No diff and no output of the task ever leaves the node. Default: false. */
  readonly sensitive?: boolean;
  /** Takes the node out of service for a while: done one node at a time, see `Task.disruptive`. Default: false. */
  readonly disruptive?: boolean;
}

/** What a kind of task adds to the options: its default name, its three pieces of shell, and what makes them unnecessary. */
export type TaskBody = Pick<Task, 'name' | 'define' | 'check' | 'apply' | 'glance' | 'brief'>;

/** A task of this body with what its author asked for. */
export function buildTask(options: TaskOptions, body: TaskBody): Task {
  return {
    ...body,
    name: options.name ?? body.name,
    ...(options.tags && { tags: options.tags }),
    ...(options.notify && { notify: options.notify }),
    ...(options.satisfies && { satisfies: options.satisfies }),
    ...(options.onlyIf && { onlyIf: options.onlyIf }),
    ...(options.sensitive && { sensitive: true }),
    ...(options.disruptive && { disruptive: true }),
  };
}
