import type { RunOrigin } from './last-run';

/**
 * The one stream that a run is told by. Progress, recap, JSON lines and the log on disk are listeners of it. Every
 * event carries the time in ISO 8601; none ever carries a secret.
 */
export type RunEvent = { readonly time: string } & EventBody;

export type EventBody =
  | {
      readonly type: 'run-started';
      readonly runId: string;
      readonly environment: string;
      readonly mode: 'apply' | 'check';
      readonly transport: string;
      readonly plays: readonly string[];
      readonly hosts: readonly string[];
      /** Who started it, where and how. Absent in records of versions that did not note it. */
      readonly origin?: RunOrigin;
      /** Where something is not real: said wherever the run is shown. */
      readonly simulated?: string;
    }
  | { readonly type: 'node-unreachable'; readonly node: string; readonly reason: string }
  | {
      readonly type: 'node-cancelled';
      readonly node: string;
      readonly reason: string;
      readonly task?: string;
    }
  | { readonly type: 'facts'; readonly node: string; readonly facts: Readonly<Record<string, string>> }
  | ({ readonly type: 'warning' } & Warning)
  | {
      readonly type: 'prerequisite';
      readonly play: string;
      readonly name: string;
      readonly status: 'ok' | 'changed';
    }
  | {
      readonly type: 'play-started';
      readonly play: string;
      readonly hosts: readonly string[];
      readonly tasks: number;
    }
  | { readonly type: 'batch-started'; readonly play: string; readonly hosts: readonly string[] }
  | TaskEvent
  | {
      readonly type: 'node-finished';
      readonly play: string;
      readonly node: string;
      readonly counts: Counts;
    }
  | NodeHeld
  | {
      /** From here to `disruption-finished` the node is out of service; no other is. */
      readonly type: 'disruption-started';
      readonly play: string;
      readonly node: string;
      /** The host that acts for it, where the play has something to do around it. */
      readonly by?: string;
      /** Left over from an earlier run: the node only has to be put back into service. */
      readonly resumed?: true;
    }
  | {
      readonly type: 'disruption-finished';
      readonly play: string;
      readonly node: string;
      readonly by?: string;
      /** `back`: in service again. `stopped`: the run ends here, `reason` tells what state the node is in. */
      readonly outcome: 'back' | 'stopped';
      readonly reason?: string;
      readonly milliseconds: number;
    }
  | { readonly type: 'play-finished'; readonly play: string; readonly milliseconds: number }
  | { readonly type: 'play-skipped'; readonly play: string; readonly reason: string }
  | {
      readonly type: 'run-finished';
      readonly recap: Readonly<Record<string, Counts>>;
      readonly commands: number;
      readonly apiCalls: number;
      readonly throttles: number;
      readonly milliseconds: number;
      /** Why the run ended before its plays did. */
      readonly stopped?: string;
      /** What the nodes' facts say that somebody should do something about. Absent: nothing. */
      readonly warnings?: readonly Warning[];
    };

/** Something that is not wrong with this run, but will be with the fleet. */
export interface Warning {
  readonly about: 'certificate' | 'membership';
  /** The nodes that it is about. */
  readonly nodes: readonly string[];
  /** What was found, in words. */
  readonly what: string;
  /** What to do. */
  readonly next: string;
}

export interface TaskEvent {
  readonly type: 'task';
  readonly play: string;
  readonly role: string;
  readonly task: string;
  readonly node: string;
  readonly status: 'ok' | 'changed' | 'skipped' | 'failed';
  readonly handler: boolean;
  readonly milliseconds: number;
  /** What the check found, as a unified diff or one line. Absent for sensitive tasks. */
  readonly diff?: string;
  /** What apply printed. Absent for sensitive tasks. */
  readonly output?: string;
  readonly error?: TaskFailure;
}

/** A node waits before a disruptive task until its turn comes: `disruption-started` for it follows, unless the run ends. */
export interface NodeHeld {
  readonly type: 'node-held';
  readonly play: string;
  readonly node: string;
  readonly role: string;
  readonly task: string;
  /** What its check found. Absent for sensitive tasks. */
  readonly diff?: string;
}

export interface TaskFailure {
  /** What happened, in words, with the exit code where there is one. */
  readonly what: string;
  /** Exit code of the step that failed; absent where it did not end by itself. */
  readonly exitCode?: number;
  /** The last lines of the step that failed. */
  readonly lastLines: readonly string[];
  /** What to do, where the cause is well known. */
  readonly next?: string;
  /** Where the whole output is. */
  readonly log: string;
}

/** Ansible's recap: `ok` counts the tasks that are now as wanted, changed ones included. */
export interface Counts {
  readonly ok: number;
  readonly changed: number;
  readonly unreachable: number;
  readonly failed: number;
  readonly skipped: number;
}

export const noCounts: Counts = { ok: 0, changed: 0, unreachable: 0, failed: 0, skipped: 0 };

export function addCounts(a: Counts, b: Counts): Counts {
  return {
    ok: a.ok + b.ok,
    changed: a.changed + b.changed,
    unreachable: a.unreachable + b.unreachable,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  };
}

export type Emit = (event: EventBody) => void;
