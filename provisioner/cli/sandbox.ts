import { type Command, InvalidArgumentError, Option } from 'commander';
import { loadEnvironment, sandboxEnvironmentNames } from '../../environments';
import { addExamples } from './examples';
import { settingOption } from './options';
import { sandboxNotUp } from './sandbox-not-up';
import { printStatus, type StatusFormat, statusFormats } from './sandbox-status';

interface EnvFlag {
  readonly env: string;
}

interface UpFlags extends Partial<EnvFlag> {
  readonly set: readonly string[];
  readonly latency?: number;
  readonly apiLatency?: number;
  readonly throttle?: number;
  readonly offline?: string[];
  readonly undeliverable?: string[];
  readonly slowAgent?: Record<string, { delayMs: number }>;
  readonly terminated?: string[];
  readonly lostOnReboot?: string[];
  readonly spotNotice?: string[];
  readonly clockSkew?: Record<string, number>;
  readonly mirrorFault?: string;
  readonly cacheFault?: string;
  readonly operatorFault?: string;
  readonly packageArchive?: string;
  readonly resetFaults?: true;
  readonly format: StatusFormat;
}

/** `sandbox`: the stand-in for AWS on this machine. */
export function registerSandbox(program: Command): void {
  const sandbox = program
    .command('sandbox')
    .description('A stand-in for AWS on this machine: SSM, instance metadata and nodes, on loopback only.');
  sandbox.enablePositionalOptions();
  addExamples(sandbox, [
    ['npm run sandbox -- up', 'start it; `provision --env sandbox` does so by itself'],
    ['npm run sandbox -- status', 'what is running'],
    ['npm run sandbox -- shell sandbox-server-1', 'look around in a node'],
    ['npm run sandbox -- down', 'stop it'],
  ]);
  registerUp(sandbox);
  const downCommand = sandbox
    .command('down')
    .description('Stop it. Nothing is left running or mounted; the disks of the nodes stay.')
    .addOption(envOption('all of them'))
    .action(async ({ env }: Partial<EnvFlag>) => {
      const { down } = await import('../sandbox/lifecycle');
      const wereUp: boolean[] = [];
      for (const name of chosen(env)) wereUp.push(await down(name));
      say(
        wereUp.includes(true)
          ? 'The sandbox is down. Its disks and parameters are kept.'
          : 'The sandbox was not up.',
      );
    });
  addExamples(downCommand, [['npm run sandbox -- down', 'stop it; the disks of the nodes stay']]);
  const resetCommand = sandbox
    .command('reset')
    .description('Stop it, and throw its disks, parameters and keys away.')
    .addOption(envOption('all of them'))
    .action(async ({ env }: Partial<EnvFlag>) => {
      const { reset } = await import('../sandbox/lifecycle');
      for (const name of chosen(env)) await reset(name);
      say('The sandbox is reset: the next `up` makes new nodes.');
    });
  addExamples(resetCommand, [['npm run sandbox -- reset', 'start over with bare nodes']]);
  const statusCommand = sandbox
    .command('status')
    .description('Show what is running.')
    .addOption(envOption('sandbox'))
    .addOption(formatOption('table'))
    .action(async ({ env = 'sandbox', format }: Partial<EnvFlag> & { format: StatusFormat }) => {
      const { currentStatus } = await import('../sandbox/lifecycle');
      const status = await currentStatus(env);
      if (status === undefined) throw sandboxNotUp(env);
      printStatus(status, format);
    });
  addExamples(statusCommand, [
    ['npm run sandbox -- status', 'the endpoint and the nodes'],
    ['npm run -s sandbox -- status --format json', 'for programs'],
    ['npm run -s sandbox -- status --format env', 'variables for AWS CLI and boto3'],
  ]);
  const rebootCommand = sandbox
    .command('reboot')
    .description('Reboot a node, as from the console of EC2: nothing that runs on it is asked.')
    .argument('<node>', 'name or instance id of the node')
    .addOption(envOption('sandbox'))
    .action(async (node: string, { env }: Partial<EnvFlag>) => {
      const { reboot } = await import('../sandbox/lifecycle');
      await reboot(node, env ?? 'sandbox');
      say(`${node} was rebooted.`);
    });
  addExamples(rebootCommand, [['npm run sandbox -- reboot sandbox-general-1', 'a power cut']]);
  const shellCommand = sandbox
    .command('shell')
    .description('Enter a node as root, or run a command in it: shell NODE -- COMMAND...')
    .argument('<node>', 'name or instance id of the node')
    .argument('[command...]', 'default: an interactive shell')
    .passThroughOptions()
    .action(async (name: string, command: readonly string[]) => {
      const { enterSandboxNode } = await import('./sandbox-shell');
      process.exitCode = await enterSandboxNode(name, command);
    });
  addExamples(shellCommand, [
    ['npm run sandbox -- shell sandbox-server-1', 'an interactive shell'],
    ['npm run sandbox -- shell sandbox-server-1 -- ls -l /etc/rancher', 'one command'],
  ]);
}

