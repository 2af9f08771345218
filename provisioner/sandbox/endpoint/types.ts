import type { RequestListener } from 'node:http';
import type { Agent } from '../agent';
import type { Clock } from './clock';
import type { CredentialStore } from './credentials';
import type { Listener } from './listener';
import type { ParameterStore } from './parameter-store';
import type { SettingsStore } from './settings';

/** The agents that have registered with the service, as the endpoint looks them up at every call. */
export interface AgentDirectory {
  all(): readonly Agent[];
  /** EC2 tags of an instance: what `Targets` with `tag:<key>` select by. */
  tagsOf(instanceId: string): Readonly<Record<string, string>>;
}

export interface SsmEndpointOptions {
  /** Region that requests have to be signed for. */
  readonly region: string;
  /** Twelve digits; part of the ARNs in answers. */
  readonly accountId: string;
  readonly agents: AgentDirectory;
  readonly credentials: CredentialStore;
  readonly parameters: ParameterStore;
  readonly settings: SettingsStore;
  /** Default: the clock on the wall. */
  readonly clock?: Clock;
  /** Gives numbers in [0, 1), for `throttleRate`. Default: a fixed sequence, so that runs repeat. */
  readonly random?: () => number;
}

/** The stand-in for the SSM service. */
export interface SsmEndpoint {
  readonly handler: RequestListener;
  /** Serves on 127.0.0.1; 0 for any free port. */
  listen(port?: number): Promise<Listener>;
  /** Calls that came in so far, by operation (`SendCommand` …; `Unknown` for others), refused and throttled ones included. */
  calls(): Readonly<Record<string, number>>;
  /** The command history, oldest first: what SSM and CloudTrail would keep in plain text. */
  history(): readonly CommandHistoryEntry[];
  /** Kills what runs, forgets history and counters. Parameters stay: `parameters.clear()` wipes those. */
  reset(): Promise<void>;
  /** Kills what runs and resolves when it is gone. */
  close(): Promise<void>;
}

/** One command as the service keeps it, with the first 24,000 bytes of the outputs of its invocations. */
export interface CommandHistoryEntry {
  readonly commandId: string;
  readonly comment: string;
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  readonly requestedAt: Date;
  readonly status: string;
  readonly invocations: readonly {
    readonly instanceId: string;
    readonly status: string;
    readonly statusDetails: string;
    readonly exitCode: number;
    readonly stdout: string;
    readonly stderr: string;
  }[];
}
