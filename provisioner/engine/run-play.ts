import { type Bundle, compile } from './compile';
import { type Delivery, dispatch, newNonce } from './dispatch';
import { addCounts, type Counts, noCounts, type TaskEvent, type TaskFailure } from './events';
import { type Fleet, markUnreachable } from './fleet';
import type { Host, Play } from './play';
import { decodeFrame, lastStarted, ProtocolError, type TaskRecord } from './protocol';
import { inlineChars, interrupted, type RunOptions, type Stop } from './run-options';
import type { Step } from './steps';
import type { Handler } from './task';

interface ReadyPlay<Context> {
  readonly play: Play<Context>;
  readonly steps: readonly Step[];
  readonly handlers: readonly Handler[];
  readonly hosts: readonly Host[];
  /** Names of the hosts that later plays of the run are about too. */
  readonly later: ReadonlySet<string>;
}

/** Runs one play in its batches. Returns why the run must stop, if it must. */
export async function runPlay<Context>(
  options: RunOptions<Context>,
  ready: ReadyPlay<Context>,
  fleet: Fleet,
): Promise<Stop | undefined> {
  const { play, hosts, steps } = ready;
  const started = options.now();
  options.emit({
    type: 'play-started',
    play: play.name,
    hosts: hosts.map(({ name }) => name),
    tasks: steps.length,
  });
  await meetPrerequisites(options, play);
  const stopped = await runBatches(options, ready, fleet);
  options.emit({ type: 'play-finished', play: play.name, milliseconds: options.now() - started });
  return stopped;
}

async function meetPrerequisites<Context>(options: RunOptions<Context>, play: Play<Context>): Promise<void> {
  for (const { name, check, apply } of play.prerequisites?.(options.context) ?? []) {
    const isMet = await check();
    if (!isMet && options.mode === 'apply') await apply();
    options.emit({ type: 'prerequisite', play: play.name, name, status: isMet ? 'ok' : 'changed' });
  }
}

async function runBatches<Context>(
  options: RunOptions<Context>,
  ready: ReadyPlay<Context>,
  fleet: Fleet,
): Promise<Stop | undefined> {
  for (const batch of batches(ready.hosts, ready.play.serial)) {
    if (options.signal.aborted) return interrupted;
    options.emit({ type: 'batch-started', play: ready.play.name, hosts: batch.map(({ name }) => name) });
    await new Batch(options, ready, batch, fleet).run();
    if (options.signal.aborted) return interrupted;
    const left = fleet.remaining(batch).length;
    if (left < batch.length && ready.play.anyErrorsFatal)
      return failed(`play "${ready.play.name}" stops the run at the first failed node (anyErrorsFatal)`);
    // As in Ansible: when a whole batch has failed, the next one would only fail too.
    if (left === 0 && batch.length < ready.hosts.length)
      return failed(`every node of a batch of play "${ready.play.name}" failed`);
  }
  return undefined;
}

function failed(reason: string): Stop {
  return { kind: 'failed', reason };
}

function batches(hosts: readonly Host[], serial: number | undefined): Host[][] {
  const size = serial ?? hosts.length;
  return Array.from({ length: Math.ceil(hosts.length / size) }, (_, index) =>
    hosts.slice(index * size, (index + 1) * size),
  );
}

/** One batch of a play: as many commands as its bundle has parts, almost always one. */
class Batch<Context> {
  private readonly counts = new Map<string, Counts>();

  constructor(
    private readonly options: RunOptions<Context>,
    private readonly ready: ReadyPlay<Context>,
    private readonly hosts: readonly Host[],
    private readonly fleet: Fleet,
  ) {}

  async run(): Promise<void> {
    const nonce = newNonce();
    for (const bundle of this.compile(nonce)) {
      const hosts = this.fleet.remaining(this.hosts);
      if (hosts.length === 0 || this.options.signal.aborted) break;
      await this.send(bundle, hosts, nonce);
    }
    for (const host of this.hosts) {
      const counts = this.counts.get(host.name);
      if (counts !== undefined)
        this.options.emit({ type: 'node-finished', play: this.ready.play.name, node: host.name, counts });
    }
  }

  private compile(nonce: string): Bundle[] {
    const { steps, handlers, play, later } = this.ready;
    const { mode, runId, transport, origin } = this.options;
    return compile({
      steps,
      handlers,
      hosts: this.hosts,
      mode,
      runId,
      nonce,
      inlineChars: inlineChars(transport),
      fits: transport.limits.fits,
      entry: mode === 'apply' ? { origin, play: play.name, later } : undefined,
    });
  }

