import type { ClientChannel } from 'ssh2';
import { ScriptOutput } from './script-end';
import { scriptStop, settlesWithin, type Waiting } from './script-limits';
import { killCommand, standardInput, startCommand } from './shell-start';
import type { SshConnection } from './ssh-connection';
import type { Outcome } from './transport';

export interface SshScript {
  readonly user: string;
  readonly script: string;
  readonly nodeId: string;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  /** Most bytes of standard output that are kept. */
  readonly outputBytes: number;
  readonly onOutput: (chunk: Buffer) => void;
}

export interface SshEnd {
  readonly outcome: Outcome;
  /** The machine's boot that the script ran in; undefined where it did not start. */
  readonly bootId: string | undefined;
}

/** How long the end of a killed script is waited for, in milliseconds. */
const KILL_MS = 5_000;

/**
 * How long after the script's end its output may be silent before it counts as complete, in milliseconds: a process that
 * it left behind keeps the channel open for as long as it lives.
 */
const SILENCE_MS = 300;

/** Runs one script in a channel of a connection. Never hangs: the time limit, the signal and a lost connection all end it. */
export async function runOverSsh(connection: SshConnection, request: SshScript): Promise<SshEnd> {
  const output = new ScriptOutput(request.outputBytes, request.onOutput);
  const lost = lostSoon(connection);
  try {
    const channel = await Promise.race([execute(connection, startCommand(request.user)), lost.promise]);
    if (typeof channel === 'string')
      return neverRan(`the connection was lost before the script started (${channel})`);
    const ended = endOf(channel, output);
    channel.end(standardInput(request.script, request.nodeId));
    const outcome = await firstEnd(connection, request, output, ended, lost.promise);
    channel.destroy();
    return { outcome, bootId: output.started?.bootId };
  } catch (error) {
    const said = error instanceof Error ? error.message.replace(/^\(SSH\) /, '') : String(error);
    return neverRan(`sshd starts no command: ${said}`);
  } finally {
    lost.forget();
  }
}

function neverRan(reason: string): SshEnd {
  return { outcome: { kind: 'unreachable', reason }, bootId: undefined };
}

/** Waits for whatever ends the script first. */
async function firstEnd(
  connection: SshConnection,
  request: SshScript,
  output: ScriptOutput,
  ended: Promise<number>,
  lost: Promise<string>,
): Promise<Outcome> {
  const stop = scriptStop(request);
  try {
    const end = await Promise.race([ended, lost, stop.promise]);
    if (typeof end === 'number') return output.finished(end);
    if (typeof end === 'string') return { kind: 'lost', reason: lostReason(end), stdout: output.text };
    const isGone = await killed(connection, request, output, ended);
    const doubt = isGone ? '' : '; the node has not confirmed that yet';
    return { ...end, reason: `${end.reason}${doubt}`, stdout: output.text };
  } finally {
    stop.forget();
  }
}

function lostReason(reason: string): string {
  return `the connection was lost while the script ran (${reason}): what it was at may have been done or not; the next run finds out`;
}

function lostSoon(connection: SshConnection): Waiting<string> {
  let forget = (): void => {};
  const promise = new Promise<string>((resolve) => {
    forget = connection.onLost(resolve);
  });
  return { promise, forget: () => forget() };
}

function execute(connection: SshConnection, command: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    connection.client.exec(command, (error, channel) =>
      error === undefined ? resolve(channel) : reject(error),
    );
  });
}

/** The exit code, once the output is complete. A signal counts as a shell counts it: 128 and its number is not told, so 137. */
function endOf(channel: ClientChannel, output: ScriptOutput): Promise<number> {
  return new Promise((resolve) => {
    let exitCode: number | undefined;
    let timer: NodeJS.Timeout | undefined;
    const done = () => {
      clearTimeout(timer);
      resolve(exitCode ?? -1);
    };
    const heard = () => {
      if (exitCode === undefined) return;
      clearTimeout(timer);
      timer = setTimeout(done, SILENCE_MS);
    };
    channel.on('data', (chunk: Buffer) => {
      output.addStdout(chunk);
      heard();
    });
    channel.stderr.on('data', (chunk: Buffer) => {
      output.addStderr(chunk);
      heard();
    });
    channel.on('error', () => {}); // Its connection is lost, which is told elsewhere.
    channel.on('exit', (code: number | null) => {
      exitCode = code ?? 137;
      heard();
    });
    channel.on('close', () => {
      if (exitCode !== undefined) done();
    });
  });
}

/** Kills the script's process group through a channel of its own. Tells whether its end was seen. */
async function killed(
  connection: SshConnection,
  { user }: SshScript,
  output: ScriptOutput,
  ended: Promise<number>,
): Promise<boolean> {
  const { started } = output;
  if (started === undefined) return false;
  const channel = execute(connection, killCommand(user, started.group)).then((own) => own.resume());
  channel.catch(() => {}); // No channel, no confirmation: that is what is told.
  return settlesWithin(ended, KILL_MS);
}
