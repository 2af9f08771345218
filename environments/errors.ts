/**
 * An environment file that cannot be used. It carries one readable line for each mistake and is printed as text,
 * never as a stack trace.
 */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';

  /**
   * @param heading what is wrong with which file
   * @param problems one line a mistake: the path of the field, the value given, what is allowed
   */
  constructor(
    heading: string,
    readonly problems: readonly string[],
  ) {
    super([heading, ...problems.map((problem) => `  ${problem}`)].join('\n'));
  }
}
