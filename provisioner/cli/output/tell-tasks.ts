import type { TaskEvent } from '../../engine/events';
import { describeTask } from './describe';
import { FoldedOutput } from './folded';
import type { Show } from './listener';

/** How what tasks did is told: some of it at once, some when the run is over. */
export interface TaskTeller {
  readonly tell: (event: TaskEvent) => string | undefined;
  /** What is left to be told before the recap. */
  readonly rest: () => string | undefined;
}

export function taskTeller(show: Show): TaskTeller {
  if (show.tasks !== 'folded')
    return {
      tell: (event) =>
        show.verbose || event.status === 'changed' || event.status === 'failed'
          ? describeTask(event, show)
          : undefined,
      rest: () => undefined,
    };
  const folded = new FoldedOutput();
  return {
    tell: (event) => {
      folded.take(event);
      return undefined;
    },
    rest: () => folded.describe(show.color),
  };
}
