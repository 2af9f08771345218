import type { LastRun } from '../../engine/last-run';

/** How an environment is, for a screen and for programs. Made by `assess`. */
export interface Status {
  readonly environment: string;
  /** When it was looked at: ISO 8601. */
  readonly time: string;
  /** The worst level of the findings. */
  readonly level: Level;
  /** Worst first; one of each kind at least, unless it was not asked for. */
  readonly findings: readonly Finding[];
  /** By name, in the order of the inventory. */
  readonly nodes: Readonly<Record<string, NodeStatus>>;
  readonly lease: LeaseStatus;
  /** Where something is not real: said wherever the status is shown. */
  readonly simulated?: string;
}

/** `bad`: broken or at risk now. `attention`: somebody should do something. `ok`: as wanted. */
export type Level = 'bad' | 'attention' | 'ok';

export interface Finding {
  readonly about: Subject;
  readonly level: Level;
  /** In words, one line. */
  readonly what: string;
  /** More lines, the most important first. */
  readonly details: readonly string[];
  /** What to do. Absent where nothing is to be done. */
  readonly next?: string;
}

export type Subject =
  | 'nodes'
  | 'service'
  | 'lock'
  | 'last run'
  | 'drift'
  | 'k3s'
  | 'system'
  | 'certificates'
  | 'membership';

export interface NodeStatus {
  readonly reachable: boolean;
  /** Why it is not. */
  readonly reason?: string;
  readonly os?: string;
  readonly kernel?: string;
  /** Installed release of K3s. Absent: none. */
  readonly k3s?: string;
  readonly rebootRequired: boolean;
  /** When its first certificate ends: ISO 8601. */
  readonly certificateExpires?: string;
  /** What took the node out of service for a change and has not put it back. */
  readonly outOfService?: string;
  readonly lastRun?: LastRun;
  /** Tasks that a run would apply. Absent where it was not looked for, or could not be. */
  readonly drift?: readonly string[];
}

/** Who is at work on an environment. */
export type LeaseStatus =
  | { readonly state: 'free' }
  /** `abandoned`: its holder has ended or does not renew it. The next run takes it over. */
  | ({ readonly state: 'held' | 'abandoned' } & LeaseHolder)
  | { readonly state: 'unknown'; readonly reason: string };

export interface LeaseHolder {
  readonly user: string;
  readonly host: string;
  readonly command: string;
  readonly run: string;
  /** When the run was started: ISO 8601. */
  readonly started: string;
  /** What it is at, in words: the play, as a rule. */
  readonly doing: string;
}

export function worst(levels: readonly Level[]): Level {
  if (levels.includes('bad')) return 'bad';
  return levels.includes('attention') ? 'attention' : 'ok';
}
