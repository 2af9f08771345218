import type { Transport } from '../transports/transport';
import type { Emit, Warning } from './events';
import type { Facts } from './facts';
import type { RunOrigin } from './last-run';
import type { Host, Play } from './play';
import type { Shell } from './shell';
import type { Selection } from './steps';

/** Everything that a run depends on; what reaches outside comes in as an interface or a function. */
export interface RunOptions<Context> extends Selection {
  readonly environment: string;
  readonly runId: string;
  readonly plays: readonly Play<Context>[];
  readonly context: Context;
  /** The hosts of each play, after `--limit`. */
  readonly hostsOf: (play: Play<Context>) => readonly Host[];
  /** Every host there is, also those that `--limit` leaves out: one may act for a node that is out of service. Default: none. */
  readonly everyHost?: readonly Host[];
  readonly transport: Transport;
  readonly mode: 'apply' | 'check';
  /** Nodes at a time. */
  readonly forks: number;
  /** Seconds that a node may take for one play. */
  readonly timeoutSeconds: number;
  /** Hosts whose facts are wanted even where no play is about them. Default: none. */
  readonly factsOf?: readonly Host[];
  /** Seconds that a node may take to reboot. Default: `REBOOT_SECONDS`. */
  readonly rebootSeconds?: number;
  /** `role : task` of the first task to run; earlier ones are passed over. */
  readonly startAtTask?: string | undefined;
  readonly factSources: readonly Shell[];
  /** A reason to refuse a node because of what it says of itself, before anything is changed anywhere. */
  readonly refuse: (host: Host, facts: Facts) => string | undefined;
  /** Hosts that the run leaves out, but whose facts decide with `refuseAll` whether it may begin. Default: none. */
  readonly witnesses?: readonly Host[];
  /** Reasons to refuse the run because of what several nodes say together, each with its nodes. Default: none. */
  readonly refuseAll?: (facts: ReadonlyMap<string, Facts>) => readonly string[];
  /** What the facts of all nodes that answered say to the operator. Default: nothing. */
  readonly warn?: (facts: ReadonlyMap<string, Facts>) => readonly Warning[];
  readonly emit: Emit;
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** Who started the run, and how: every node that it may change keeps it. */
  readonly origin: RunOrigin;
  /** Whether those nodes keep it as their last run. Default: true. */
  readonly remembered?: boolean;
  readonly simulated?: string;
}

/** Why a run ended before its plays did. */
export interface Stop {
  /**
   * `refused`: before anything was changed. `locked`: the environment is not this run's to change any more. `broken`:
   * what the run depends on failed, not a node.
   */
  readonly kind: 'interrupted' | 'refused' | 'locked' | 'failed' | 'broken';
  readonly reason: string;
}

export const interrupted: Stop = { kind: 'interrupted', reason: 'interrupted' };

/** The reason to abort a run's signal with, where it is not the operator who ends it. */
export class Interruption extends Error {
  override readonly name = 'Interruption';

  constructor(readonly stop: Stop) {
    super(stop.reason);
  }
}

/** Why a run was ended from outside, once its signal is aborted. */
export function interruptionOf(signal: AbortSignal): Stop {
  const reason: unknown = signal.reason;
  return reason instanceof Interruption ? reason.stop : interrupted;
}

/** Seconds that a node may be gone for a reboot: the SSM agent waits one minute before it, and large instances take a while. */
export const REBOOT_SECONDS = 900;

/** How much of a result is put on standard output: all that one command may return, less the frame around it. */
export function inlineChars(transport: Transport): number {
  return transport.limits.outputChars - 1000;
}
