import type { LeaseClock } from './clock';
import { describeHolder, heldBy } from './describe';
import {
  AT_START,
  isHolderDead,
  type LeaseRecord,
  type LeaseRequest,
  looksExpired,
  recordOf,
} from './record';
import type { Expected, LeaseStore, Written } from './store';

export interface AcquireOptions {
  readonly store: LeaseStore;
  readonly environment: string;
  readonly request: LeaseRequest;
  readonly clock: LeaseClock;
  /** Seconds to wait for another run to end. */
  readonly waitSeconds: number;
  /** Tells the operator what is waited for, and what was taken over. */
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
  readonly isDead?: (holder: LeaseRecord) => boolean;
}

/** A lease that was just acquired, and when its write was sent. */
export interface Acquired {
  readonly record: LeaseRecord;
  readonly sent: Stamp;
}

export interface Stamp {
  readonly now: number;
  readonly awake: number;
}

/** Milliseconds between two looks at a lease that another holds. */
const LOOK_MS = 1_000;

/** Longer than the lease itself, in milliseconds: for clocks that run at slightly different speeds. */
const MARGIN_MS = 1_000;

/**
 * Acquires the lease of an environment. One that another holds is taken over in two cases only: its process is known to
 * have ended, or it was watched for its whole duration and was not renewed. Times that another machine wrote decide
 * nothing, so it does not matter how wrong a clock is: the holder itself counts from the moment before its last
 * successful renewal, and stops when that is as long ago. The same way goes Amazon's DynamoDB lock client (its "record
 * version number").
 *
 * @returns undefined when the signal broke the wait off
 * @throws UserError that says who holds it
 */
export async function acquire(options: AcquireOptions): Promise<Acquired | undefined> {
  const { store, request, clock, signal } = options;
  const until = clock.awake() + options.waitSeconds * 1000;
  const watch = new Watch(options);
  let expected: Expected = 'free';
  while (!signal.aborted) {
    const sent = { now: clock.now(), awake: clock.awake() };
    const record = recordOf(request, 0, AT_START, sent.now);
    const { current, done } = outcome(await store.write(record, expected), record);
    if (done) {
      if (watch.holder !== undefined && expected !== 'free')
        options.note(`took over the lease of ${describeHolder(watch.holder)}: that run is gone`);
      return { record, sent };
    }
    watch.sees(current);
    expected = current !== undefined && watch.isOver(current) ? current : 'free';
    if (current === undefined || expected !== 'free') continue;
    if (clock.awake() >= until && !watch.mayBeGone(current))
      throw heldBy(current, options.environment, clock.now());
    watch.tell(current);
    await clock.sleep(LOOK_MS, signal);
  }
  return undefined;
}

/** A write that went through although its answer was lost looks refused when it is sent again. */
function outcome(written: Written, record: LeaseRecord): { done: boolean; current: LeaseRecord | undefined } {
  if (written.done) return { done: true, current: record };
  const { current } = written;
  return { done: current?.id === record.id, current };
}

/** What a contender knows of a lease that another holds. */
class Watch {
  holder: LeaseRecord | undefined;
  private since = 0;
  /** Seen to be renewed: whatever its times and this clock say, it is in use. */
  private isAlive = false;
  private told: string | undefined;

  constructor(private readonly options: AcquireOptions) {}

  /** Counts anew whenever the lease has changed. Called after an answer has arrived: what it says is older than that. */
  sees(current: LeaseRecord | undefined): void {
    const isSame = current?.id === this.holder?.id;
    const isUnchanged = isSame && current?.renewals === this.holder?.renewals;
    if (!isUnchanged) this.since = this.options.clock.awake();
    this.isAlive = isSame && (this.isAlive || !isUnchanged);
    this.holder = current;
  }

  /** Whether the lease, if it is still the same, is nobody's any more. */
  isOver(current: LeaseRecord): boolean {
    const { isDead = isHolderDead, clock } = this.options;
    return isDead(current) || clock.awake() - this.since > current.seconds * 1000 + MARGIN_MS;
  }

  /** Whether it is worth watching for its duration even if nobody asked to wait: it should have been renewed by now. */
  mayBeGone(current: LeaseRecord): boolean {
    return !this.isAlive && looksExpired(current, this.options.clock.now());
  }

  tell(current: LeaseRecord): void {
    const { note, waitSeconds, clock } = this.options;
    if (this.told === current.id) return;
    this.told = current.id;
    if (looksExpired(current, clock.now()))
      note(
        `the lease of ${describeHolder(current)} was not renewed in time; making sure for ${Math.ceil(current.seconds)} s that its run is gone`,
      );
    else note(`waiting up to ${waitSeconds} s for ${describeHolder(current)}, now at ${current.doing}`);
  }
}
