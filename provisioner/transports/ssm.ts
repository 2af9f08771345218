import { randomBytes } from 'node:crypto';
import {
  CancelCommandCommand,
  type CommandInvocation,
  DescribeInstanceInformationCommand,
  GetCommandInvocationCommand,
  InvalidInstanceId,
  InvocationDoesNotExist,
  ListCommandInvocationsCommand,
  ListCommandsCommand,
  SendCommandCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import type { Host } from '../engine/play';
import type { Clock } from './clock';
import { inParallel } from './in-parallel';
import { UncertainSend } from './ssm-client';
import { ssmProblem } from './ssm-problem';
import { type Terminal, terminalState } from './ssm-status';
import type {
  Outcome,
  Reachability,
  RunRequest,
  Transport,
  TransportLimits,
  TransportUsage,
} from './transport';

/** At most 50 instance ids a SendCommand (AWS Systems Manager API reference, SendCommand, InstanceIds). */
export const NODES_PER_COMMAND = 50;

/** Characters of output that GetCommandInvocation returns (StandardOutputContent). */
const OUTPUT_CHARS = 24_000;

/** Characters of output that ListCommandInvocations returns for a node with `Details` (CommandPlugin, Output). */
const LISTED_OUTPUT_CHARS = 2_500;

/** What stands between standard output and standard error in the output of ListCommandInvocations. */
const ERROR_MARK = '\n----------ERROR-------\n';

/** What the agent adds to the standard error of a script that failed; the exit code says the same. */
const AGENT_EPILOGUE = /failed to run commands: exit status \d+\s*$/;

/**
 * The document and its parameters share 64 KB (quota "maximum document size"). The rest is room for
 * AWS-RunShellScript itself and the parameters beside the script.
 */
const SCRIPT_BYTES = 64 * 1024 - 4 * 1024;

/** Seconds until a command that no agent picked up is given up (TimeoutSeconds; the least that AWS takes is 30). */
const DELIVERY_SECONDS = 60;

/** Longest wait for SSM to show an invocation that it accepted: it is eventually consistent. */
const APPEAR_MS = 30_000;

/** How long to wait before asking whether a command exists: lists are eventually consistent. */
const SETTLE_MS = 2_000;

/** What the agent says of a script whose process was gone when the agent started: it does not run it again. */
const AGENT_LOST_IT = /^document process failed unexpectedly/;

const LOST =
  'the node or its SSM agent restarted in the middle of the script, and the agent does not know its end; run again: what was done is not done twice';

const NOT_BACK =
  '; the script asked for a reboot: look at the node in the console of EC2 (instance state, status checks, system log), then run again';

const INVALID_INSTANCE =
  'SSM has no such instance online (InvalidInstanceId): is it running, is its agent up?';

/** Runs scripts through AWS Systems Manager: SendCommand, then polling by command, never by node. */
export class SsmTransport implements Transport {
  readonly name = 'ssm';
  readonly limits: TransportLimits = {
    fits: fitsSendCommand,
    outputChars: OUTPUT_CHARS,
    cheapOutputChars: LISTED_OUTPUT_CHARS,
    streams: false,
  };

  private commands = 0;

  /**
   * @param calls counts what the client sends, retries included: see `ssm-client.ts`
   */
  constructor(
    private readonly client: SSMClient,
    private readonly calls: { readonly apiCalls: number; readonly throttles: number },
    private readonly clock: Clock,
  ) {}

  get usage(): TransportUsage {
    return { commands: this.commands, apiCalls: this.calls.apiCalls, throttles: this.calls.throttles };
  }

  async reachable(hosts: readonly Host[], signal: AbortSignal): Promise<ReadonlyMap<string, Reachability>> {
    const found = new Map<string, Reachability>();
    for (const group of chunks(hosts, NODES_PER_COMMAND)) {
      const statuses = await explained(this.pingStatuses(group, signal));
      for (const host of group) found.set(host.name, reachability(host, statuses.get(host.id)));
    }
    return found;
  }

  async close(): Promise<void> {}

  async run(request: RunRequest): Promise<void> {
    const groups = chunks(request.hosts, Math.min(NODES_PER_COMMAND, request.forks));
    const atOnce = Math.max(1, Math.floor(request.forks / NODES_PER_COMMAND));
    await explained(inParallel(groups, atOnce, (group) => this.runCommand(request, group)));
  }

  private async pingStatuses(hosts: readonly Host[], signal: AbortSignal): Promise<Map<string, Ping>> {
    const statuses = new Map<string, Ping>();
    let next: string | undefined;
    do {
      const page = await this.client.send(
        new DescribeInstanceInformationCommand({
          Filters: [{ Key: 'InstanceIds', Values: hosts.map(({ id }) => id) }],
          MaxResults: NODES_PER_COMMAND,
          ...(next === undefined ? {} : { NextToken: next }),
        }),
        { abortSignal: signal },
      );
      for (const {
        InstanceId: id,
        PingStatus: status,
        LastPingDateTime: last,
      } of page.InstanceInformationList ?? [])
        if (id !== undefined) statuses.set(id, { status: status ?? 'unknown', last });
      next = page.NextToken;
    } while (next !== undefined);
    return statuses;
  }

  private async runCommand(request: RunRequest, hosts: readonly Host[]): Promise<void> {
    const waiting = new Map(hosts.map((host) => [host.id, host]));
    const settle = (id: string, outcome: Outcome): void => {
      const host = waiting.get(id);
      if (host === undefined) return;
      waiting.delete(id);
      request.onOutcome(host, outcome);
    };
    if (request.signal.aborted) {
      for (const id of [...waiting.keys()]) settle(id, cancelled);
      return;
    }
    const commandId = await this.send(request, waiting, settle);
    if (commandId !== undefined) await this.follow(commandId, request, waiting, settle);
  }

  /** Sends, and where the service refuses some of the instances, sends again to the others. */
  private async send(
    request: RunRequest,
    waiting: ReadonlyMap<string, Host>,
    settle: (id: string, outcome: Outcome) => void,
  ): Promise<string | undefined> {
    const comment = marked(request.comment);
    for (let uncertain = 0; waiting.size > 0; ) {
      try {
        const { Command: command } = await this.client.send(
          sendCommand(request, comment, [...waiting.keys()]),
        );
        return this.accepted(command?.CommandId);
      } catch (error) {
        if (error instanceof UncertainSend) {
          const found = await this.sentCommand(comment);
          if (found !== undefined) return this.accepted(found);
          uncertain += 1;
          if (uncertain > 3) throw error;
        } else if (error instanceof InvalidInstanceId) {
          for (const id of await this.refused(error, waiting, request.signal))
            settle(id, { kind: 'unreachable', reason: INVALID_INSTANCE });
        } else throw error;
      }
    }
    return undefined;
  }

  private accepted(commandId: string | undefined): string {
    if (commandId === undefined) throw new Error('SendCommand gave no command id');
    this.commands += 1;
    return commandId;
  }

  /** The command with this comment, if the service has it: what became of a SendCommand without an answer. */
  private async sentCommand(comment: string): Promise<string | undefined> {
    await this.clock.sleep(SETTLE_MS);
    const { Commands: commands } = await this.client.send(new ListCommandsCommand({ MaxResults: 50 }));
    return commands?.find(({ Comment }) => Comment === comment)?.CommandId;
  }

  /** Which instances an InvalidInstanceId is about: the message names them; where it does not, the ping status tells. */
  private async refused(
    error: InvalidInstanceId,
    waiting: ReadonlyMap<string, Host>,
    signal: AbortSignal,
  ): Promise<string[]> {
    const ids = [...waiting.keys()];
    const named = ids.filter((id) => error.message.includes(id));
    if (named.length > 0) return named;
    const statuses = await this.pingStatuses([...waiting.values()], signal);
    const offline = ids.filter((id) => statuses.get(id)?.status !== 'Online');
    return offline.length > 0 ? offline : ids;
  }

  private async follow(
    commandId: string,
    request: RunRequest,
    waiting: Map<string, Host>,
    settle: (id: string, outcome: Outcome) => void,
  ): Promise<void> {
    const sent = this.clock.now();
    const patience = DELIVERY_SECONDS + request.timeoutSeconds + (request.rebootSeconds ?? 0);
    const deadline = sent + patience * 1000 + APPEAR_MS;
    const seen = new Set<string>();
    for (const delay of pollDelays(this.clock)) {
      if (request.signal.aborted) return this.cancel(commandId, waiting, settle);
      await this.clock.sleep(delay, request.signal);
      const listed = await this.invocations(commandId, request.signal);
      if (listed === undefined) return this.cancel(commandId, waiting, settle);
      for (const invocation of listed) {
        if (invocation.InstanceId === undefined || !waiting.has(invocation.InstanceId)) continue;
        seen.add(invocation.InstanceId);
        const state = terminalState(invocation);
        if (state !== undefined)
          settle(invocation.InstanceId, await this.outcome(commandId, invocation, state));
      }
      if (waiting.size === 0) return;
      const now = this.clock.now();
      for (const id of [...waiting.keys()]) {
        if (now > sent + APPEAR_MS + DELIVERY_SECONDS * 1000 && !seen.has(id))
          settle(id, {
            kind: 'unreachable',
            reason: `SSM accepted command ${commandId} but never delivered it to this node`,
          });
        else if (now > deadline)
          settle(id, {
            kind: 'timedOut',
            reason: `no end of command ${commandId} after ${Math.round((now - sent) / 1000)} s${
              request.rebootSeconds === undefined ? '' : NOT_BACK
            }`,
            stdout: '',
          });
      }
      if (waiting.size === 0) return;
    }
  }

  /** The invocations of a command; undefined when the signal broke the call off. */
  private async invocations(
    commandId: string,
    signal?: AbortSignal,
  ): Promise<CommandInvocation[] | undefined> {
    const found: CommandInvocation[] = [];
    let next: string | undefined;
    do {
      const command = new ListCommandInvocationsCommand({
        CommandId: commandId,
        Details: true,
        MaxResults: NODES_PER_COMMAND,
        ...(next === undefined ? {} : { NextToken: next }),
      });
      try {
        const page = await this.client.send(command, signal === undefined ? {} : { abortSignal: signal });
        found.push(...(page.CommandInvocations ?? []));
        next = page.NextToken;
      } catch (error) {
        if (signal?.aborted) return undefined;
        throw error;
      }
    } while (next !== undefined);
    return found;
  }

  /** The outcome of an invocation that has ended; its whole output costs a call more only where it is long or failed. */
  private async outcome(commandId: string, invocation: CommandInvocation, state: Terminal): Promise<Outcome> {
    if (state.kind === 'unreachable') return state;
    const plugin = invocation.CommandPlugins?.[0];
    const listed = plugin?.Output ?? '';
    if (AGENT_LOST_IT.test(listed)) return { kind: 'lost', reason: LOST, stdout: '' };
    const [stdout = '', stderr = ''] = listed.split(ERROR_MARK);
    const output =
      listed.length >= LISTED_OUTPUT_CHARS - 100 || stderr !== ''
        ? await this.wholeOutput(commandId, invocation.InstanceId ?? '')
        : { stdout, stderr };
    if (state.kind === 'finished')
      return { kind: 'finished', exitCode: plugin?.ResponseCode ?? -1, ...output };
    return { ...state, stdout: output.stdout };
  }

  private async wholeOutput(
    commandId: string,
    instanceId: string,
  ): Promise<{ stdout: string; stderr: string }> {
    const giveUp = this.clock.now() + APPEAR_MS;
    for (const delay of pollDelays(this.clock)) {
      try {
        const { StandardOutputContent: stdout, StandardErrorContent: stderr } = await this.client.send(
          new GetCommandInvocationCommand({ CommandId: commandId, InstanceId: instanceId }),
        );
        return { stdout: stdout ?? '', stderr: (stderr ?? '').replace(AGENT_EPILOGUE, '') };
      } catch (error) {
        if (!(error instanceof InvocationDoesNotExist) || this.clock.now() > giveUp) throw error;
        await this.clock.sleep(delay);
      }
    }
    return { stdout: '', stderr: '' };
  }

  /** Cancels on the nodes, then waits a little for what the service says became of them. */
  private async cancel(
    commandId: string,
    waiting: Map<string, Host>,
    settle: (id: string, outcome: Outcome) => void,
  ): Promise<void> {
    await this.client.send(new CancelCommandCommand({ CommandId: commandId }));
    const giveUp = this.clock.now() + 5_000;
    for (const delay of pollDelays(this.clock)) {
      await this.clock.sleep(delay);
      for (const invocation of (await this.invocations(commandId)) ?? []) {
        const state = terminalState(invocation);
        if (state !== undefined && invocation.InstanceId !== undefined && waiting.has(invocation.InstanceId))
          settle(invocation.InstanceId, await this.outcome(commandId, invocation, state));
      }
      if (waiting.size === 0) return;
      if (this.clock.now() > giveUp) break;
    }
    for (const id of [...waiting.keys()])
      settle(id, {
        ...cancelled,
        reason: `cancel of command ${commandId} was asked for; the node has not confirmed it yet`,
      });
  }
}

interface Ping {
  readonly status: string;
  readonly last: Date | undefined;
}

const cancelled = { kind: 'cancelled', reason: 'interrupted before it was sent', stdout: '' } as const;

/**
 * Whether the parameters fit, as the service counts them: as JSON, where quotes and newlines take two bytes. SSM
 * expands `{{ … }}` in parameters and refuses what it does not know, so a script with such braces has to be compressed.
 */
function fitsSendCommand(script: string): boolean {
  return !script.includes('{{') && Buffer.byteLength(JSON.stringify(script.split('\n'))) <= SCRIPT_BYTES;
}

/** The comment with a mark of its own, by which the command can be found again. */
function marked(comment: string): string {
  return `${comment.slice(0, 90)} #${randomBytes(4).toString('hex')}`;
}

function sendCommand(request: RunRequest, comment: string, instanceIds: string[]): SendCommandCommand {
  return new SendCommandCommand({
    DocumentName: 'AWS-RunShellScript',
    InstanceIds: instanceIds,
    Parameters: { commands: request.script.split('\n'), executionTimeout: [String(request.timeoutSeconds)] },
    Comment: comment,
    TimeoutSeconds: DELIVERY_SECONDS,
    MaxConcurrency: String(Math.min(request.forks, NODES_PER_COMMAND)),
    // The default, 0, would keep the command from the nodes behind the first that fails.
    MaxErrors: '100%',
  });
}

function reachability(host: Host, ping: Ping | undefined): Reachability {
  if (ping === undefined)
    return {
      online: false,
      reason: `${host.id} is not registered with SSM: is it running, does it have its instance profile, can it reach the SSM endpoint?`,
    };
  if (ping.status === 'Online') return { online: true };
  return {
    online: false,
    reason: `its SSM agent is ${ping.status}${ping.last === undefined ? '' : `, last heard of at ${ping.last.toISOString()}`}`,
  };
}

/** Polling pauses in ms: quick at first, as most commands take seconds; then slower, with jitter, so that runs don't march in step. */
function* pollDelays(clock: Clock): Generator<number> {
  for (let delay = 150; ; delay = Math.min(delay * 1.4, 3_000)) yield delay * (0.75 + clock.random() / 2);
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

async function explained<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw ssmProblem(error);
  }
}
