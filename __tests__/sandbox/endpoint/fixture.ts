import { spawn } from 'node:child_process';
import {
  GetCommandInvocationCommand,
  type GetCommandInvocationCommandOutput,
  SendCommandCommand,
  type SendCommandCommandInput,
  SSMClient,
} from '@aws-sdk/client-ssm';
import type { Agent, AgentCommand, RunningCommand } from '../../../provisioner/sandbox/agent';
import {
  type Clock,
  createCredentialStore,
  createParameterStore,
  createSettingsStore,
  createSsmEndpoint,
  type ParameterStore,
  type SettingsStore,
} from '../../../provisioner/sandbox/endpoint';

export const REGION = 'ap-northeast-2';
export const ACCOUNT = '111122223333';
export const PREFIX = '/stagecraft/sandbox';

/** Instance ids as EC2 makes them: seventeen hexadecimal digits. */
export function instanceId(number: number): string {
  return `i-${number.toString(16).padStart(17, '0')}`;
}

/** An agent that runs the lines with the `sh` of this machine. */
export function shellAgent(number: number): Agent {
  return { ...identity(number), start: runLocally };
}

export interface ScriptedAgent extends Agent {
  readonly started: AgentCommand[];
  readonly killed: () => number;
  readonly finish: (exitCode: number, stdout?: string | Buffer, stderr?: string | Buffer) => void;
  /** The node goes down under its oldest command. */
  readonly lose: () => void;
  readonly isGone: () => boolean;
}

/** An agent whose commands end when the test says so, or are killed. */
export function scriptedAgent(number: number): ScriptedAgent {
  const started: AgentCommand[] = [];
  const open: ((
    exitCode: number,
    stdout?: string | Buffer,
    stderr?: string | Buffer,
    lost?: boolean,
  ) => void)[] = [];
  let kills = 0;
  let gone = false;
  return {
    ...identity(number),
    goAway: () => {
      gone = true;
    },
    isGone: () => gone,
    lose: () => open.shift()?.(137, '', '', true),
    started,
    killed: () => kills,
    finish: (...result) => open.shift()?.(...result),
    start(command) {
      started.push(command);
      let settle: (result: Awaited<RunningCommand['result']>) => void = () => undefined;
      const result = new Promise<Awaited<RunningCommand['result']>>((resolve) => {
        settle = resolve;
      });
      open.push((exitCode, stdout = '', stderr = '', lost = false) =>
        settle({ exitCode, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr), lost }),
      );
      const kill = () => {
        kills += 1;
        settle({ exitCode: 137, stdout: Buffer.from('so far'), stderr: Buffer.alloc(0) });
      };
      return { result, kill };
    },
  };
}

function identity(number: number) {
  return {
    instanceId: instanceId(number),
    computerName: `node-${number}`,
    nodeName: `node-${number}`,
    ipAddress: `10.0.0.${number}`,
    running: true,
    reboot: async () => {},
    goAway: () => {},
  };
}

function runLocally(command: AgentCommand): RunningCommand {
  const child = spawn('sh', ['-c', command.lines.join('\n')], {
    detached: true,
    cwd: command.workingDirectory,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const result = new Promise<Awaited<RunningCommand['result']>>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({ exitCode: code ?? 137, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) }),
    );
  });
  const kill = () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  };
  return { result, kill };
}

/** A clock that stands still until the test moves it. */
export interface ManualClock extends Clock {
  advance(milliseconds: number): void;
}

export function manualClock(start = Date.now()): ManualClock {
  let now = start;
  let timers: { at: number; callback: () => void }[] = [];
  return {
    now: () => now,
    after(milliseconds, callback) {
      const timer = { at: now + milliseconds, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance(milliseconds) {
      const end = now + milliseconds;
      for (;;) {
        const next = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        timers = timers.filter((timer) => timer !== next);
        now = next.at;
        next.callback();
      }
      now = end;
    },
  };
}

export interface FixtureOptions {
  readonly agents?: readonly Agent[];
  readonly tags?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly settings?: SettingsStore;
  readonly parameters?: ParameterStore;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** An endpoint that listens, with an SDK client for it; without a consistency window unless the test sets one. */
export async function startEndpoint(options: FixtureOptions = {}) {
  const { agents = [], tags = {}, clock, random } = options;
  const settings = options.settings ?? createSettingsStore({ consistencyMs: 0 });
  const parameters = options.parameters ?? createParameterStore();
  const credentials = createCredentialStore();
  const endpoint = createSsmEndpoint({
    region: REGION,
    accountId: ACCOUNT,
    agents: { all: () => agents, tagsOf: (id) => tags[id] ?? {} },
    credentials,
    parameters,
    settings,
    ...(clock === undefined ? {} : { clock }),
    ...(random === undefined ? {} : { random }),
  });
  const listener = await endpoint.listen(0);
  const client = ssmClient(listener.url, { accessKeyId: 'test', secretAccessKey: 'test' });
  return {
    endpoint,
    settings,
    parameters,
    credentials,
    client,
    url: listener.url,
    async stop() {
      client.destroy();
      await endpoint.close();
      await listener.close();
    },
  };
}

export type Fixture = Awaited<ReturnType<typeof startEndpoint>>;

/** The unmodified SDK client, without retries so that each error is seen. */
export function ssmClient(
  endpoint: string,
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string },
  region = REGION,
): SSMClient {
  return new SSMClient({ endpoint, region, credentials, maxAttempts: 1 });
}

/** Runs `ask` until its answer is the wanted one; the test's own time-out is the limit. */
export async function eventually<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Sends a script to node 1, unless `more` says otherwise; gives the command id. */
export async function sendScript(
  on: Fixture,
  script: string,
  more: Partial<SendCommandCommandInput> = {},
): Promise<string> {
  const answer = await on.client.send(
    new SendCommandCommand({
      DocumentName: 'AWS-RunShellScript',
      ...(more.Targets === undefined ? { InstanceIds: [instanceId(1)] } : {}),
      Parameters: { commands: [script] },
      ...more,
    }),
  );
  return answer.Command?.CommandId ?? '';
}

export function invocation(
  on: Fixture,
  CommandId: string,
  node = 1,
): Promise<GetCommandInvocationCommandOutput> {
  return on.client.send(new GetCommandInvocationCommand({ CommandId, InstanceId: instanceId(node) }));
}

/** The invocation once it has ended. */
export function ended(on: Fixture, commandId: string, node = 1): Promise<GetCommandInvocationCommandOutput> {
  return eventually(
    () => invocation(on, commandId, node),
    ({ Status }) => !['Pending', 'InProgress', 'Delayed', 'Cancelling'].includes(Status ?? ''),
  );
}