  private async send(bundle: Bundle, hosts: readonly Host[], nonce: string): Promise<void> {
    const { options, ready } = this;
    await dispatch(options.transport, {
      script: bundle.script,
      hosts,
      nonce,
      comment:
        `stagecraft ${options.runId}: ${ready.play.name}${options.mode === 'check' ? ' (check)' : ''}`.slice(
          0,
          100,
        ),
      forks: options.forks,
      timeoutSeconds: options.timeoutSeconds,
      signal: options.signal,
      onDelivery: (host, delivery) => this.take(host, delivery),
    });
  }

  private take(host: Host, delivery: Delivery): void {
    if (delivery.kind === 'unreachable') {
      markUnreachable(this.options.emit, this.fleet, host, delivery.reason);
      return;
    }
    if (delivery.kind === 'cancelled') {
      this.reportCancelled(host, delivery);
      return;
    }
    const records = delivery.kind === 'answered' ? recordsIn(delivery.frame) : undefined;
    if (Array.isArray(records)) {
      for (const record of records) this.report(host, record);
      return;
    }
    const reason = delivery.kind === 'silent' ? delivery.reason : (records?.message ?? '');
    this.reportBroken(host, delivery.stdout, reason);
  }

  private report(host: Host, record: TaskRecord): void {
    const what = this.subject(record.index);
    if (what === undefined) {
      this.reportBroken(host, '', `it reported a task ${record.index} that was not sent`);
      return;
    }
    this.emitTask(host, {
      ...what,
      status: record.status,
      milliseconds: record.milliseconds,
      ...optional('diff', record.texts.diff),
      ...optional('output', record.texts.output),
      ...(record.status === 'failed' ? { error: this.failure(host, record) } : {}),
    });
  }

  private reportCancelled(host: Host, { reason, stdout }: { reason: string; stdout: string }): void {
    const index = lastStarted(stdout);
    const task = index === undefined ? undefined : this.subject(index)?.task;
    this.fleet.leave(host);
    this.options.emit({
      type: 'node-cancelled',
      node: host.name,
      reason,
      ...(task === undefined ? {} : { task }),
    });
  }

  /** A node that gave no usable result: the task it was in, if that is known, counts as failed. */
  private reportBroken(host: Host, stdout: string, reason: string): void {
    const index = lastStarted(stdout);
    const what = index === undefined ? undefined : this.subject(index);
    const log = this.log(host);
    this.emitTask(host, {
      ...(what ?? { role: this.ready.play.name, task: 'run the bundle', handler: false }),
      status: 'failed',
      milliseconds: 0,
      error: { what: reason, lastLines: [], log },
    });
  }

  private emitTask(host: Host, event: Omit<TaskEvent, 'type' | 'play' | 'node'>): void {
    const counts = countsOf(event.status);
    this.counts.set(host.name, addCounts(this.counts.get(host.name) ?? noCounts, counts));
    this.fleet.count(host, counts);
    this.options.emit({ type: 'task', play: this.ready.play.name, node: host.name, ...event });
  }

  private subject(index: number): Pick<TaskEvent, 'role' | 'task' | 'handler'> | undefined {
    const { steps, handlers } = this.ready;
    const step = steps[index];
    if (step !== undefined) return { role: step.role, task: step.task.name, handler: false };
    const handler = handlers[index - steps.length];
    return handler === undefined ? undefined : { role: 'handler', task: handler.name, handler: true };
  }

  private failure(host: Host, record: TaskRecord): TaskFailure {
    const { texts, exitCode } = record;
    const sensitive = this.ready.steps[record.index]?.task.sensitive === true;
    const output = record.failedStep === 'verify' ? (texts.again ?? '') : (texts.output ?? '');
    const shown = `${texts.said ?? ''}${output}`;
    return {
      what:
        record.failedStep === 'verify'
          ? `did not converge: apply succeeded, but the check after it still fails (exit code ${exitCode})`
          : `apply failed with exit code ${exitCode}`,
      exitCode,
      lastLines:
        shown.trim() === '' && sensitive ? ['(output withheld: the task is sensitive)'] : lastLines(shown),
      log: this.log(host),
    };
  }

  private log(host: Host): string {
    return this.options.mode === 'check'
      ? 'none in check mode'
      : `${host.name}:/var/log/stagecraft/${this.options.runId}.log`;
  }
}

function recordsIn(frame: Parameters<typeof decodeFrame>[0]): TaskRecord[] | ProtocolError {
  try {
    return decodeFrame(frame);
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
}

function countsOf(status: TaskEvent['status']): Counts {
  return {
    ...noCounts,
    ok: status === 'ok' || status === 'changed' ? 1 : 0,
    changed: status === 'changed' ? 1 : 0,
    failed: status === 'failed' ? 1 : 0,
    skipped: status === 'skipped' ? 1 : 0,
  };
}

function lastLines(output: string): string[] {
  return output.trimEnd().split('\n').slice(-10);
}

function optional<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  const entry: Partial<Record<K, string>> = {};
  if (value !== undefined) entry[key] = value;
  return entry;
}
