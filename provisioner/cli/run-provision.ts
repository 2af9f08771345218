import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { loadEnvironment } from '../../environments';
import { systemFacts } from '../engine/facts';
import { planPlays } from '../engine/plan';
import { run } from '../engine/run';
import { type ExitCode, exitCodes } from '../errors';
import { identityFacts, refuseStranger } from '../identity';
import { hostsOf } from '../inventory/hosts';
import { type RoleContext, roleContext } from '../roles/context';
import { site } from '../site';
import { stateDirectory } from '../state-directory';
import { type Connection, connect } from './connect';
import { interruptible } from './interrupt';
import { listHosts, listTasks } from './listing';
import { chooseListeners, tellAll } from './output';
import { hostChooser, refuseUnknownTags, refuseUnknownTask } from './selection';
import { exitCodeOf, type INTERRUPTED } from './verdict';

/** The flags of `provision`, as commander gives them. */
export interface ProvisionOptions {
  readonly env: string;
  readonly inventory?: string;
  readonly limit?: string;
  readonly tags: readonly string[];
  readonly skipTags: readonly string[];
  readonly startAtTask?: string;
  readonly check?: true;
  readonly diff?: true;
  readonly detailedExitcode?: true;
  readonly forks: number;
  readonly timeout: number;
  readonly listTasks?: true;
  readonly listHosts?: true;
  readonly output: 'text' | 'json';
  readonly verbose?: true;
}

/** Runs `provision`. @throws UserError or EnvironmentError for everything that the operator can mend */
export async function provision(options: ProvisionOptions): Promise<ExitCode | typeof INTERRUPTED> {
  const environment = loadEnvironment(options.env);
  const connection = await connect(environment, options.inventory);
  const context = roleContext(environment, connection.inventory);
  const plays = site({ secrets: connection.secrets });
  const hosts = hostsOf(connection.inventory);
  refuseUnknownTags(plays, context, [...options.tags, ...options.skipTags]);
  const selection = {
    plays,
    context,
    hostsOf: hostChooser<RoleContext>(hosts, options.limit),
    tags: options.tags,
    skipTags: options.skipTags,
    startAtTask: options.startAtTask,
  };
  const planned = planPlays(selection);
  refuseUnknownTask(plays, context, options.startAtTask, planned);
  if (options.listTasks || options.listHosts) {
    process.stdout.write(options.listTasks ? listTasks(planned) : listHosts(planned));
    return exitCodes.done;
  }
  return runSite(options, connection, selection);
}

async function runSite(
  options: ProvisionOptions,
  { inventory, transport, simulated }: Connection,
  selection: Parameters<typeof planPlays<RoleContext>>[0],
): Promise<ExitCode | typeof INTERRUPTED> {
  const runId = newRunId(new Date());
  const listeners = await chooseListeners(options, join(stateDirectory(), 'runs', runId, 'events.jsonl'));
  const interrupt = interruptible();
  try {
    const result = await run({
      ...selection,
      environment: inventory.environment,
      runId,
      transport,
      mode: options.check ? 'check' : 'apply',
      forks: options.forks,
      timeoutSeconds: options.timeout,
      factSources: [systemFacts, identityFacts],
      refuse: refuseStranger(inventory),
      emit: tellAll(listeners, () => new Date()),
      signal: interrupt.signal,
      now: Date.now,
      ...(simulated === undefined ? {} : { simulated }),
    });
    return exitCodeOf(result, { check: options.check === true, detailed: options.detailedExitcode === true });
  } finally {
    interrupt.stop();
    await Promise.all(listeners.map((listener) => listener.end()));
  }
}

/** Sorts by time; the rest keeps two runs of one second apart. */
function newRunId(now: Date): string {
  return `${now.toISOString().slice(0, 19).replace(/[-:]/g, '')}-${randomBytes(2).toString('hex')}`;
}
