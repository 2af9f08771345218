import { stringify } from 'yaml';
import { type ExitCode, exitCodes } from '../errors';
import { site } from '../site';
import { observe } from './observe';
import { type Fleet, openFleet } from './open-fleet';
import type { DataFormat, FleetFlags } from './options';
import { wantsColor } from './output/paint';
import { assess } from './status/assess';
import type { Status } from './status/status';
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
  const observation = await observe(fleet, {
    plays: options.drift ? site({ secrets: fleet.secrets }) : [],
    forks: options.forks,
    timeoutSeconds: options.timeout,
  });
  const { result } = observation;
  if (result.stopped?.kind === 'interrupted') return INTERRUPTED;
  const status = assess({
    environment: fleet.environment,
    hosts: fleet.limited,
    observation,
    driftChecked: options.drift,
    now: new Date(),
    ...simulated(fleet),
  });
  process.stdout.write(`${render(status, options.format)}\n`);
  if (!options.detailedExitcode) return exitCodes.done;
  const code = exitCodeOf(result, { check: true, detailed: true });
  return code === exitCodes.done && status.level !== 'ok' ? exitCodes.wouldChange : code;
}

function simulated(fleet: Fleet): { simulated?: string } {
  return fleet.simulated === undefined ? {} : { simulated: fleet.simulated };
}

function render(status: Status, format: DataFormat): string {
  if (format === 'json') return JSON.stringify(status, null, 2);
  if (format === 'yaml') return stringify(status).trimEnd();
  return statusText(status, wantsColor(process.stdout, process.env));
}
