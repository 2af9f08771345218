/** Documented exit codes of the command line. */
export const exitCodes = {
  done: 0,
  taskFailed: 1,
  wouldChange: 2,
  unreachable: 3,
  usage: 64,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A mistake or a state of the world that the operator can do something about: printed as text, never as a stack trace. */
export class UserError extends Error {
  override readonly name = 'UserError';

  /**
   * @param what what happened, and where (file, key, node, task)
   * @param next what to do next
   */
  constructor(
    readonly what: string,
    readonly next?: string,
    readonly exitCode: ExitCode = exitCodes.taskFailed,
  ) {
    super(next === undefined ? what : `${what}\n${next}`);
  }
}
