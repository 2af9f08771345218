import type { ClientChannel } from 'ssh2';
import { ScriptOutput } from './script-end';
import { type ScriptStop, scriptStop, settlesWithin, type Waiting } from './script-limits';
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
  const stop = scriptStop(request);
  try {
    const starting = execute(connection, startCommand(request.user));
    const channel = await Promise.race([starting, lost.promise, stop.promise]);
    if (typeof channel === 'string')
      return neverRan(`the connection was lost before the script started (${channel})`);
    if ('kind' in channel) return neverRan(`sshd did not start the script (${channel.reason})`);
    const ended = endOf(channel, output);
    channel.end(standardInput(request.script, request.nodeId));
    const end = await Promise.race([ended, lost.promise, stop.promise]);
    const outcome = await outcomeOf(connection, request, output, end, ended);
    channel.destroy();
    return { outcome, bootId: output.started?.bootId };
  } catch (error) {
    const said = error instanceof Error ? error.message.replace(/^\(SSH\) /, '') : String(error);
    return neverRan(`sshd starts no command: ${said}`);
  } finally {
    lost.forget();
    stop.forget();
  }
}

function neverRan(reason: string): SshEnd {
  return { outcome: { kind: 'unreachable', reason }, bootId: undefined };
}

/**
 * @param end what ended the script first: its exit code, why its end is not known, or who wants it stopped
 */
async function outcomeOf(
  connection: SshConnection,
  request: SshScript,
  output: ScriptOutput,
  end: number | string | ScriptStop,
  ended: Promise<unknown>,
): Promise<Outcome> {
  if (typeof end === 'number') return output.finished(end);
  if (typeof end === 'string') return { kind: 'lost', reason: lostReason(end), stdout: output.text };
  const isGone = await killed(connection, request, output, ended);
  const doubt = isGone ? '' : '; the node has not confirmed that yet';
  return { ...end, reason: `${end.reason}${doubt}`, stdout: output.text };
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

/**
 * The exit code, once the output is complete, or why there is none. sshd tells the name of a signal, not its number: the
 * code is then that of SIGKILL, 137.
 */
function endOf(channel: ClientChannel, output: ScriptOutput): Promise<number | string> {
  return new Promise((resolve) => {
    let exitCode: number | undefined;
    let timer: NodeJS.Timeout | undefined;
    const done = () => {
      clearTimeout(timer);
      resolve(exitCode ?? 'sshd closed the channel without an exit code');
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
      // That its connection is lost says more, and is told right after.
      else timer = setTimeout(done, SILENCE_MS);
    });
  });
}

/** Kills the script's process group through a channel of its own. Tells whether its end was seen. */
async function killed(
  connection: SshConnection,
  { user }: SshScript,
  output: ScriptOutput,
  ended: Promise<unknown>,
): Promise<boolean> {
  const { started } = output;
  if (started === undefined) return false;
  const channel = execute(connection, killCommand(user, started.group)).then((own) => own.resume());
  channel.catch(() => {}); // No channel, no confirmation: that is what is told.
  return settlesWithin(ended, KILL_MS);
}
