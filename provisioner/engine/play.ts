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
  /** What must exist outside the nodes before the play, a generated secret for instance. */
  readonly prerequisites?: (context: Context) => readonly Prerequisite[];
}

/** A check → apply pair that runs on the controller. Never handles a secret's value in text that it returns. */
export interface Prerequisite {
  readonly name: string;
  readonly check: () => Promise<boolean>;
  readonly apply: () => Promise<void>;
}
