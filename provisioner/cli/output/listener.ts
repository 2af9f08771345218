import type { RunEvent } from '../../engine/events';

/** Something that is told every event of a run, in order. */
export interface Listener {
  on(event: RunEvent): void;
  /** Resolves when everything that it was told has been shown or written. */
  end(): Promise<void>;
}

export const outputFormats = ['text', 'json', 'github'] as const;
export type OutputFormat = (typeof outputFormats)[number];

export interface Show {
  /** Show what a changed task found, as a coloured unified diff. */
  readonly diff: boolean;
  /** Show every task and what it printed. */
  readonly verbose: boolean;
  /** How what tasks did is shown: one by one, or equal output of several nodes once, at the end. Default: one by one. */
  readonly tasks?: 'each' | 'folded';
  readonly color: boolean;
  readonly write: (text: string) => void;
}
