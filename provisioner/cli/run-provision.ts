import { planPlays } from '../engine/plan';
import { type ExitCode, exitCodes } from '../errors';
import { site } from '../site';
import { listHosts, listTasks } from './listing';
import { openFleet } from './open-fleet';
import type { FleetFlags, LeaseFlags, RunFlags, TaskFlags } from './options';
import { chooseListeners } from './output';
import { runPlays, selectPlays } from './run-plays';
import { refuseUnknownTags, refuseUnknownTask } from './selection';
import { describeCheck, exitCodeOf, type INTERRUPTED } from './verdict';

/** The flags of `provision`, as commander gives them. */
export interface ProvisionOptions extends FleetFlags, TaskFlags, RunFlags, LeaseFlags {
  readonly check?: true;
  readonly diff?: true;
  readonly detailedExitcode?: true;
  readonly rebootTimeout?: number;
  readonly listTasks?: true;
  readonly listHosts?: true;
}

/** Runs `provision`. @throws UserError or EnvironmentError for everything that the operator can mend */
export async function provision(options: ProvisionOptions): Promise<ExitCode | typeof INTERRUPTED> {
  const fleet = await openFleet(options);
  const plays = site({ secrets: fleet.secrets });
  refuseUnknownTags(plays, fleet.context, [...options.tags, ...options.skipTags]);
  const selection = selectPlays(fleet, plays, options);
  const planned = planPlays(selection);
  refuseUnknownTask(plays, fleet.context, options.startAtTask, planned);
  if (options.listTasks || options.listHosts) {
    process.stdout.write(options.listTasks ? listTasks(planned) : listHosts(planned));
    return exitCodes.done;
  }
  const result = await runPlays(fleet, {
    selection,
    mode: options.check ? 'check' : 'apply',
    forks: options.forks,
    timeoutSeconds: options.timeout,
    lease: options,
    ...(options.rebootTimeout === undefined ? {} : { rebootSeconds: options.rebootTimeout }),
    listeners: (runId) => chooseListeners(options, runId),
  });
  if (options.check && options.output !== 'json') process.stdout.write(`${describeCheck(result)}\n`);
  return exitCodeOf(result, { check: options.check === true, detailed: options.detailedExitcode === true });
}
