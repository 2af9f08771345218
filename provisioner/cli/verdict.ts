import type { RunResult } from '../engine/run';
import { type ExitCode, exitCodes } from '../errors';
import { count } from './output/describe';

/** 128 + SIGINT, as shells have it. */
export const INTERRUPTED = 130;

/** The documented exit code of a run. What went wrong outweighs what could not be tried, and that what would change. */
export function exitCodeOf(
  { recap, stopped }: RunResult,
  options: { readonly check: boolean; readonly detailed: boolean },
): ExitCode | typeof INTERRUPTED {
  const counts = [...recap.values()];
  if (stopped?.kind === 'interrupted') return INTERRUPTED;
  if (stopped?.kind === 'refused' || counts.some(({ failed }) => failed > 0)) return exitCodes.taskFailed;
  if (stopped?.kind === 'locked' || counts.some(({ unreachable }) => unreachable > 0))
    return exitCodes.unreachable;
  if (stopped !== undefined) return exitCodes.taskFailed;
  if (options.check && options.detailed && counts.some(({ changed }) => changed > 0))
    return exitCodes.wouldChange;
  return exitCodes.done;
}

/** What a check run found, in a line: the end of a plan. */
export function describeCheck({ recap }: RunResult): string {
  const counts = [...recap.values()];
  const differing = counts.filter(({ changed }) => changed > 0);
  const unknown = counts.filter(({ failed, unreachable }) => failed + unreachable > 0).length;
  const rest = unknown === 0 ? '' : ` Of ${count(unknown, 'node')} it is not known: see above.`;
  if (differing.length === 0 && unknown === 0) return 'Every node is as wanted.';
  if (differing.length === 0) return `Nothing would change on the nodes that answered.${rest}`;
  const tasks = differing.reduce((sum, { changed }) => sum + changed, 0);
  return `${differing.length} of ${count(counts.length, 'node')} would change, in ${count(tasks, 'task')}. Nothing was changed.${rest}`;
}
