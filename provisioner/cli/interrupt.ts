import { setMaxListeners } from 'node:events';
import { Interruption, interrupted, type Stop } from '../engine/run-options';
import { INTERRUPTED } from './verdict';

/** What can end a run before its plays do. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** Ends the run: what is at work on the nodes is cancelled, and the recap so far is told. */
  end(stop: Stop): void;
  /** From here on signals do what they do by default. @throws the error that nobody caught, if that ended the run */
  stop(): void;
}

/**
 * Ctrl-C, a terminal that closes, and an error that nobody caught: the first cancels the run on the nodes and lets it end
 * in order, a second signal exits at once.
 */
export function interruptible(): Interrupt {
  const controller = new AbortController();
  // Every node of a run listens; above ten, Node takes that for a leak.
  setMaxListeners(0, controller.signal);
  let uncaught: { readonly error: unknown } | undefined;
  const end = (stop: Stop, more = ''): void => {
    if (controller.signal.aborted) return;
    process.stderr.write(`\n${stop.reason}: cancelling the commands on the nodes${more}\n`);
    controller.abort(new Interruption(stop));
  };
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    end(interrupted, '; again to exit at once');
  };
  const onUncaught = (error: unknown): void => {
    uncaught ??= { error };
    end({ kind: 'broken', reason: error instanceof Error ? error.message : String(error) });
  };
  for (const name of signals) process.on(name, onSignal);
  process.on('uncaughtException', onUncaught);
  return {
    signal: controller.signal,
    end,
    stop: () => {
      for (const name of signals) process.off(name, onSignal);
      process.off('uncaughtException', onUncaught);
      if (uncaught !== undefined) throw uncaught.error;
    },
  };
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
