import type { TaskRecord } from './protocol';
import type { Step } from './steps';
import type { Handler } from './task';

/** The bundle that records have to answer: the steps of it that were sent, by their place, and its handlers behind them. */
export interface SentBundle {
  readonly steps: readonly Step[];
  readonly handlers: readonly Handler[];
  readonly from: number;
  readonly to: number;
  /** The node is out of service for it, so that no task is held. */
  readonly exclusive: boolean;
}

/**
 * Holds the records of one node against what was sent to it, in the order in which they come. An honest runtime tells of
 * each task once, in order, and stops after one that failed or is held; a node that tells anything else is broken or
 * hostile, and nothing more of it is believed.
 */
export class RecordCheck {
  private expected: number;
  private over = false;

  constructor(private readonly sent: SentBundle) {
    this.expected = sent.from;
  }

  /** Why this record can't be believed; undefined when it can. */
  add({ index, status, texts }: TaskRecord): string | undefined {
    const { steps, handlers, from, to } = this.sent;
    const count = steps.length + (to === steps.length ? handlers.length : 0);
    if (index < from || index >= count || (index >= to && index < steps.length))
      return `it told of a task ${index} that was not sent`;
    if (index < this.expected) return `it told of ${this.name(index)} twice, or out of order`;
    if (this.over) return `it told of ${this.name(index)} after a task that should have been its last`;
    // Handlers run only where they are due.
    const skipped = this.expected < to ? this.expected : undefined;
    if (skipped !== undefined && index > skipped) return `it told nothing of ${this.name(skipped)}`;
    const task = steps[index]?.task;
    if (status === 'held' && (this.sent.exclusive || !(task?.disruptive || task?.reboots)))
      return `it holds ${this.name(index)}, which is not to be held`;
    if (task?.sensitive && Object.keys(texts).some((kind) => kind !== 'said'))
      return `it sent what ${this.name(index)} printed, which is sensitive and never sent`;
    this.over = status === 'failed' || status === 'held';
    this.expected = index + 1;
    return undefined;
  }

  /** Why a result that ends here can't be believed; undefined when it can. */
  end(): string | undefined {
    return this.over || this.expected >= this.sent.to
      ? undefined
      : `its result ends before ${this.name(this.expected)}`;
  }

  private name(index: number): string {
    const { steps, handlers } = this.sent;
    const step = steps[index];
    return step === undefined
      ? `handler "${handlers[index - steps.length]?.name ?? ''}"`
      : `"${step.role} : ${step.task.name}"`;
  }
}
