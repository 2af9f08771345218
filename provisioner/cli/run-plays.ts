import { randomBytes } from 'node:crypto';
import { type Facts, systemFacts } from '../engine/facts';
import { lastRunFacts } from '../engine/last-run';
import { planPlays } from '../engine/plan';
import type { Host, Play } from '../engine/play';
import { type RunResult, run } from '../engine/run';
import { interrupted } from '../engine/run-options';
import { identityFacts, refuseStranger } from '../identity';
import type { RoleContext } from '../roles/context';
import { k3sFacts } from '../roles/k3s/facts';
import { nodesToInstallOn, versionRefusals } from '../roles/k3s/version-rules';
import { k3sWarnings } from '../roles/k3s/warnings';
import { interruptible } from './interrupt';
import { type LeaseUse, type RunLease, withLease } from './lease';
import type { Fleet } from './open-fleet';
import { runOrigin } from './operator';
import type { LeaseFlags } from './options';
import { endAll, tellAll } from './output';
import type { Listener } from './output/listener';
import { playHosts } from './selection';

/** The part of the plays that a run is about. */
export type PlaySelection = Parameters<typeof planPlays<RoleContext>>[0];

export interface PlaysRequest {
  readonly selection: PlaySelection;
  readonly mode: 'apply' | 'check';
  /** Nodes at a time. */
  readonly forks: number;
  /** Seconds that a node may take for one play. */
  readonly timeoutSeconds: number;
  /** Seconds that a node may take to reboot. Default: the engine's. */
  readonly rebootSeconds?: number;
  /** Hosts whose facts are wanted even where no play is about them. Default: none. */
  readonly factsOf?: readonly Host[];
  /** Whether nodes remember it as their last run. Default: true. */
  readonly remembered?: boolean;
  /** How to come by the environment's lease. Default: now or not at all. */
  readonly lease?: LeaseFlags;
  /** Who is told; they are ended when the run is over, however it ends. */
  readonly listeners: (runId: string) => Promise<readonly Listener[]>;
}

/**
 * Runs plays on the nodes of a fleet: the one way in which commands do. Ctrl-C cancels what runs on the nodes and lets
 * the run end in order.
 *
 * @throws UserError for everything that the operator can mend
 */
export async function runPlays(fleet: Fleet, request: PlaysRequest): Promise<RunResult> {
  const interrupt = interruptible();
  const use = {
    environment: fleet.environment,
    store: fleet.leases,
    mode: request.mode,
    flags: request.lease ?? {},
    runId: newRunId(new Date()),
    origin: runOrigin(new Date()),
    signal: interrupt.signal,
    onLost: (reason: string) => interrupt.end({ kind: 'locked', reason: `the lease is lost: ${reason}` }),
  };
  try {
    const result = await withLease(use, (lease) => runUnder(lease, fleet, request, use));
    return result ?? { recap: new Map(), stopped: interrupted };
  } finally {
    await fleet.transport.close();
    interrupt.stop();
  }
}

async function runUnder(
  lease: RunLease,
  { inventory, transport, simulated, context, hosts }: Fleet,
  request: PlaysRequest,
  { runId, origin, signal }: Pick<LeaseUse, 'runId' | 'origin' | 'signal'>,
): Promise<RunResult> {
  const listeners = [...(await request.listeners(runId)), lease.listener];
  try {
    return await run({
      ...request.selection,
      environment: inventory.environment,
      runId,
      transport: lease.over(transport),
      everyHost: hosts,
      mode: request.mode,
      forks: request.forks,
      timeoutSeconds: request.timeoutSeconds,
      ...(request.rebootSeconds === undefined ? {} : { rebootSeconds: request.rebootSeconds }),
      ...(request.factsOf === undefined ? {} : { factsOf: request.factsOf }),
      factSources: [systemFacts, lastRunFacts, identityFacts, k3sFacts()],
      refuse: refuseStranger(inventory),
      ...versionRules(request.selection, context, hosts),
      warn: (facts) => k3sWarnings(context, facts, new Date()),
      emit: tellAll(listeners, () => new Date()),
      signal,
      now: Date.now,
      origin,
      remembered: request.remembered ?? true,
      ...(simulated === undefined ? {} : { simulated }),
    });
  } finally {
    await endAll(listeners);
  }
}

/** A release of K3s that must not be installed is refused before anything is changed; servers out of the run have a say. */
function versionRules(selection: PlaySelection, context: RoleContext, hosts: readonly Host[]) {
  const planned = planPlays(selection);
  const installs = nodesToInstallOn(planned);
  const inRun = new Set(planned.flatMap((play) => play.hosts.map(({ name }) => name)));
  return {
    witnesses:
      installs.size === 0
        ? []
        : hosts.filter(({ name, groups }) => groups.includes('servers') && !inRun.has(name)),
    refuseAll: (facts: ReadonlyMap<string, Facts>) => versionRefusals(context, facts, installs),
  };
}

/** Whole plays, or what tags and the like leave of them, on the hosts that `--limit` leaves. */
export function selectPlays(
  { context, hosts, limited }: Fleet,
  plays: readonly Play<RoleContext>[],
  tasks: Partial<Pick<PlaySelection, 'tags' | 'skipTags' | 'startAtTask'>> = {},
): PlaySelection {
  const allowed = new Set(limited);
  return {
    plays,
    context,
    hostsOf: (play) => playHosts(hosts, play.hosts).filter((host) => allowed.has(host)),
    tags: tasks.tags ?? [],
    skipTags: tasks.skipTags ?? [],
    startAtTask: tasks.startAtTask,
  };
}

/** Sorts by time; the rest keeps two runs of one second apart. */
function newRunId(now: Date): string {
  return `${now.toISOString().slice(0, 19).replace(/[-:]/g, '')}-${randomBytes(2).toString('hex')}`;
}
