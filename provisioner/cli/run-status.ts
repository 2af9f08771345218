import { stringify } from 'yaml';
import { firstLine } from '../aws-errors';
import { type ExitCode, exitCodes, UserError } from '../errors';
import { isHolderDead, looksExpired } from '../lease/record';
import { site } from '../site';
import { observe } from './observe';
import { type Fleet, openFleet } from './open-fleet';
import type { DataFormat, FleetFlags } from './options';
import { wantsColor } from './output/paint';
import { assess } from './status/assess';
import type { LeaseStatus, Status } from './status/status';
import { statusText } from './status/text';
import { exitCodeOf, INTERRUPTED } from './verdict';

/** The flags of `status`, as commander gives them. */
export interface StatusOptions extends FleetFlags {
  readonly drift: boolean;
  readonly detailedExitcode?: true;
  readonly format: DataFormat;
  readonly forks: number;
  readonly timeout: number;
}

/** Runs `status`. @throws UserError or EnvironmentError for everything that the operator can mend */
export async function showStatus(options: StatusOptions): Promise<ExitCode | typeof INTERRUPTED> {
  const fleet = await openFleet(options);
  const lease = await leaseStatus(fleet);
  // A node does one thing at a time, and what a run is about to change is no drift.
  const looksForDrift = options.drift && lease.state !== 'held';
  const observation = await observe(fleet, {
    plays: looksForDrift ? site({ secrets: fleet.secrets }) : [],
    forks: options.forks,
    timeoutSeconds: options.timeout,
    // It has a line of its own for that.
    tellsOfRun: false,
  });
  const { result } = observation;
  if (result.stopped?.kind === 'interrupted') return INTERRUPTED;
  const status = assess({
    environment: fleet.environment,
    hosts: fleet.limited,
    observation,
    driftChecked: looksForDrift,
    driftWanted: options.drift,
    lease,
    now: new Date(),
    ...simulated(fleet),
  });
  process.stdout.write(`${render(status, options.format)}\n`);
  if (!options.detailedExitcode) return exitCodes.done;
  const code = exitCodeOf(result, { check: true, detailed: true });
  return code === exitCodes.done && status.level !== 'ok' ? exitCodes.wouldChange : code;
}

/** Whoever only looks may lack the right to read leases; that is no reason to show nothing. */
async function leaseStatus(fleet: Fleet): Promise<LeaseStatus> {
  try {
    const record = await (await fleet.leases()).read();
    if (record === undefined) return { state: 'free' };
    const { user, host, command, runId: run, started, doing } = record;
    const isGone = isHolderDead(record) || looksExpired(record, Date.now());
    return { state: isGone ? 'abandoned' : 'held', user, host, command, run, started, doing };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { state: 'unknown', reason: firstLine(error.what) };
  }
}

function simulated(fleet: Fleet): { simulated?: string } {
  return fleet.simulated === undefined ? {} : { simulated: fleet.simulated };
}

function render(status: Status, format: DataFormat): string {
  if (format === 'json') return JSON.stringify(status, null, 2);
  if (format === 'yaml') return stringify(status).trimEnd();
  return statusText(status, wantsColor(process.stdout, process.env));
}
