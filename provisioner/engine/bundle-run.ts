import { adviceOn } from './advice';
import { type Bundle, compile, type Exclusive } from './compile';
import { type Delivery, dispatch, newNonce } from './dispatch';
import { addCounts, type Counts, noCounts, type TaskEvent, type TaskFailure } from './events';
import { type Fleet, markUnreachable } from './fleet';
import { inParallel } from './in-parallel';
import type { Host } from './play';
import { decodeFrame, decodeRecord, ProtocolError, type TaskRecord } from './protocol';
import { RecordCheck, type SentBundle } from './record-check';
import { inlineChars, REBOOT_SECONDS, type RunOptions } from './run-options';
import type { Step } from './steps';
import type { Handler } from './task';
import { taskFailure } from './task-failure';

const DISBELIEF =
  'The runtime never says that, so the node, its agent or something on the way is broken or hostile: look at it before you run again.';

/** Tasks and handlers that travel together: those of a play, or what is done around a disruption. */
export interface Work {
  /** The play that they belong to, by name. */
  readonly play: string;
  readonly steps: readonly Step[];
  readonly handlers: readonly Handler[];
  /** Hosts that later plays of the run are about too. Absent: the nodes do not remember this as a run. */
  readonly later?: ReadonlySet<string>;
}

/**
 * One bundle on some hosts, a script for each group of as many as the transport takes: as many commands as it has parts,
 * almost always one.
 */
export class BundleRun<Context> {
  /** The step before which a node waits, by the node's name. */
  readonly held = new Map<string, number>();
  /** What went wrong on a node, in words, by its name. */
  readonly failures = new Map<string, string>();
  /** Nodes that are not believed any more. */
  private readonly disbelieved = new Set<string>();
  /** The tasks that each node has told of, by index: none is reported twice. */
  private readonly told = new Map<string, Set<number>>();

  constructor(
    private readonly options: RunOptions<Context>,
    private readonly work: Work,
    private readonly hosts: readonly Host[],
    private readonly fleet: Fleet,
    /** What is told of each node of this play so far; this run adds to it. */
    private readonly counts: Map<string, Counts>,
    private readonly exclusive?: Exclusive,
  ) {}

  async run(): Promise<void> {
    const nonce = newNonce();
    const { forks, transport } = this.options;
    const size = transport.limits.nodesPerScript;
    await inParallel(groupsOf(this.hosts, size), Math.max(1, Math.floor(forks / size)), (group) =>
      this.runGroup(group, nonce),
    );
  }

  private async runGroup(group: readonly Host[], nonce: string): Promise<void> {
    for (const bundle of this.compile(group, nonce)) {
      const hosts = this.fleet.remaining(group).filter(({ name }) => !this.held.has(name));
      if (hosts.length === 0 || this.options.signal.aborted) break;
      await this.send(bundle, hosts, nonce);
    }
  }

  private compile(hosts: readonly Host[], nonce: string): Bundle[] {
    const { steps, handlers, play, later } = this.work;
    const { mode, runId, transport, origin, remembered = true } = this.options;
    const isKept = remembered && mode === 'apply' && later !== undefined;
    return compile({
      steps,
      handlers,
      hosts,
      mode,
      runId,
      nonce,
      exclusive: this.exclusive,
      inlineChars: inlineChars(transport),
      streams: transport.limits.streams,
      fits: transport.limits.fits,
      entry: isKept ? { origin, play, later } : undefined,
    });
  }

