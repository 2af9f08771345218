import type { Role } from './task';

/** A host as the engine knows it. What else the inventory says of it stays with the roles. */
export interface Host {
  /** The name that the operator sees. */
  readonly name: string;
  /** The transport's address for it: the instance id for SSM. Also how a script finds its own row in a table. */
  readonly id: string;
  /** Groups that `hosts` and `--limit` select by; `all` is implied. */
  readonly groups: readonly string[];
}

/** Which roles run where, and how. Roles run in order; plays run in order. */
export interface Play<Context> {
  readonly name: string;
  /** A host pattern as in Ansible: a group, a host name, `all`, several joined by `:` or `,`, `!` excludes, `&` intersects, `*` matches. */
  readonly hosts: string;
  readonly roles: readonly Role<Context>[];
  /** How many nodes at a time. Default: all of them. */
  readonly serial?: number;
  /** Stop the whole run as soon as one node of this play failed. Default: false, the others go on. */
  readonly anyErrorsFatal?: boolean;
  /**
   * How a node of this play is taken out of service and put back: what runs around its disruptive tasks. Absent: they
   * run one node at a time all the same, with nothing around them.
   */
  readonly disruption?: (context: Context) => Disruption<Context>;
  /** What must exist outside the nodes before the play, a generated secret for instance. */
  readonly prerequisites?: (context: Context) => readonly Prerequisite[];
}

/**
 * Taking one node out of service and back, through another that can act for it: for K3s, cordon and drain before, uncordon
 * after. Both have to be idempotent: a run that broke off in between does them again.
 */
export interface Disruption<Context> {
  /**
   * A host pattern: who may act. One of them other than the node itself, of this run and without a failure, is
   * preferred; then one that the run leaves out; the node itself only where there is no other.
   */
  readonly on: string;
  /** What the acting host does before the node is touched. Its tasks run whatever `--tags` say. */
  readonly before: (node: Host) => readonly Role<Context>[];
  /** What it does when the node is as wanted. */
  readonly after: (node: Host) => readonly Role<Context>[];
  /** What `before` makes of a node, for the operator: `cordoned and drained`. */
  readonly state: string;
  /** The command that puts the node back by hand: `kubectl uncordon NAME`. */
  readonly undo: (node: Host) => string;
}

/** A check → apply pair that runs on the controller. Never handles a secret's value in text that it returns. */
export interface Prerequisite {
  readonly name: string;
  readonly check: () => Promise<boolean>;
  readonly apply: () => Promise<void>;
}
