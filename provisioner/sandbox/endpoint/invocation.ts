import type { Agent, RunningCommand } from '../agent';
import type { Clock } from './clock';
import type { ShellScript } from './document';
import {
  couldNotRun,
  ended,
  type InvocationEnd,
  lost,
  neverRan,
  REBOOT,
  type StopReason,
} from './invocation-end';
import { reported } from './output';
import type { SandboxSettings, SettingsStore } from './settings';

export type InvocationStatus = 'Pending' | 'Delayed' | 'InProgress' | 'Cancelling' | InvocationEnd['status'];

export interface InvocationOptions {
  readonly commandId: string;
  readonly agent: Agent;
  readonly script: ShellScript;
  /** Clock time at which the command was sent. */
  readonly requestedAt: number;
  /** Seconds after which a command that was not delivered is given up. */
  readonly deliveryTimeout: number;
  readonly settings: SettingsStore;
  readonly clock: Clock;
  readonly onChange: () => void;
}

type Result = Awaited<RunningCommand['result']>;

/** How often a delayed command is offered to its agent again. */
const RETRY_MS = 200;

/** One copy of a command, on its way to one node and back. */
export class Invocation {
  readonly instanceId: string;
  readonly instanceName: string;
  /** The service has lost it: no call shows it. */
  readonly dropped: boolean;
  #status: InvocationStatus = 'Pending';
  #startedAt: number | undefined;
  #end: (InvocationEnd & { readonly endedAt: number }) | undefined;
  #running: RunningCommand | undefined;
  #stopping: StopReason | undefined;
  #timers: (() => void)[] = [];
  /** What the script said before the reboots that it asked for: the agent appends to the same files. */
  #earlier: Pick<Result, 'stdout' | 'stderr'> = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };

  constructor(private readonly options: InvocationOptions) {
    this.instanceId = options.agent.instanceId;
    this.instanceName = options.agent.computerName;
    this.dropped = isNamed(options.settings.get().dropped, options.agent);
  }

  get status(): InvocationStatus {
    return this.#end?.status ?? this.#status;
  }

  get statusDetails(): string {
    return this.#end?.details ?? this.#status;
  }

  /** Clock time at which the agent started the script. */
  get startedAt(): number | undefined {
    return this.#startedAt;
  }

  get end(): (InvocationEnd & { readonly endedAt: number }) | undefined {
    return this.#end;
  }