  private async send(bundle: Bundle, hosts: readonly Host[], nonce: string): Promise<void> {
    const { options, work } = this;
    const silent = new Set(hosts);
    const sent = { ...work, from: bundle.from, to: bundle.to, exclusive: this.exclusive !== undefined };
    const checks = new Map(hosts.map((host) => [host, new RecordCheck(sent)]));
    await dispatch(options.transport, {
      script: bundle.script,
      hosts,
      nonce,
      comment: `stagecraft ${options.runId}: ${work.play}${options.mode === 'check' ? ' (check)' : ''}`.slice(
        0,
        100,
      ),
      forks: Math.min(options.forks, options.transport.limits.nodesPerScript),
      timeoutSeconds: options.timeoutSeconds,
      ...(this.exclusive !== undefined && work.steps.some(({ task }) => task.reboots)
        ? { rebootSeconds: options.rebootSeconds ?? REBOOT_SECONDS }
        : {}),
      signal: options.signal,
      mostRecords: bundle.to - bundle.from + work.handlers.length,
      onRecord: (host, record) => this.takeRecords(host, record, checks.get(host) ?? new RecordCheck(sent)),
      onDelivery: (host, delivery) => {
        silent.delete(host);
        this.take(host, delivery, sent);
      },
    }).catch((error: unknown) => {
      for (const host of silent) this.take(host, this.unheardOf(), sent);
      throw error;
    });
  }

  /** For a node whose script was, or may have been, sent before the way to all of them broke. */
  private unheardOf(): Delivery {
    const rest = 'its script may still be at work there, and lets no other run in before it has ended';
    return this.options.signal.aborted
      ? { kind: 'cancelled', reason: `could not be told to stop: ${rest}`, lastStarted: undefined }
      : { kind: 'unreachable', reason: `nothing more was heard of play "${this.work.play}": ${rest}` };
  }

  private take(host: Host, delivery: Delivery, sent: SentBundle): void {
    // It has failed already, whatever came after that.
    if (this.disbelieved.has(host.name)) return;
    if (delivery.kind === 'unreachable') {
      this.failures.set(host.name, delivery.reason);
      markUnreachable(this.options.emit, this.fleet, host, delivery.reason);
      return;
    }
    if (delivery.kind === 'cancelled') {
      this.reportCancelled(host, delivery);
      return;
    }
    if (delivery.kind === 'silent') {
      this.reportBroken(host, delivery.lastStarted, delivery.reason);
      return;
    }
    const check = new RecordCheck(sent);
    const doubt = this.believe(host, () => decodeFrame(delivery.frame), check) ?? check.end();
    if (doubt !== undefined) this.disbelieve(host, doubt, delivery.lastStarted);
  }

  /** What came while the bundle runs. Tells whether the node is still listened to. */
  private takeRecords(host: Host, data: Buffer, check: RecordCheck): boolean {
    const doubt = this.believe(host, () => decodeRecord(data), check);
    if (doubt !== undefined) this.disbelieve(host, doubt, undefined);
    return doubt === undefined;
  }

  /** Reports records as far as they answer what was sent. None is read behind the first that doesn't; gives why it doesn't. */
  private believe(host: Host, decode: () => Iterable<TaskRecord>, check: RecordCheck): Doubt | undefined {
    try {
      for (const record of decode()) {
        const lie = check.add(record);
        if (lie !== undefined) return lie;
        this.reportOnce(host, record);
      }
      return undefined;
    } catch (error) {
      if (error instanceof ProtocolError) return error;
      throw error;
    }
  }

  /** Belief in the node ends, and it fails. */
  private disbelieve(host: Host, doubt: Doubt, lastStarted: number | undefined): void {
    this.disbelieved.add(host.name);
    if (doubt instanceof ProtocolError) this.reportBroken(host, lastStarted, doubt.message);
    else this.reportBroken(host, undefined, `what the node reports cannot be believed: ${doubt}`, DISBELIEF);
  }

  private reportOnce(host: Host, record: TaskRecord): void {
    const told = this.told.get(host.name) ?? new Set();
    this.told.set(host.name, told);
    if (told.has(record.index)) return;
    told.add(record.index);
    this.report(host, record);
  }

  private report(host: Host, record: TaskRecord): void {
    const what = this.subject(record.index);
    if (what === undefined) throw new Error(`no task ${record.index}: a record was not checked`);
    if (record.status === 'held') {
      this.hold(host, record, what);
      return;
    }
    if (this.wasTold(record)) return;
    this.emitTask(
      host,
      {
        ...what,
        status: record.status,
        milliseconds: record.milliseconds,
        ...optional('diff', record.texts.diff),
        ...optional('output', record.texts.output),
        ...(record.status === 'failed' ? { error: this.failure(host, record) } : {}),
      },
      // It was counted as ok before the hold.
      this.isBeforeHold(record.index) && record.status === 'changed'
        ? { ...noCounts, changed: 1 }
        : undefined,
    );
  }

