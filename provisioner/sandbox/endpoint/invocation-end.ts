import type { RunningCommand } from '../agent';

/** How an invocation ended. */
export interface InvocationEnd {
  readonly status: 'Success' | 'Failed' | 'TimedOut' | 'Cancelled';
  /** Why: what `StatusDetails` says. */
  readonly details:
    | 'Success'
    | 'Failed'
    | 'Cancelled'
    | 'ExecutionTimedOut'
    | 'DeliveryTimedOut'
    | 'Undeliverable'
    | 'Terminated';
  /** -1 when it never ran. */
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** What the agent says of itself, in the plugin's output only. */
  readonly said?: string;
}

/** Why the agent killed a script. */
export type StopReason = 'ExecutionTimedOut' | 'Cancelled';

type Result = Awaited<RunningCommand['result']>;

/** The agent reports 128 + SIGKILL for a script that it killed, and takes that exit code for a time-out. */
const KILLED = 137;
/** The agent takes it for a success that skips later steps, and drops standard error. */
const EXIT_WITH_SUCCESS = 168;
/** The agent reboots the node and runs the script again. */
export const REBOOT = 194;

const NOTHING = Buffer.alloc(0);

/** The end of an invocation that never ran. */
export function neverRan(
  status: InvocationEnd['status'],
  details: 'Cancelled' | 'DeliveryTimedOut' | 'Undeliverable' | 'Terminated',
): InvocationEnd {
  return { status, details, exitCode: -1, stdout: NOTHING, stderr: NOTHING };
}

/** The end of a script, as the agent reports it from the exit code and from why it killed it. */
export function ended({ exitCode, stdout, stderr }: Result, stopped: StopReason | undefined): InvocationEnd {
  if (stopped === 'Cancelled')
    return { status: 'Cancelled', details: 'Cancelled', exitCode: KILLED, stdout, stderr };
  if (stopped === 'ExecutionTimedOut' || exitCode === KILLED)
    return { status: 'TimedOut', details: 'ExecutionTimedOut', exitCode: KILLED, stdout, stderr };
  if (exitCode === 0) return { status: 'Success', details: 'Success', exitCode, stdout, stderr };
  if (exitCode === EXIT_WITH_SUCCESS)
    return { status: 'Success', details: 'Success', exitCode, stdout, stderr: NOTHING };
  return failed(exitCode, stdout, Buffer.concat([stderr, Buffer.from(failureNote(exitCode))]));
}

/** The end of a script that could not be started. */
export function couldNotRun(error: unknown): InvocationEnd {
  const reason = error instanceof Error ? error.message : String(error);
  return failed(1, NOTHING, Buffer.from(`failed to run commands: ${reason}`));
}

/**
 * The end of a script whose node went down in the middle of it: the agent finds the document without its worker process
 * when it is back (amazon-ssm-agent, `OutOfProcExecuter`), and does not run it again.
 */
export function lost(): InvocationEnd {
  const said =
    'document process failed unexpectedly: document worker timed out , check [ssm-document-worker]/[ssm-session-worker] log for crash reason';
  return { ...failed(0, NOTHING, NOTHING), said };
}

/** The agent adds this line to standard error. */
function failureNote(exitCode: number): string {
  return `failed to run commands: exit status ${exitCode}`;
}

function failed(exitCode: number, stdout: Buffer, stderr: Buffer): InvocationEnd {
  return { status: 'Failed', details: 'Failed', exitCode, stdout, stderr };
}
