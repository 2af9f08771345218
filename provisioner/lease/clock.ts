import { performance } from 'node:perf_hooks';
import { type Clock, systemClock } from '../transports/clock';

/** Two clocks, because each lies in its own way. */
export interface LeaseClock extends Pick<Clock, 'now' | 'sleep'> {
  /** Milliseconds that this machine was awake: never set, but it stands still while a laptop sleeps. */
  awake(): number;
}

export const leaseClock: LeaseClock = {
  now: systemClock.now,
  sleep: systemClock.sleep,
  awake: () => performance.now(),
};
