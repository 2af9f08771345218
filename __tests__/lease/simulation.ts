import type { LeaseClock } from '../../provisioner/lease/clock';
import type { LeaseRecord } from '../../provisioner/lease/record';
import type { Expected, LeaseStore, Written } from '../../provisioner/lease/store';

/** Time that passes only when everybody waits. Milliseconds. */
export class World {
  now = 0;
  private readonly timers: { readonly at: number; readonly wake: () => void }[] = [];

  at(time: number, wake: () => void): void {
    this.timers.push({ at: Math.max(time, this.now), wake });
  }

  /** Goes on until nothing is left to happen, or the time is over; looks in after each event. */
  async run(until: number, look: () => void): Promise<void> {
    for (;;) {
      // Whatever follows from the last event without waiting happens now.
      await new Promise((resolve) => setImmediate(resolve));
      look();
      this.timers.sort((a, b) => a.at - b.at);
      const next = this.timers.shift();
      if (next === undefined || next.at > until) return;
      this.now = next.at;
      next.wake();
    }
  }
}

/** When a machine sleeps; one that never wakes up was killed. */
export interface Sleep {
  readonly from: number;
  readonly to: number;
}

/** A machine with clocks of its own: its wall clock is wrong, and the other one stands still while it sleeps. */
export class Machine {
  readonly clock: LeaseClock;

  constructor(
    readonly world: World,
    skew: number,
    private readonly sleeps: readonly Sleep[],
  ) {
    this.clock = {
      now: () => Date.UTC(2026, 0, 1) + world.now + skew,
      awake: () => this.awakeAt(world.now),
      sleep: (milliseconds, signal) =>
        new Promise((resolve) => {
          if (signal?.aborted) return resolve();
          const wake = () => {
            signal?.removeEventListener('abort', wake);
            resolve();
          };
          signal?.addEventListener('abort', wake);
          this.wakeAt(this.timeAfter(milliseconds), wake);
        }),
    };
  }

  get isAwake(): boolean {
    return !this.sleeps.some(({ from, to }) => from <= this.world.now && this.world.now < to);
  }

  /** Something reaches the machine: when it sleeps, once it is awake; when it never is again, never. */
  wakeAt(time: number, wake: () => void): void {
    const sleep = this.sleeps.find(({ from, to }) => from <= time && time < to);
    if (sleep === undefined) this.world.at(time, wake);
    else if (sleep.to !== Number.POSITIVE_INFINITY) this.wakeAt(sleep.to, wake);
  }

  private awakeAt(time: number): number {
    return this.sleeps.reduce((sum, { from, to }) => sum - Math.max(0, Math.min(time, to) - from), time);
  }

  /** When so many milliseconds of being awake are over. */
  private timeAfter(milliseconds: number): number {
    return [...this.sleeps]
      .sort((a, b) => a.from - b.from)
      .reduce(
        (end, { from, to }) => (from >= this.world.now && from < end ? end + (to - from) : end),
        this.world.now + milliseconds,
      );
  }
}

/** What a network does to one request. Milliseconds. */
export interface Course {
  readonly there: number;
  readonly back: number;
  /** `lost there`: never arrives. `lost back`: arrives, and the answer does not. `twice`: arrives again, later. */
  readonly fault?: 'lost there' | 'lost back' | 'twice' | undefined;
  readonly later?: number;
}

/** Milliseconds until a client gives up on an answer. */
const TIME_OUT = 5_000;

/** One lease in the memory of a store that machines reach over a bad network. */
export class SharedLease {
  current: LeaseRecord | undefined;

  constructor(private readonly world: World) {}

  over(machine: Machine, course: () => Course): LeaseStore {
    const call = <T>(apply: () => T): Promise<T> => {
      const { there, back, fault, later = 0 } = course();
      return new Promise((resolve, reject) => {
        const sent = this.world.now;
        if (fault !== 'lost there')
          this.world.at(sent + there, () => {
            const result = apply();
            if (fault === 'twice') this.world.at(this.world.now + later, apply);
            if (fault !== 'lost back') machine.wakeAt(this.world.now + back, () => resolve(result));
          });
        if (fault === 'lost there' || fault === 'lost back')
          machine.wakeAt(sent + TIME_OUT, () => reject(new Error('no answer')));
      });
    };
    return {
      where: 'the simulation',
      reach: 'everywhere',
      read: () => call(() => this.current),
      write: (record, expected) => call(() => this.write(record, expected)),
      remove: (id) => call(() => this.remove(id)),
    };
  }

  private write(record: LeaseRecord, expected: Expected): Written {
    const { current } = this;
    const isAs =
      expected === 'free'
        ? current === undefined
        : current?.id === expected.id && current.renewals === expected.renewals;
    if (!isAs) return { done: false, current };
    this.current = record;
    return { done: true };
  }

  private remove(id: string): Written {
    const { current } = this;
    if (current?.id !== id) return { done: false, current };
    this.current = undefined;
    return { done: true };
  }
}
