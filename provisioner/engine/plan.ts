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
    const index = found
      ? 0
      : entry.steps.findIndex((step) => [step.task.name, taskTitle(step)].includes(name));
    if (index === -1) return { ...entry, steps: [] };
    found = true;
    return { ...entry, steps: entry.steps.slice(index) };
  });
}

/** How a task is named to the operator: as in Ansible, `role : task`. */
export function taskTitle(step: Step): string {
  return `${step.role} : ${step.task.name}`;
}
