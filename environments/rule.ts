/** A rule that relates fields of different sections; `Draft` is the part of an environment that it knows. */
export interface Rule<Draft> {
  /** The fields it looks at. It is checked as soon as these are right, whatever is wrong with the others. */
  readonly needs: readonly (keyof Draft & string)[];
  readonly check: (draft: Draft) => readonly Mistake[];
}

/** What is wrong, in the terms of whoever wrote the file. */
export interface Mistake {
  readonly path: readonly (string | number)[];
  readonly given: unknown;
  /** What is allowed instead, as a noun phrase. */
  readonly allowed: string;
}