  /** Sends it on its way to the agent. */
  send(): void {
    if (this.dropped) {
      this.#finish(neverRan('Failed', 'Undeliverable'));
      return;
    }
    const { clock, settings } = this.options;
    this.#later(this.#deliveryDeadline() - clock.now(), () =>
      this.#finish(neverRan('TimedOut', 'DeliveryTimedOut')),
    );
    this.#later(settings.get().latencyMs + this.#slowness().delayMs, () => this.#deliver());
  }

  /** Cancels it: at once before delivery, with a SIGKILL to its process group afterwards. */
  cancel(): void {
    if (this.#end !== undefined) return;
    if (this.#running === undefined) {
      this.#finish(
        this.#startedAt === undefined
          ? neverRan('Cancelled', 'Cancelled')
          : ended({ exitCode: 0, ...this.#earlier }, 'Cancelled'),
      );
      return;
    }
    this.#status = 'Cancelling';
    this.#stop('Cancelled');
    this.options.onChange();
  }

  /** Gives it up before it was sent, because too many others failed. */
  terminate(): void {
    this.#finish(neverRan('Cancelled', 'Terminated'));
  }

  #deliver(): void {
    const { agent, settings } = this.options;
    const faults = settings.get();
    if (isNamed(faults.deliveryTimedOut, agent)) this.#finish(neverRan('TimedOut', 'DeliveryTimedOut'));
    else if (isNamed(faults.undeliverable, agent)) this.#finish(neverRan('Failed', 'Undeliverable'));
    else if (isOnline(agent, faults)) this.#start();
    else this.#delay();
  }

  #delay(): void {
    this.#status = 'Delayed';
    this.#later(RETRY_MS, () => this.#deliver());
    this.options.onChange();
  }

  #start(): void {
    this.#clearTimers();
    this.#status = 'InProgress';
    this.#startedAt ??= this.options.clock.now();
    try {
      this.#running = this.#run();
    } catch (error) {
      this.#finish(couldNotRun(error));
      return;
    }
    this.#running.result.then(
      (result) => this.#ended(result),
      (error: unknown) => this.#finish(couldNotRun(error)),
    );
    this.#later(this.#executionLimit(), () => this.#stop('ExecutionTimedOut'));
    this.options.onChange();
  }

  #run(): RunningCommand {
    const { agent, commandId, script } = this.options;
    const { lines, workingDirectory } = script;
    return agent.start({ commandId, lines, ...(workingDirectory === undefined ? {} : { workingDirectory }) });
  }

  #stop(reason: StopReason): void {
    this.#stopping ??= reason;
    this.#running?.kill();
  }

  /**
   * A slow agent tells of the end only after a while; a kill in between still counts. One that is offline, because it was
   * restarted for instance, tells when it is back: its script has gone on meanwhile.
   */
  #ended(result: Result): void {
    const { agent, settings } = this.options;
    if (this.#end !== undefined) return;
    if (!isOnline(agent, settings.get())) {
      this.#later(RETRY_MS, () => this.#ended(result));
      return;
    }
    if (result.lost === true && this.#stopping === undefined) this.#finish(lost());
    else if (result.exitCode === REBOOT && this.#stopping === undefined) this.#reboot(result);
    else this.#told(this.#whole(result));
  }

  #told(result: Result): void {
    const elapsed = this.options.clock.now() - (this.#startedAt ?? 0);
    const extra = this.#stopping === undefined ? elapsed * (this.#slowness().factor - 1) : 0;
    if (extra <= 0) this.#finish(ended(result, this.#stopping));
    else this.#later(extra, () => this.#finish(ended(result, this.#stopping)));
  }

  /** The agent reboots the node and runs the script again; what it says is added to what it said before. */
  #reboot(result: Result): void {
    const { agent, settings } = this.options;
    this.#earlier = this.#whole(result);
    this.#running = undefined;
    this.#clearTimers();
    if (isNamed(settings.get().lostOnReboot, agent)) {
      agent.goAway();
      return;
    }
    void agent.reboot().then(() => {
      if (this.#end === undefined) this.#later(settings.get().rebootMs, () => this.#start());
    });
  }

  #whole({ exitCode, stdout, stderr }: Result): Result {
    return {
      exitCode,
      stdout: Buffer.concat([this.#earlier.stdout, stdout]),
      stderr: Buffer.concat([this.#earlier.stderr, stderr]),
    };
  }

  #finish(end: InvocationEnd): void {
    if (this.#end !== undefined) return;
    this.#clearTimers();
    const [stdout, stderr] = [reported(end.stdout), reported(end.stderr)];
    this.#end = { ...end, stdout, stderr, endedAt: this.options.clock.now() };
    this.options.onChange();
  }

  #deliveryDeadline(): number {
    const { requestedAt, deliveryTimeout, settings } = this.options;
    return requestedAt + (deliveryTimeout * 1000) / settings.get().timeoutSpeed;
  }

  #executionLimit(): number {
    const { agent, script, settings } = this.options;
    const { executionTimedOut, timeoutSpeed } = settings.get();
    return isNamed(executionTimedOut, agent) ? 0 : (script.executionTimeout * 1000) / timeoutSpeed;
  }

  #slowness(): { readonly delayMs: number; readonly factor: number } {
    const { agent, settings } = this.options;
    const { slow } = settings.get();
    return slow[agent.instanceId] ?? slow[agent.nodeName] ?? { delayMs: 0, factor: 1 };
  }

  #later(milliseconds: number, callback: () => void): void {
    this.#timers.push(this.options.clock.after(Math.max(0, milliseconds), callback));
  }

  #clearTimers(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers = [];
  }
}

/** Whether the service believes that the agent can take commands. */
export function isOnline(agent: Agent, settings: SandboxSettings): boolean {
  return agent.running && !isNamed(settings.offline, agent);
}

/** Whether the node is gone for good. */
export function isTerminated(agent: Agent, { terminated }: SandboxSettings): boolean {
  return isNamed(terminated, agent);
}

function isNamed(nodes: readonly string[], agent: Agent): boolean {
  return nodes.includes(agent.instanceId) || nodes.includes(agent.nodeName);
}
