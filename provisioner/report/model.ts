import type { Counts, TaskEvent } from '../engine/events';

/** A run as the report, the summary and the traces tell it. Texts from nodes are made visible and kept within a size. */
export interface Report {
  readonly id: string;
  readonly environment: string;
  readonly mode: 'apply' | 'check';
  readonly transport: string;
  /** Who started it, where and how; absent in records of versions that did not note it. */
  readonly origin?: { readonly user: string; readonly host: string; readonly command: string };
  /** What about the run is not real. */
  readonly simulated?: string;
  /** Milliseconds since 1970. All other times are milliseconds since this one. */
  readonly startedAt: number;
  readonly milliseconds: number;
  readonly verdict: Verdict;
  readonly plays: readonly PlayReport[];
  readonly nodes: readonly NodeReport[];
  readonly tasks: readonly TaskName[];
  readonly prerequisites: readonly Prerequisite[];
  /** When nodes were out of service, one at a time. */
  readonly disruptions: readonly DisruptionReport[];
  /** Not wrong with this run, but with the fleet before long: what was found, and what to do. */
  readonly warnings: readonly { readonly what: string; readonly next: string }[];
  readonly usage?: { readonly commands: number; readonly apiCalls: number; readonly throttles: number };
}

/** How the run went. */
export interface Verdict {
  /** `unfinished`: the record has no end, because the run goes on or the controller was killed. */
  readonly kind: 'failed' | 'unreachable' | 'stopped' | 'unfinished' | 'changed' | 'unchanged';
  /** Why the run ended before its plays did. */
  readonly stopped?: string;
}

export interface PlayReport {
  readonly name: string;
  readonly start: number;
  readonly milliseconds: number;
  readonly nodes: number;
  /** Why it did not run; `not reached` when the run ended before it. */
  readonly skipped?: string;
}

/** What a task is, once for all nodes. */
export interface TaskName {
  /** Index in `plays`. */
  readonly play: number;
  readonly role: string;
  readonly task: string;
  readonly handler: boolean;
}

export interface NodeReport {
  readonly name: string;
  readonly counts: Counts;
  readonly facts: Readonly<Record<string, string>>;
  /** Why it left the run without a task having failed. */
  readonly left?: Departure;
  /** In the order in which they ran. */
  readonly results: readonly TaskResult[];
}

/** Why a node's run ended without a failure. `held`: its turn to be out of service never came. */
export interface Departure {
  readonly kind: 'unreachable' | 'cancelled' | 'held';
  readonly reason: string;
  readonly at: number;
}

export interface DisruptionReport {
  /** Index in `plays`. */
  readonly play: number;
  readonly node: string;
  /** The host that took it out of service and put it back. */
  readonly by?: string;
  readonly start: number;
  readonly milliseconds: number;
  /** `open`: the record ends before it was back. */
  readonly outcome: 'back' | 'stopped' | 'open';
  /** What state a stopped one is in. */
  readonly reason?: string;
}

export interface TaskResult {
  /** Index in `tasks`. */
  readonly task: number;
  readonly status: TaskEvent['status'];
  /** Derived: a node tells how long a task took, and the controller knows when it heard of it. */
  readonly start: number;
  readonly milliseconds: number;
  readonly diff?: string;
  readonly output?: string;
  readonly error?: {
    readonly what: string;
    readonly exitCode?: number;
    readonly lastLines: string;
    readonly log: string;
  };
}

export interface Prerequisite {
  readonly play: number;
  readonly name: string;
  readonly status: 'ok' | 'changed';
}
