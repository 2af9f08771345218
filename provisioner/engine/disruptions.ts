/**
 * Nodes that were held before a disruptive task are taken one at a time, in play order: out of service through a host
 * that acts for them, the same bundle once more, back into service. The first thing that goes wrong ends the run, so at
 * most one node is ever out of service. Meanwhile the node keeps a mark on its disk: should the run break off, the next
 * one finds it and puts the node back, even when nothing is left to do on it.
 */
import { actingHost } from './acting-host';
import { BundleRun, type Work } from './bundle-run';
import { type Exclusive, slug } from './compile';
import type { Counts } from './events';
import { Fleet } from './fleet';
import type { Disruption, Host, Play } from './play';
import { interruptionOf, type RunOptions, type Stop } from './run-options';
import { sh } from './shell';
import { handlersOf, stepsOfRoles } from './steps';
import type { Role, Task } from './task';

/** A batch of a play whose nodes have had their turn together. */
export interface Waiting<Context> {
  readonly options: RunOptions<Context>;
  readonly play: Play<Context>;
  readonly work: Work;
  readonly batch: readonly Host[];
  /** The step before which a node waits, by its name. */
  readonly held: ReadonlyMap<string, number>;
  readonly fleet: Fleet;
  readonly counts: Map<string, Counts>;
  /** Told when nodes are through with the play. */
  readonly finished: (hosts: readonly Host[]) => void;
}

/** Takes the nodes that wait, and those that an earlier run left out of service. Returns why the run must stop, if it must. */
export async function takeHeldNodes<Context>(waiting: Waiting<Context>): Promise<Stop | undefined> {
  const { options, play, batch, held, fleet } = waiting;
  if (options.mode === 'check') return undefined;
  const disruption = play.disruption?.(options.context);
  for (const node of batch) {
    const heldAt = held.get(node.name);
    const isLeft = disruption !== undefined && fleet.isLeftOutOfService(node, slug(play.name));
    if ((heldAt === undefined && !isLeft) || fleet.remaining([node]).length === 0) continue;
    if (options.signal.aborted) return interruptionOf(options.signal);
    const stopped = await new OneNode(waiting, disruption, node).take(heldAt);
    if (stopped !== undefined) return stopped;
    waiting.finished([node]);
  }
  return undefined;
}

/** Something failed while a node was on its way out of service or back: the run ends here. */
class Stuck extends Error {
  override readonly name = 'Stuck';
}

/** How far a node is. */
type Stage = 'before' | 'during' | 'after' | 'back';

/** One node, from being taken out of service to being back. */
class OneNode<Context> {
  private stage: Stage = 'before';
  private by: Host | undefined;

  constructor(
    private readonly waiting: Waiting<Context>,
    private readonly disruption: Disruption<Context> | undefined,
    private readonly node: Host,
  ) {}

  /** @param heldAt the step that it waits before; undefined when it only has to be put back */
  async take(heldAt: number | undefined): Promise<Stop | undefined> {
    const { options } = this.waiting;
    if (this.disruption !== undefined) {
      const chosen = await actingHost(options, this.waiting.fleet, this.node, this.disruption.on);
      if (typeof chosen === 'string')
        return { kind: 'failed', reason: `${this.node.name} was not touched: ${chosen}` };
      this.by = chosen;
    }
    const started = options.now();
    const resumed = heldAt === undefined ? { resumed: true as const } : {};
    options.emit({ type: 'disruption-started', ...this.subject, ...resumed });
    try {
      if (heldAt !== undefined) await this.disrupt(heldAt);
      await this.putBack();
      this.finish({ outcome: 'back' }, started);
      return undefined;
    } catch (error) {
      const reason = this.explain(error instanceof Error ? error.message : String(error));
      this.finish({ outcome: 'stopped', reason }, started);
      if (!(error instanceof Stuck)) throw error;
      return { kind: options.signal.aborted ? interruptionOf(options.signal).kind : 'failed', reason };
    }
  }

  private async disrupt(heldAt: number): Promise<void> {
    const { play, work } = this.waiting;
    await this.act(this.disruption?.before(this.node));
    this.stage = 'during';
    const mark = this.disruption === undefined ? {} : { mark: slug(play.name) };
    await this.send(this.node, work, { heldAt, ...mark });
  }

  private async putBack(): Promise<void> {
    this.stage = 'after';
    await this.act(this.disruption?.after(this.node));
    this.stage = 'back';
    if (this.disruption !== undefined) await this.forget();
  }

  private async act(roles: readonly Role<Context>[] | undefined): Promise<void> {
    const { options, work } = this.waiting;
    const steps = stepsOfRoles(roles ?? [], options.context);
    if (this.by === undefined || steps.length === 0) return;
    await this.send(this.by, { ...work, steps, handlers: handlersOf(steps) }, {});
  }

  private async send(host: Host, work: Work, exclusive: Exclusive): Promise<void> {
    const { options, fleet, counts } = this.waiting;
    const bundle = new BundleRun(options, work, [host], fleet, counts, exclusive);
    await bundle.run();
    if (options.signal.aborted) throw new Stuck(interruptionOf(options.signal).reason);
    const failure = bundle.failures.get(host.name);
    if (failure !== undefined) throw new Stuck(failure);
  }

  /** Removes the mark: no task of the play, so nothing is told or counted. */
  private async forget(): Promise<void> {
    const { options, play } = this.waiting;
    const quiet = { ...options, emit: () => {} };
    const steps = [{ role: 'disruption', task: markRemoved, tags: new Set<string>() }];
    const work = { play: play.name, steps, handlers: [] };
    const bundle = new BundleRun(quiet, work, [this.node], new Fleet([this.node]), new Map());
    await bundle.run();
    const failure = bundle.failures.get(this.node.name);
    if (failure !== undefined) throw new Stuck(failure);
  }

  private get subject() {
    return {
      play: this.waiting.play.name,
      node: this.node.name,
      ...(this.by === undefined ? {} : { by: this.by.name }),
    };
  }

  private finish(
    end: { readonly outcome: 'back' } | { readonly outcome: 'stopped'; readonly reason: string },
    started: number,
  ): void {
    const { emit, now } = this.waiting.options;
    emit({ type: 'disruption-finished', ...this.subject, ...end, milliseconds: now() - started });
  }

  /** Which node, what state it is in, and how to go on or back. */
  private explain(failure: string): string {
    const { name } = this.node;
    const by = this.by?.name ?? '';
    const state = this.disruption?.state;
    const back =
      this.disruption === undefined ? '' : ` To put it back as it is: ${this.disruption.undo(this.node)}`;
    const again = `Repair that and run again: it goes on there.`;
    switch (this.stage) {
      case 'before':
        return `${name} was not changed, but taking it out of service on ${by} broke off: ${failure}. It may be ${state} in part. ${again}${back}`;
      case 'during':
        return state === undefined
          ? `${name} broke off in a disruptive task: ${failure}. No other node was disrupted after it. ${again}`
          : `${name} broke off while it was out of service: ${failure}. It is still ${state}; no other node is. ${again}${back}`;
      case 'after':
        return `${name} is as wanted, but putting it back into service on ${by} broke off: ${failure}. It is still ${state}. ${again}${back}`;
      case 'back':
        return `${name} is as wanted and back in service, but its mark of being out of service could not be removed: ${failure}. Run again: it is removed then.`;
    }
  }
}

const markRemoved: Task = {
  name: 'no mark of being out of service',
  check: sh`[ ! -e "$SC_STATE/disrupted" ]`,
  apply: sh`rm -f "$SC_STATE/disrupted"`,
};
