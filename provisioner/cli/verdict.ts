import type { RunResult } from '../engine/run';
import { type ExitCode, exitCodes } from '../errors';

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
  if (counts.some(({ unreachable }) => unreachable > 0)) return exitCodes.unreachable;
  if (stopped !== undefined) return exitCodes.taskFailed;
  if (options.check && options.detailed && counts.some(({ changed }) => changed > 0))
    return exitCodes.wouldChange;
  return exitCodes.done;
}
