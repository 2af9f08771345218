import type { Counts } from './events';
import { Fleet, markUnreachable } from './fleet';
import { gatherFacts } from './gather-facts';
import { type PlannedPlay, planPlays } from './plan';
import type { Host } from './play';
import { interruptionOf, type RunOptions, type Stop } from './run-options';
import { runPlay } from './run-play';
import { handlersOf } from './steps';

/** What is left when the run is over. */
export interface RunResult {
  readonly recap: ReadonlyMap<string, Counts>;
  /** Why the run ended before its plays did, if it did. */
  readonly stopped?: Stop;
}

/** Runs plays on hosts, in order, and tells what happens through events. */
export async function run<Context>(options: RunOptions<Context>): Promise<RunResult> {
  const started = options.now();
  const planned = planPlays(options);
  const hosts = uniqueHosts([...planned, { hosts: options.factsOf ?? [] }]);
  const fleet = new Fleet(hosts);
  options.emit({
    type: 'run-started',
    runId: options.runId,
    environment: options.environment,
    mode: options.mode,
    transport: options.transport.name,
    plays: planned.map(({ play }) => play.name),
    hosts: hosts.map((host) => host.name),
    origin: options.origin,
    ...(options.simulated === undefined ? {} : { simulated: options.simulated }),
  });
  const { stopped, error } = await playAll(options, planned, hosts, fleet).then(
    (stop) => ({ stopped: stop, error: undefined }),
    (reason: unknown) => ({ stopped: stopOf(reason, options.signal), error: reason }),
  );
  options.emit({
    type: 'run-finished',
    recap: Object.fromEntries(fleet.recap),
    ...options.transport.usage,
    milliseconds: options.now() - started,
    ...(stopped === undefined ? {} : { stopped: stopped.reason }),
    ...(fleet.warnings.length === 0 ? {} : { warnings: fleet.warnings }),
  });
  // The recap so far has been told; what broke the run is the caller's to explain.
  if (stopped?.kind === 'broken' && error !== undefined) throw error;
  return { recap: fleet.recap, ...(stopped === undefined ? {} : { stopped }) };
}

function stopOf(error: unknown, signal: AbortSignal): Stop {
  if (signal.aborted) return interruptionOf(signal);
  const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return { kind: 'broken', reason };
}

async function playAll<Context>(
  options: RunOptions<Context>,
  planned: readonly PlannedPlay<Context>[],
  hosts: readonly Host[],
  fleet: Fleet,
): Promise<Stop | undefined> {
  await preflight(options, hosts, fleet);
  const refused = await gatherFacts(options, fleet.remaining(hosts), fleet, {
    witnesses: await reachableWitnesses(options),
    beside: planned.length === 0,
  });
  if (refused !== undefined) return refused;
  for (const [index, { play, steps, hosts: wanted }] of planned.entries()) {
    if (options.signal.aborted) return interruptionOf(options.signal);
    const left = fleet.remaining(wanted);
    if (left.length === 0) {
      options.emit({
        type: 'play-skipped',
        play: play.name,
        reason: wanted.length === 0 ? 'no hosts match' : 'none of its nodes is left',
      });
      continue;
    }
    const later = new Set(uniqueHosts(planned.slice(index + 1)).map(({ name }) => name));
    const ready = { play, steps, handlers: handlersOf(steps), hosts: left, later };
    const fatal = await runPlay(options, ready, fleet);
    if (fatal !== undefined) return fatal;
  }
  return options.signal.aborted ? interruptionOf(options.signal) : undefined;
}

/** A witness that can't be asked says nothing; that is for `refuseAll` to judge. */
async function reachableWitnesses<Context>({
  transport,
  witnesses = [],
  signal,
}: RunOptions<Context>): Promise<Host[]> {
  if (witnesses.length === 0) return [];
  const reachability = await transport.reachable(witnesses, signal);
  return witnesses.filter(({ name }) => reachability.get(name)?.online === true);
}

async function preflight<Context>(
  options: RunOptions<Context>,
  hosts: readonly Host[],
  fleet: Fleet,
): Promise<void> {
  const reachability = await options.transport.reachable(hosts, options.signal);
  for (const host of hosts) {
    const state = reachability.get(host.name) ?? { online: false, reason: 'the transport does not know it' };
    if (!state.online) markUnreachable(options.emit, fleet, host, state.reason);
  }
}

function uniqueHosts(groups: readonly Pick<PlannedPlay<never>, 'hosts'>[]): Host[] {
  return [...new Map(groups.flatMap(({ hosts }) => hosts.map((host) => [host.name, host]))).values()];
}
