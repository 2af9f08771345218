import { taskTitle } from '../../engine/plan';
import type { Host, Play } from '../../engine/play';
import { stepsOf } from '../../engine/steps';
import type { Names } from './names';

/** The names that a fleet and its plays give to what can be asked for. */
export function namesOf<Context>(
  hosts: readonly Host[],
  plays: readonly Play<Context>[],
  context: Context,
): Omit<Names, 'facts'> {
  const steps = plays.flatMap((play) => stepsOf(play, context));
  return {
    nodes: hosts.map(({ name }) => name),
    groups: [...new Set(hosts.flatMap(({ groups }) => groups))],
    tags: [...new Set(steps.flatMap(({ tags }) => [...tags]))].sort(),
    tasks: [...new Set(steps.map(taskTitle))],
  };
}
