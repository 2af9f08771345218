import { taskTitle } from '../../engine/plan';
import type { Host, Play } from '../../engine/play';
import { stepsOf } from '../../engine/steps';
import type { Names } from './names';

/** The names of hosts and of the groups that they are in. */
export function hostNames(hosts: readonly Host[]): Pick<Names, 'nodes' | 'groups'> {
  return {
    nodes: hosts.map(({ name }) => name),
    groups: [...new Set(hosts.flatMap(({ groups }) => groups))],
  };
}

/** The names by which `--tags` and `--start-at-task` ask for tasks. */
export function taskNames<Context>(
  plays: readonly Play<Context>[],
  context: Context,
): Pick<Names, 'tags' | 'tasks'> {
  const steps = plays.flatMap((play) => stepsOf(play, context));
  return {
    tags: [...new Set(steps.flatMap(({ tags }) => [...tags]))].sort(),
    tasks: [...new Set(steps.map(taskTitle))],
  };
}
