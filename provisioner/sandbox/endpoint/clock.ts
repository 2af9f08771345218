/** Time as the endpoint sees it, so that a test can wait for a time-out of thirty seconds without waiting. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back after so many milliseconds; the result takes it back. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** The clock on the wall. Its timers keep no process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, callback) {
    // setTimeout fires at once for more than 2^31-1 ms; no time-out of SSM that long matters to a sandbox.
    const timer = setTimeout(callback, Math.min(milliseconds, 2 ** 31 - 1));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Resolves after so many milliseconds of that clock. */
export function delay(clock: Clock, milliseconds: number): Promise<void> {
  if (milliseconds <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    clock.after(milliseconds, resolve);
  });
}
