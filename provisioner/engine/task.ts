import type { Shell } from './shell';

/**
 * One thing about a node that a role wants to be so. The engine runs `check`; where it fails, `apply`, and then
 * `check` again. Both run in a subshell of their own under `set -eu`, as root, from `/`, with standard input closed.
 */
export interface Task {
  /** What is wanted, in words: shown to the operator, unique within its role. */
  readonly name: string;
  /** Shell functions and variables that `check` and `apply` share, the content of a file for instance. */
  readonly define?: Shell;
  /**
   * Exits 0 when the node already is as wanted. Otherwise prints what is not, as a unified diff or one line, and exits
   * with anything else. It only reads: check mode runs it on nodes that must not change.
   */
  readonly check: Shell;
  /** Makes it so. Runs only after `check` failed. */
  readonly apply: Shell;
  /** Tells a node that is as wanted at a glance, without running `check`. */
  readonly glance?: Glance;
  /** `check` and `apply` print little, in whole lines of their own making: the runtime handles that with fewer processes. */
  readonly brief?: true;
  /** Handlers to run once at the end of the play if this task changed something. */
  readonly notify?: readonly Handler[];
  /** Handlers that are no longer needed when this task changed something: a service that was just started needs no restart. */
  readonly satisfies?: readonly Handler[];
  /** Runs the task only on nodes where this exits 0; elsewhere it is reported as skipped. */
  readonly onlyIf?: Shell;
  /** The task handles a secret: no diff and no output of it ever leaves the node. */
  readonly sensitive?: boolean;
  /**
   * The task takes the node out of service for a while: it restarts what serves others, or the node itself. Where its
   * check fails, it is not applied with the rest: the node is held before it, and later taken alone, between what the
   * play's `disruption` does before and after. At most one node of a run is out of service at any time.
   */
  readonly disruptive?: true;
  /**
   * Its `apply` asks for a reboot by ending with exit code 194 (`REBOOT`). The node reboots, and the bundle goes on
   * after it: the check has to pass then, or the task did not converge. Such a task is disruptive as well.
   */
  readonly reboots?: true;
  /** Beside the role's own name, which is always a tag. `always` and `never` mean what they mean in Ansible. */
  readonly tags?: readonly string[];
}

/**
 * An entry of the file system that, found exactly like this, means that the task's check would pass. The runtime looks at
 * the entries of all tasks of a bundle with two processes, where the checks would take some for every task. It believes
 * what it saw until the bundle changes something; from then on, and wherever the entry differs, the checks decide.
 */
export interface Glance {
  /** Absolute path. */
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'link';
  /** As the task has them: octal mode, names of owner and group. Not looked at for a link. */
  readonly mode?: string;
  readonly owner?: string;
  readonly group?: string;
  /** What a link holds. */
  readonly target?: string;
  /** The function `wanted` of the task's definitions prints the whole content of the file. */
  readonly hasContent?: true;
}

/**
 * What has to happen once after any of the tasks that notify it changed something. A notification is kept on the node
 * until the handler has succeeded: a run that breaks off between a change and its handler does not lose the restart.
 */
export interface Handler {
  /** Unique within a play. */
  readonly name: string;
  readonly apply: Shell;
  /** Exits 0 once the handler has had its effect. Absent: the exit code of `apply` decides. */
  readonly check?: Shell;
}

/** A named, pure function from what is known before a run to the tasks that make it so, in order. */
export interface Role<Context> {
  readonly name: string;
  readonly tasks: (context: Context) => readonly Task[];
}

/** What an apply, and the bundle then, ends with to have the node rebooted: the SSM agent's own exit code for it. */
export const REBOOT = 194;
