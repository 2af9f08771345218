import {
  type CommandInvocation,
  GetCommandInvocationCommand,
  InvocationDoesNotExist,
  ListCommandInvocationsCommand,
} from '@aws-sdk/client-ssm';
import { APPEAR_MS, LISTED_OUTPUT_CHARS, NODES_PER_COMMAND } from './ssm-limits';
import { pollDelays, type SsmService } from './ssm-service';
import type { Terminal } from './ssm-status';
import type { Outcome } from './transport';

/** What stands between standard output and standard error in the output of ListCommandInvocations. */
const ERROR_MARK = '\n----------ERROR-------\n';

/** What the agent adds to the standard error of a script that failed; the exit code says the same. */
const AGENT_EPILOGUE = /failed to run commands: exit status \d+\s*$/;

/** What the agent says of a script whose process was gone when the agent started: it does not run it again. */
const AGENT_LOST_IT = /^document process failed unexpectedly/;

const LOST =
  'the node or its SSM agent restarted in the middle of the script, and the agent does not know its end; run again: what was done is not done twice';

/** The invocations of a command; undefined when the signal broke the call off. */
export async function invocationsOf(
  { client }: SsmService,
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
      const page = await client.send(command, signal === undefined ? {} : { abortSignal: signal });
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
export async function outcomeOf(
  service: SsmService,
  commandId: string,
  invocation: CommandInvocation,
  state: Terminal,
): Promise<Outcome> {
  if (state.kind === 'unreachable') return state;
  const plugin = invocation.CommandPlugins?.[0];
  const listed = plugin?.Output ?? '';
  if (AGENT_LOST_IT.test(listed)) return { kind: 'lost', reason: LOST, stdout: '' };
  const [stdout = '', stderr = ''] = listed.split(ERROR_MARK);
  const output =
    listed.length >= LISTED_OUTPUT_CHARS - 100 || stderr !== ''
      ? await wholeOutput(service, commandId, invocation.InstanceId ?? '')
      : { stdout, stderr };
  if (state.kind === 'finished') return { kind: 'finished', exitCode: plugin?.ResponseCode ?? -1, ...output };
  return { ...state, stdout: output.stdout };
}

async function wholeOutput(
  { client, clock }: SsmService,
  commandId: string,
  instanceId: string,
): Promise<{ stdout: string; stderr: string }> {
  const giveUp = clock.now() + APPEAR_MS;
  for (const delay of pollDelays(clock)) {
    try {
      const { StandardOutputContent: stdout, StandardErrorContent: stderr } = await client.send(
        new GetCommandInvocationCommand({ CommandId: commandId, InstanceId: instanceId }),
      );
      return { stdout: stdout ?? '', stderr: (stderr ?? '').replace(AGENT_EPILOGUE, '') };
    } catch (error) {
      if (!(error instanceof InvocationDoesNotExist) || clock.now() > giveUp) throw error;
      await clock.sleep(delay);
    }
  }
  return { stdout: '', stderr: '' };
}
