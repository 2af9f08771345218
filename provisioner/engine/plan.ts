import { wildcard } from './pattern';
import type { Host, Play } from './play';
import type { RunOptions } from './run-options';
import { type Step, selectSteps, stepsOf } from './steps';

/** A play with the steps and hosts of this run. */
export interface PlannedPlay<Context> {
  readonly play: Play<Context>;
  readonly steps: readonly Step[];
  readonly hosts: readonly Host[];
}

/** The plays with what the selection leaves of them; those without a task are left out. */
export function planPlays<Context>(
  options: Pick<RunOptions<Context>, 'plays' | 'context' | 'hostsOf' | 'tags' | 'skipTags' | 'startAtTask'>,
): PlannedPlay<Context>[] {
  const selected = options.plays.map((play) => ({
    play,
    steps: selectSteps(stepsOf(play, options.context), options),
    hosts: options.hostsOf(play),
  }));
  return startAt(selected, options.startAtTask).filter(({ steps }) => steps.length > 0);
}

function startAt<Context>(planned: PlannedPlay<Context>[], name: string | undefined): PlannedPlay<Context>[] {
  if (name === undefined) return planned;
  let found = false;
  return planned.map((entry) => {
    const index = found ? 0 : entry.steps.findIndex((step) => isNamed(step, name));
    if (index === -1) return { ...entry, steps: [] };
    found = true;
    return { ...entry, steps: entry.steps.slice(index) };
  });
}

/** By `role : task` or the task's name alone, with `*` and `?` as in Ansible. */
function isNamed(step: Step, name: string): boolean {
  const names = [step.task.name, taskTitle(step)];
  return names.includes(name) || names.some((one) => wildcard(name).test(one));
}

/** How a task is named to the operator: as in Ansible, `role : task`. */
export function taskTitle(step: Step): string {
  return `${step.role} : ${step.task.name}`;
}
