import type { Host } from '../engine/play';

/** Carries a script to nodes and its output back. Knows nothing of tasks. */
export interface Transport {
  readonly name: 'ssm' | 'ssh' | 'local';
  readonly limits: TransportLimits;
  /** Which nodes can be reached now, and why the others can't. One answer for each host that was asked about. */
  reachable(hosts: readonly Host[], signal: AbortSignal): Promise<ReadonlyMap<string, Reachability>>;
  /**
   * Runs one script on all the hosts and tells the outcome of each through `onOutcome` as soon as it is known.
   * Resolves when every host has one. On abort it cancels what it started and reports `cancelled` for the rest.
   * A host's failure is an outcome; it rejects only when no host can be served at all (credentials, configuration).
   *
   * **Reboots.** A script that ends with exit code 194 (`REBOOT` in `engine/task.ts`) asks for one: the transport sees to
   * it that the node reboots, waits for it to come back with another boot id
   * (`/proc/sys/kernel/random/boot_id`), and runs the very same script again, as root, with no change to a byte of it:
   * the script knows itself by its nonce and goes on where it was. All of that is one `run` for the caller; the outcome
   * is that of the last pass. Standard output of the earlier passes comes before it or is left out: it holds no result.
   * A script may ask again, for another task. Where the node is not back within `rebootSeconds`, the outcome is
   * `timedOut` with a reason that says so and what to look at. A transport that cannot reboot a node reports `finished`
   * with exit code 194, and the engine tells the operator.
   */
  run(request: RunRequest): Promise<void>;
  /** Ends its connections, if it holds any; a script after that opens new ones. */
  close(): Promise<void>;
  /** What has been asked of the service so far. */
  readonly usage: TransportUsage;
}

export interface TransportLimits {
  /** Whether one command can carry this script. */
  readonly fits: (script: string) => boolean;
  /** Most characters of standard output that come back from one command. */
  readonly outputChars: number;
  /** Most nodes that one script is for: what differs per node is in it. */
  readonly nodesPerScript: number;
  /** Whether output is told while the script runs (`onOutput`). */
  readonly streams: boolean;
}

export interface RunRequest {
  readonly script: string;
  readonly hosts: readonly Host[];
  /** What the command is for, shown in the service's own history. No secrets. */
  readonly comment: string;
  /** Nodes at a time. */
  readonly forks: number;
  /** Seconds a node may take to run the script. */
  readonly timeoutSeconds: number;
  /** Seconds it may be gone for a reboot, on top of that. Absent: the script asks for none. */
  readonly rebootSeconds?: number;
  readonly signal: AbortSignal;
  readonly onOutcome: (host: Host, outcome: Outcome) => void;
  /** Standard output as it comes, all of it, also what an outcome does not keep; before the outcome. Only where `limits.streams`. */
  readonly onOutput?: (host: Host, chunk: Buffer) => void;
}

export type Reachability = { readonly online: true } | { readonly online: false; readonly reason: string };

export type Outcome =
  | { readonly kind: 'finished'; readonly exitCode: number; readonly stdout: string; readonly stderr: string }
  /** Never ran: offline, terminated, undeliverable. */
  | { readonly kind: 'unreachable'; readonly reason: string }
  /** Ran, or may have run, and did not end by itself, or its end is not known: the connection was lost. */
  | { readonly kind: 'timedOut' | 'cancelled' | 'lost'; readonly reason: string; readonly stdout: string };

export interface TransportUsage {
  /** Commands sent (SSM: SendCommand calls that were accepted; else scripts started on a node). */
  readonly commands: number;
  /** Calls to the service of every kind, retries included; 0 where there is no service in between. */
  readonly apiCalls: number;
  /** Calls that the service throttled. */
  readonly throttles: number;
}
