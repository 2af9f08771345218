import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { environmentNames, loadEnvironment } from '../../environments';
import { systemFacts } from '../engine/facts';
import { planPlays } from '../engine/plan';
import { run } from '../engine/run';
import { type ExitCode, exitCodes } from '../errors';
import { identityFacts, refuseStranger } from '../identity';
import { hostsOf } from '../inventory/hosts';
import { type RoleContext, roleContext } from '../roles/context';
import { site } from '../site';
import { type Connection, connect } from './connect';
import { interruptible } from './interrupt';
import { listHosts, listTasks } from './listing';
import { chooseListeners, tellAll } from './output';
import { hostChooser, refuseUnknownTags, refuseUnknownTask } from './selection';
import { exitCodeOf, type INTERRUPTED } from './verdict';

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

/** `provision`: makes an environment's nodes what the roles say. Flags are Ansible's wherever the thing is Ansible's. */
export function registerProvision(program: Command): void {
  program
    .command('provision')
    .description("Make an environment's nodes what the roles say. Running it again changes nothing.")
    .requiredOption('--env <name>', `environment: ${environmentNames.join(', ')}`)
    .option('-i, --inventory <file>', 'read the nodes from this file instead of the remote state')
    .option(
      '-l, --limit <pattern>',
      'only these hosts: names, groups, wildcards; `,` joins, `!` excludes, `&` intersects',
    )
    .addOption(listOption('-t, --tags <tags>', 'only tasks with one of these tags (a role is a tag)'))
    .addOption(listOption('--skip-tags <tags>', 'no task with one of these tags'))
    .option('--start-at-task <name>', 'begin at this task, named as in --list-tasks')
    .option('-C, --check', 'change nothing; say what would change')
    .option('-D, --diff', 'show what differs, as a unified diff')
    .option('--detailed-exitcode', 'with --check: exit 2 when something would change')
    .option('-f, --forks <number>', 'nodes at a time', positive, 500)
    .option('--timeout <seconds>', 'how long a node may take for one play', positive, 3600)
    .option('--list-tasks', 'list the plays and tasks of this run, and stop')
    .option('--list-hosts', 'list the hosts of each play, and stop')
    .addOption(
      new Option('--output <format>', 'text, or one JSON event a line')
        .choices(['text', 'json'])
        .default('text'),
    )
    .option('-v, --verbose', 'show every task, and what it printed')
    .addHelpText('after', help)
    .action(async (options: ProvisionOptions) => {
      process.exitCode = await provision(options);
    });
}

const help = `
Examples:
  npm run provision -- --env prod --check --diff     what would change?
  npm run provision -- --env prod --limit agents     only the agents
  npm run provision -- --env sandbox                 five simulated nodes on this machine, no AWS

Exit codes: 0 done; 1 a task failed; 2 something would change (--check --detailed-exitcode);
3 a node is unreachable, or the environment is locked; 64 wrong usage; 130 interrupted.`;

async function provision(options: ProvisionOptions): Promise<ExitCode | typeof INTERRUPTED> {
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

function stateDirectory(): string {
  return process.env.STAGECRAFT_STATE_DIR ?? '.stagecraft';
}

function listOption(flags: string, description: string): Option {
  return new Option(flags, `${description}; comma-separated, may be repeated`)
    .default([], 'none')
    .argParser((value: string, previous: readonly string[]) => [
      ...previous,
      ...value
        .split(',')
        .map((tag) => tag.trim())
        .filter((tag) => tag !== ''),
    ]);
}

function positive(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 1 || number > 172_800)
    throw new InvalidArgumentError('It has to be a whole number from 1 to 172800.');
  return number;
}
