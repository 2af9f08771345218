/**
 * What a second plan of a stack would change though nothing changed, because the emulator answers otherwise than AWS: the
 * address and argument as the plan has them, and why. Empty, and meant to stay so: set the emulator right instead. A change
 * that is not in this list fails the tests, as does one of the list that no plan shows any more.
 */
export const falseChanges: readonly FalseChange[] = [];

export interface FalseChange {
  readonly stack: string;
  readonly change: string;
  readonly reason: string;
}

/** The changes of a stack's plan that are expected. */
export function falseChangesOf(stack: string): readonly string[] {
  return falseChanges.filter((each) => each.stack === stack).map(({ change }) => change);
}
