import type { LeaseClock } from './clock';
import type { Acquired, Stamp } from './contender';
import { describeHolder, time } from './describe';
import { AT_START, type LeaseRecord, type LeaseRequest, recordOf } from './record';
import type { LeaseStore } from './store';

export interface HolderOptions {
  readonly store: LeaseStore;
  readonly request: LeaseRequest;
  readonly clock: LeaseClock;
  /** Tells the operator of a renewal that failed. */
  readonly note: (text: string) => void;
  /** Called once, when the lease is not, or not surely, this run's any more: the run has to stop. */
  readonly onLost: (reason: string) => void;
}

/** How often a lease is renewed within its duration: three renewals may fail in a row. */
const RENEWALS_PER_DURATION = 4;

/** Longest time that giving a lease back may take, in milliseconds: it ends by itself. */
const RELEASE_MS = 10_000;

/**
 * A lease while its run is at work: renewed in the background, and given back at the end. From the moment before its
 * last successful renewal was sent it is this run's for its duration, by both clocks; then nothing may be done in its
 * name before a renewal has succeeded.
 */
export class HeldLease {
  private doing = AT_START;
  private attempts = 0;
  private renewals = 0;
  private confirmed: Stamp;
  /** When each renewal was sent of which it is not known yet whether it arrived. */
  private readonly unknown = new Map<number, Stamp>();
  private renewing: Promise<void> | undefined;
  private lost: string | undefined;
  private readonly end = new AbortController();
  private readonly loop: Promise<void>;

  constructor(
    private readonly options: HolderOptions,
    acquired: Acquired,
  ) {
    this.confirmed = acquired.sent;
    this.loop = this.keepRenewing();
  }

  /** Lets others read what the run is at. */
  isAt(doing: string): void {
    this.doing = doing;
    if (this.lost === undefined && !this.end.signal.aborted) void this.attempt(this.pause);
  }

  /** Whether the lease is surely this run's now. While it is being given back it is not. */
  get isSure(): boolean {
    return this.lost === undefined && !this.end.signal.aborted && this.remaining > 0;
  }

  /**
   * Resolves when the lease is surely this run's: at once as a rule, after a renewal where the machine was asleep.
   *
   * @throws Error when it is lost
   */
  async ensure(): Promise<void> {
    if (!this.isSure && this.lost === undefined) await this.attempt(this.pause);
    if (!this.isSure) throw new Error(this.lose(`it could not be renewed before ${this.expiry}`));
  }

  /** Gives the lease back. Never fails: what cannot be given back ends by itself. */
  async release(): Promise<void> {
    this.end.abort();
    await this.within(RELEASE_MS, Promise.all([this.loop, this.renewing?.catch(() => {})]));
    const { store, request, note } = this.options;
    const released = await this.within(
      RELEASE_MS,
      store.remove(request.id).then(
        () => 'done',
        (error: unknown) => reasonOf(error),
      ),
    );
    if (released !== 'done' && this.lost === undefined)
      note(
        `the lease could not be given back (${released ?? 'no answer'}); it ends by itself at ${this.expiry}`,
      );
  }

  private async keepRenewing(): Promise<void> {
    const { clock } = this.options;
    while (!this.end.signal.aborted && this.lost === undefined) {
      await clock.sleep(this.pause, this.end.signal);
      if (this.end.signal.aborted) return;
      // An attempt may hang longer than the lease lasts: the end of the lease is not to be missed for it.
      await this.attempt(Math.max(this.remaining, this.pause));
      if (!this.isSure && !this.end.signal.aborted)
        this.lose(`it could not be renewed before ${this.expiry}`);
    }
  }

  private async attempt(limit: number): Promise<void> {
    await this.within(
      limit,
      this.renew().catch((error) => this.missed(error)),
    );
  }

  private get pause(): number {
    return (this.options.request.seconds * 1000) / RENEWALS_PER_DURATION;
  }

  /** One renewal at a time; whoever asks meanwhile gets the same. */
  private renew(): Promise<void> {
    this.renewing ??= this.tryToRenew().finally(() => {
      this.renewing = undefined;
    });
    return this.renewing;
  }

  private async tryToRenew(): Promise<void> {
    const { store, request, clock } = this.options;
    for (;;) {
      const sent = { now: clock.now(), awake: clock.awake() };
      this.attempts += 1;
      // A number of its own for each attempt: one that arrives late can't be taken for another.
      const record = recordOf(request, this.attempts, this.doing, sent.now);
      this.unknown.set(record.renewals, sent);
      const written = await store.write(record, { id: request.id, renewals: this.renewals });
      const current = written.done ? record : written.current;
      if (current?.id !== request.id) {
        this.lose(takenBy(current));
        return;
      }
      this.confirm(current);
      if (current.renewals === record.renewals) return;
      // An earlier attempt had arrived after all; this one was refused because of it.
    }
  }

  private confirm({ renewals }: LeaseRecord): void {
    this.renewals = renewals;
    const sent = this.unknown.get(renewals);
    if (sent !== undefined) this.confirmed = sent;
    for (const number of [...this.unknown.keys()]) if (number <= renewals) this.unknown.delete(number);
  }

  private missed(error: unknown): void {
    if (this.lost !== undefined || this.end.signal.aborted) return;
    this.options.note(
      `the lease could not be renewed (${reasonOf(error)}); trying again, it holds until ${this.expiry}`,
    );
  }

  /** Returns why it was lost first. */
  private lose(reason: string): string {
    if (this.lost === undefined) {
      this.lost = reason;
      this.options.onLost(reason);
    }
    return this.lost;
  }

  /** Milliseconds, by the clock that is further on: one of them stands still while the machine sleeps. */
  private get remaining(): number {
    const { clock, request } = this.options;
    const gone = Math.max(clock.now() - this.confirmed.now, clock.awake() - this.confirmed.awake);
    return request.seconds * 1000 - gone;
  }

  private get expiry(): string {
    return time(new Date(this.confirmed.now + this.options.request.seconds * 1000).toISOString());
  }

  /** What a promise gives, or undefined when it takes longer. */
  private async within<T>(milliseconds: number, work: Promise<T>): Promise<T | undefined> {
    const over = new AbortController();
    const timeUp = this.options.clock.sleep(milliseconds, over.signal).then(() => undefined);
    try {
      return await Promise.race([work, timeUp]);
    } finally {
      over.abort();
    }
  }
}

function takenBy(current: LeaseRecord | undefined): string {
  return current === undefined
    ? 'somebody removed it (unlock)'
    : `it was taken over by ${describeHolder(current)}`;
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]?.replace(/\.$/, '') ?? '';
}
