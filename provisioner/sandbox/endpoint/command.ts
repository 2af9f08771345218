import type { DocumentParameters, ShellScript } from './document';
import type { Invocation } from './invocation';

export type CommandStatus =
  | 'Pending'
  | 'InProgress'
  | 'Cancelling'
  | 'Success'
  | 'Failed'
  | 'TimedOut'
  | 'Cancelled';

/** What was asked for, as SendCommand's answer and the history repeat it. */
export interface CommandRequest {
  readonly commandId: string;
  readonly documentVersion: string;
  readonly comment: string;
  readonly parameters: DocumentParameters;
  readonly script: ShellScript;
  readonly instanceIds: readonly string[];
  readonly targets: readonly {
    readonly Key?: string | undefined;
    readonly Values?: readonly string[] | undefined;
  }[];
  readonly timeoutSeconds: number;
  readonly maxConcurrency: string;
  readonly maxErrors: string;
  readonly requestedAt: number;
}

/** A command and its copies for the nodes; sends as many at a time, and stops after as many errors, as was asked for. */
export class Command {
  #cancelled = false;
  #invocations: readonly Invocation[] = [];
  #waiting: Invocation[] = [];
  #whenDone: (() => void)[] = [];

  constructor(readonly request: CommandRequest) {}

  get invocations(): readonly Invocation[] {
    return this.#invocations;
  }

  /** Sends the first copies; the others follow as these end. */
  send(invocations: readonly Invocation[]): void {
    this.#invocations = invocations;
    this.#waiting = [...invocations];
    this.advance();
  }

  /** Called whenever the state of one of its invocations changed. */
  advance(): void {
    if (this.errorCount > this.#maxErrors()) for (const left of this.#waiting.splice(0)) left.terminate();
    while (this.#waiting.length > 0 && this.#underWay() < this.#maxConcurrency())
      this.#waiting.shift()?.send();
    if (this.isDone) for (const tell of this.#whenDone.splice(0)) tell();
  }

  /** Cancels it on some instances; default: on all. */
  cancel(instanceIds: readonly string[]): void {
    const all = instanceIds.length === 0;
    this.#cancelled ||= all;
    const chosen = this.#invocations.filter(
      (invocation) => all || instanceIds.includes(invocation.instanceId),
    );
    this.#waiting = this.#waiting.filter((invocation) => !chosen.includes(invocation));
    for (const invocation of chosen) invocation.cancel();
    this.advance();
  }

  /** Resolves when every copy has ended. */
  done(): Promise<void> {
    if (this.isDone) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenDone.push(resolve);
    });
  }

  get isDone(): boolean {
    return this.#invocations.every(({ end }) => end !== undefined);
  }

  get completedCount(): number {
    return this.#invocations.filter(({ end }) => end !== undefined).length;
  }

  /** Errors as MaxErrors counts them: scripts that failed or took too long, not copies that were never delivered. */
  get errorCount(): number {
    return this.#invocations.filter(
      ({ end }) => end?.details === 'Failed' || end?.details === 'ExecutionTimedOut',
    ).length;
  }

  get deliveryTimedOutCount(): number {
    return this.#invocations.filter(({ end }) => end?.details === 'DeliveryTimedOut').length;
  }

  get status(): CommandStatus {
    return this.#summary()[0];
  }

  get statusDetails(): string {
    return this.#summary()[1];
  }

  #summary(): [CommandStatus, string] {
    const all = this.#invocations;
    if (all.length === 0) return ['Success', 'NoInstancesInTag'];
    if (!this.isDone) {
      if (this.#cancelled || all.some(({ status }) => status === 'Cancelling'))
        return ['Cancelling', 'Cancelling'];
      return all.every(({ status }) => status === 'Pending')
        ? ['Pending', 'Pending']
        : ['InProgress', 'InProgress'];
    }
    if (all.every(({ status }) => status === 'Success')) return ['Success', 'Success'];
    if (all.some(({ end }) => end?.details === 'Cancelled')) return ['Cancelled', 'Cancelled'];
    if (all.every(({ end }) => end?.details === 'ExecutionTimedOut'))
      return ['TimedOut', 'ExecutionTimedOut'];
    if (all.every(({ end }) => end?.details === 'DeliveryTimedOut')) return ['TimedOut', 'DeliveryTimedOut'];
    return ['Failed', this.errorCount > this.#maxErrors() ? 'Failed' : 'Incomplete'];
  }

  #underWay(): number {
    return this.#invocations.length - this.#waiting.length - this.completedCount;
  }

  #maxConcurrency(): number {
    return Math.max(1, amount(this.request.maxConcurrency, this.#invocations.length));
  }

  #maxErrors(): number {
    return amount(this.request.maxErrors, this.#invocations.length);
  }
}

/** `10` or `10%` of the targets, rounded down. */
function amount(text: string, targets: number): number {
  const number = Number.parseInt(text, 10);
  return text.endsWith('%') ? Math.floor((targets * number) / 100) : number;
}
