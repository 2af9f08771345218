import { type Counts, noCounts, type TaskEvent } from '../engine/events';
import type { Departure, NodeReport, PlayReport, TaskResult } from './model';
import { placeInTime } from './place-in-time';
import { visible } from './visible';

/** A play while its events come in. */
export class PlayDraft {
  start: number | undefined;
  end: number | undefined;
  nodes = 0;
  skipped: string | undefined;

  constructor(readonly original: string) {}

  report(latest: number): PlayReport {
    const start = this.start ?? latest;
    const skipped = this.skipped ?? (this.start === undefined ? 'not reached' : undefined);
    return {
      name: visible(this.original),
      start,
      milliseconds: this.start === undefined ? 0 : Math.max(0, (this.end ?? latest) - start),
      nodes: this.nodes,
      ...(skipped === undefined ? {} : { skipped }),
    };
  }
}

type HeardResult = Omit<TaskResult, 'start'> & { readonly heard: number };

/** A node while its results come in. */
export class NodeDraft {
  batchStart = 0;
  facts: Readonly<Record<string, string>> = {};
  left: Departure | undefined;
  private readonly results: TaskResult[] = [];
  private heard: HeardResult[] = [];

  constructor(readonly original: string) {}

  add(result: HeardResult): void {
    this.heard.push(result);
  }

  /** It waits for its turn to be out of service. */
  hold(departure: Departure): void {
    this.settle();
    this.left ??= departure;
  }

  /** Its turn has come, or it acts for another node: what it does from here on started later. */
  beginAnew(at: number): void {
    this.settle();
    this.batchStart = at;
    if (this.left?.kind === 'held') this.left = undefined;
  }

  /** The results of a batch are all there: they get their places in time. */
  settle(): void {
    const starts = placeInTime(this.heard, this.batchStart);
    for (const [index, { heard, ...result }] of this.heard.entries())
      this.results.push({ ...result, start: Math.max(0, Math.round(starts[index] ?? heard)) });
    this.heard = [];
  }

  report(counts: Counts | undefined): NodeReport {
    this.settle();
    return {
      name: visible(this.original),
      counts: counts ?? this.ownCounts(),
      facts: this.facts,
      results: this.results,
      ...(this.left === undefined ? {} : { left: this.left }),
    };
  }

  /** For a run that never told its recap. */
  private ownCounts(): Counts {
    const of = (...statuses: TaskEvent['status'][]) =>
      this.results.filter(({ status }) => statuses.includes(status)).length;
    return {
      ...noCounts,
      ok: of('ok', 'changed'),
      changed: of('changed'),
      failed: of('failed'),
      skipped: of('skipped'),
      unreachable: this.left?.kind === 'unreachable' ? 1 : 0,
    };
  }
}
