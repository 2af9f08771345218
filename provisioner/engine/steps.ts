import type { Play } from './play';
import type { Handler, Role, Task } from './task';

/** A task in its place in a play: with its role and all the tags that select it. */
export interface Step {
  readonly role: string;
  readonly task: Task;
  readonly tags: ReadonlySet<string>;
}

/** The part of a play that a run is about. */
export interface Steps {
  readonly tasks: readonly Step[];
  /** In the order in which tasks first name them. */
  readonly handlers: readonly Handler[];
}

export interface Selection {
  /** Empty: every tag. */
  readonly tags: readonly string[];
  readonly skipTags: readonly string[];
}

/** The steps of a play, in order; `--tags` and `--skip-tags` mean what they mean in Ansible. */
export function stepsOf<Context>(play: Play<Context>, context: Context): Step[] {
  return stepsOfRoles(play.roles, context);
}

/** The steps of roles, in order. */
export function stepsOfRoles<Context>(roles: readonly Role<Context>[], context: Context): Step[] {
  return roles.flatMap((role) =>
    role.tasks(context).map((task) => ({
      role: role.name,
      task,
      tags: new Set([role.name, ...(task.tags ?? [])]),
    })),
  );
}

/**
 * Which steps run. As in Ansible: `always` runs unless skipped by name, `never` runs only when asked for by a tag of
 * its own, `all`, `tagged` and `untagged` are understood (every step has its role's tag, so none is untagged).
 */
export function selectSteps(steps: readonly Step[], { tags, skipTags }: Selection): Step[] {
  return steps.filter((step) => isWanted(step, tags) && !isSkipped(step.tags, skipTags));
}

/** The handlers that the tasks of these steps may notify. */
export function handlersOf(steps: readonly Step[]): Handler[] {
  const byName = new Map<string, Handler>();
  for (const handler of steps.flatMap((step) => step.task.notify ?? [])) {
    const known = byName.get(handler.name);
    if (known !== undefined && known !== handler)
      throw new Error(`two different handlers of one play are named "${handler.name}"`);
    byName.set(handler.name, handler);
  }
  return [...byName.values()];
}

function isWanted({ role, tags: own }: Step, tags: readonly string[]): boolean {
  const wanted = tags.filter((tag) => tag !== 'all' && tag !== 'tagged');
  const everything = tags.length === 0 || wanted.length < tags.length;
  // Every step has its role's tag, so that one does not ask for a `never` task by name.
  if (own.has('never')) return wanted.some((tag) => tag !== role && own.has(tag));
  return everything || own.has('always') || wanted.some((tag) => own.has(tag));
}

function isSkipped(own: ReadonlySet<string>, skipTags: readonly string[]): boolean {
  return skipTags.some((tag) => own.has(tag) || tag === 'tagged' || (tag === 'all' && !own.has('always')));
}