function registerUp(sandbox: Command): void {
  const command = sandbox
    .command('up')
    .description(
      'Start it, or apply changed settings to a running one. Settings hold until `down` or --reset-faults.',
    )
    .addOption(envOption('sandbox'))
    .addOption(settingOption())
    .option(
      '--latency <time>',
      'time between SendCommand and the start of the command, such as 800ms or 2s',
      duration,
    )
    .option('--api-latency <time>', 'time that every API call takes on top', duration)
    .option('--throttle <rate>', 'part of the API calls that are throttled, 0 to 1', rate)
    .option('--offline <node>', 'this agent has no connection (may be repeated; `none` for no node)', append)
    .option('--undeliverable <node>', 'this agent was just lost (may be repeated; `none`)', append)
    .option(
      '--slow-agent <node=time>',
      'this agent picks commands up late (may be repeated; `none`)',
      slowAgent,
    )
    .addOption(
      new Option(
        '--operator-fault <fault>',
        'what is wrong between this machine and the service: no call is answered, or the credentials have expired',
      ).choices(['none', 'silent', 'expired']),
    )
    .addOption(
      new Option('--mirror-fault <fault>', 'what is wrong with downloads').choices([
        'none',
        'cut',
        'tampered',
        'unavailable',
      ]),
    )
    .addOption(
      new Option('--cache-fault <fault>', 'what is wrong with ElastiCache').choices([
        'none',
        'denied',
        'denied-change',
        'throttled',
      ]),
    )
    .option('--terminated <node>', 'this node is gone from AWS (may be repeated; `none`)', append)
    .option(
      '--lost-on-reboot <node>',
      'this node does not come back from a reboot (may be repeated; `none`)',
      append,
    )
    .option(
      '--spot-notice <node>',
      'AWS takes this spot node back in two minutes (may be repeated; `none`); it goes on running',
      append,
    )
    .option(
      '--clock-skew <node=time>',
      'the clock of this node is wrong, ahead or (-) behind (may be repeated; `none`)',
      clockSkew,
    )
    .addOption(
      new Option('--package-archive <state>', 'whether Ubuntu packages can be had').choices(['up', 'down']),
    )
    .option('--reset-faults', 'back to a healthy service, before the other settings')
    .addOption(formatOption('table'))
    .action(async (flags: UpFlags) => {
      const [{ up }, { planOf }] = await Promise.all([
        import('../sandbox/lifecycle'),
        import('../sandbox/plan'),
      ]);
      const { status } = await up(planOf(loadEnvironment(flags.env ?? 'sandbox', flags.set)), {
        settings: settingsOf(flags),
        resetFaults: flags.resetFaults === true,
      });
      printStatus(status, flags.format);
    });
  addExamples(command, [
    ['npm run sandbox -- up', 'five nodes and an SSM endpoint'],
    ['npm run sandbox -- up --latency 800ms --throttle 0.3', 'feel a slow service'],
    ['npm run sandbox -- up --offline sandbox-general-1', 'an agent without connection'],
    ['npm run sandbox -- up --reset-faults', 'healthy again'],
  ]);
}

function settingsOf(flags: UpFlags): Record<string, unknown> {
  const named = {
    latencyMs: flags.latency,
    apiLatencyMs: flags.apiLatency,
    throttleRate: flags.throttle,
    offline: flags.offline,
    undeliverable: flags.undeliverable,
    slow: flags.slowAgent,
    terminated: flags.terminated,
    lostOnReboot: flags.lostOnReboot,
    spotNotice: flags.spotNotice,
    clockSkew: flags.clockSkew,
    packageArchive: flags.packageArchive,
    mirrorFault: flags.mirrorFault,
    cacheFault: flags.cacheFault,
    operatorFault: flags.operatorFault,
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}

function envOption(otherwise: string): Option {
  return new Option('--env <name>', `which sandbox (default: ${otherwise})`).choices(sandboxEnvironmentNames);
}

/** The sandboxes that a command is about: the one that was named, or every one there may be. */
function chosen(env: string | undefined): readonly string[] {
  return sandboxEnvironmentNames.filter((name) => env === undefined || name === env);
}

function formatOption(otherwise: StatusFormat): Option {
  return new Option('--format <format>', 'table, json, or `export` lines for a shell')
    .choices(statusFormats)
    .default(otherwise);
}

/** `800ms`, `2s`, or a number of milliseconds. */
function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s)?$/.exec(text);
  const milliseconds = Math.round(Number(match?.[1]) * (match?.[2] === 's' ? 1000 : 1));
  if (match === null || milliseconds > 600_000)
    throw new InvalidArgumentError('A time such as 800ms or 2s, at most 600s.');
  return milliseconds;
}

function rate(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError('A number from 0 to 1.');
  return value;
}

function append(value: string, before: readonly string[] | undefined): string[] {
  return value === 'none' ? [] : [...(before ?? []), value];
}

function slowAgent(
  value: string,
  before: Readonly<Record<string, { delayMs: number }>> | undefined,
): Record<string, { delayMs: number }> {
  if (value === 'none') return {};
  const [node = '', time] = value.split('=');
  if (node === '' || time === undefined)
    throw new InvalidArgumentError('NODE=TIME, such as sandbox-general-1=2s.');
  return { ...before, [node]: { delayMs: duration(time) } };
}

function clockSkew(
  value: string,
  before: Readonly<Record<string, number>> | undefined,
): Record<string, number> {
  if (value === 'none') return {};
  const [, node, number, unit] = /^([^=]+)=(-?\d+)([smh])$/.exec(value) ?? [];
  const seconds = new Map([
    ['s', 1],
    ['m', 60],
    ['h', 3600],
  ]).get(unit ?? '');
  if (node === undefined || seconds === undefined)
    throw new InvalidArgumentError('NODE=TIME, such as sandbox-general-1=20m or =-2h.');
  return { ...before, [node]: Number(number) * seconds };
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