  private hold(host: Host, { index, texts }: TaskRecord, { role, task }: Subject): void {
    this.held.set(host.name, index);
    const { play } = this.work;
    this.options.emit({
      type: 'node-held',
      play,
      node: host.name,
      role,
      task,
      ...optional('diff', texts.diff),
    });
  }

  /** Told before the node was held; what has changed or failed since then is news. */
  private wasTold({ index, status }: TaskRecord): boolean {
    return this.isBeforeHold(index) && (status === 'ok' || status === 'skipped');
  }

  private isBeforeHold(index: number): boolean {
    return index < (this.exclusive?.heldAt ?? 0);
  }

  private reportCancelled(
    host: Host,
    { reason, lastStarted }: { readonly reason: string; readonly lastStarted: number | undefined },
  ): void {
    const task = lastStarted === undefined ? undefined : this.subject(lastStarted)?.task;
    this.fleet.leave(host);
    this.failures.set(host.name, reason);
    this.options.emit({
      type: 'node-cancelled',
      node: host.name,
      reason,
      ...(task === undefined ? {} : { task }),
    });
  }

  /** A node that gave no usable result: the task it was in, if that is known, counts as failed. */
  private reportBroken(
    host: Host,
    lastStarted: number | undefined,
    reason: string,
    next = adviceOn(reason),
  ): void {
    const what = lastStarted === undefined ? undefined : this.subject(lastStarted);
    const log = this.log(host);
    this.emitTask(host, {
      ...(what ?? { role: this.work.play, task: 'run the bundle', handler: false }),
      status: 'failed',
      milliseconds: 0,
      error: { what: reason, lastLines: [], ...optional('next', next), log },
    });
  }

  private emitTask(
    host: Host,
    event: Omit<TaskEvent, 'type' | 'play' | 'node'>,
    counts = countsOf(event.status),
  ): void {
    if (event.error !== undefined)
      this.failures.set(host.name, `"${event.role} : ${event.task}" ${event.error.what}`);
    this.counts.set(host.name, addCounts(this.counts.get(host.name) ?? noCounts, counts));
    this.fleet.count(host, counts);
    this.options.emit({ type: 'task', play: this.work.play, node: host.name, ...event });
  }

  private subject(index: number): Subject | undefined {
    const { steps, handlers } = this.work;
    const step = steps[index];
    if (step !== undefined) return { role: step.role, task: step.task.name, handler: false };
    const handler = handlers[index - steps.length];
    return handler === undefined ? undefined : { role: 'handler', task: handler.name, handler: true };
  }

  private failure(host: Host, record: TaskRecord): TaskFailure {
    const sensitive = this.work.steps[record.index]?.task.sensitive === true;
    return taskFailure(record, sensitive, this.log(host));
  }

  private log(host: Host): string {
    return this.options.mode === 'check'
      ? 'none in check mode'
      : `${host.name}:/var/log/stagecraft/${this.options.runId}.log`;
  }
}

function groupsOf(hosts: readonly Host[], size: number): Host[][] {
  return Array.from({ length: Math.ceil(hosts.length / size) }, (_, index) =>
    hosts.slice(index * size, (index + 1) * size),
  );
}

type Subject = Pick<TaskEvent, 'role' | 'task' | 'handler'>;

/** Why a node is not believed: its answer is not of the form, or it is, and tells what can't be so. */
type Doubt = ProtocolError | string;

function countsOf(status: TaskEvent['status']): Counts {
  return {
    ...noCounts,
    ok: status === 'ok' || status === 'changed' ? 1 : 0,
    changed: status === 'changed' ? 1 : 0,
    failed: status === 'failed' ? 1 : 0,
    skipped: status === 'skipped' ? 1 : 0,
  };
}

function optional<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  const entry: Partial<Record<K, string>> = {};
  if (value !== undefined) entry[key] = value;
  return entry;
}
