import { BundleRun } from './bundle-run';
import { takeHeldNodes } from './disruptions';
import type { Counts } from './events';
import type { Fleet } from './fleet';
import type { Host, Play } from './play';
import { interruptionOf, type RunOptions, type Stop } from './run-options';
import type { Step } from './steps';
import type { Handler } from './task';

/** A play with what this run is about. */
export interface ReadyPlay<Context> {
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
    if (options.signal.aborted) return interruptionOf(options.signal);
    options.emit({ type: 'batch-started', play: ready.play.name, hosts: batch.map(({ name }) => name) });
    const stopped = await runBatch(options, ready, batch, fleet);
    if (stopped !== undefined) return stopped;
    if (options.signal.aborted) return interruptionOf(options.signal);
    const left = fleet.remaining(batch).length;
    if (left < batch.length && ready.play.anyErrorsFatal)
      return failed(`play "${ready.play.name}" stops the run at the first failed node (anyErrorsFatal)`);
    // As in Ansible: when a whole batch has failed, the next one would only fail too.
    if (left === 0 && batch.length < ready.hosts.length)
      return failed(`every node of a batch of play "${ready.play.name}" failed`);
  }
  return undefined;
}

/** All its nodes at once; then, one at a time, those that were held before a disruptive task. */
async function runBatch<Context>(
  options: RunOptions<Context>,
  ready: ReadyPlay<Context>,
  batch: readonly Host[],
  fleet: Fleet,
): Promise<Stop | undefined> {
  const { play, steps, handlers, later } = ready;
  const counts = new Map<string, Counts>();
  const work = { play: play.name, steps, handlers, later };
  const bundle = new BundleRun(options, work, batch, fleet, counts);
  const finished = (hosts: readonly Host[]) => {
    for (const { name: node } of hosts) {
      const own = counts.get(node);
      counts.delete(node);
      if (own !== undefined) options.emit({ type: 'node-finished', play: play.name, node, counts: own });
    }
  };
  await bundle.run();
  finished(batch.filter(({ name }) => !bundle.held.has(name)));
  const stopped = await takeHeldNodes({
    options,
    play,
    work,
    batch,
    held: bundle.held,
    fleet,
    counts,
    finished,
  });
  finished(batch);
  return stopped;
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
