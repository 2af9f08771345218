import type { SSMClient } from '@aws-sdk/client-ssm';
import type { Clock } from './clock';

/** What every part of the transport works with. */
export interface SsmService {
  readonly client: SSMClient;
  readonly clock: Clock;
}

/** Polling pauses in ms: quick at first, as most commands take seconds; then slower, with jitter, so that runs don't march in step. */
export function* pollDelays(clock: Clock): Generator<number> {
  for (let delay = 150; ; delay = Math.min(delay * 1.4, 3_000)) yield delay * (0.75 + clock.random() / 2);
}
