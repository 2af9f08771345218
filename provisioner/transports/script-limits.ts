/** What ends a script before it ends by itself: its time limit, and Ctrl-C. */
export interface ScriptStop {
  readonly kind: 'timedOut' | 'cancelled';
  readonly reason: string;
}

/** Something that is waited for until it is of no interest any more. */
export interface Waiting<T> {
  readonly promise: Promise<T>;
  forget(): void;
}

const timedOut: ScriptStop = {
  kind: 'timedOut',
  reason: 'the time limit was over and the script was killed (see --timeout)',
};

const cancelled: ScriptStop = { kind: 'cancelled', reason: 'interrupted, the script was killed' };

/** Resolves when the script has to be stopped. */
export function scriptStop({
  timeoutSeconds,
  signal,
}: {
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}): Waiting<ScriptStop> {
  let forget = (): void => {};
  const promise = new Promise<ScriptStop>((resolve) => {
    const timer = setTimeout(() => resolve(timedOut), timeoutSeconds * 1000);
    const onAbort = () => resolve(cancelled);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    forget = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
  });
  return { promise, forget: () => forget() };
}

/** Whether a promise settles within so many milliseconds. */
export async function settlesWithin(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  try {
    return await Promise.race([promise.then(() => true), patience]);
  } finally {
    clearTimeout(timer);
  }
}
