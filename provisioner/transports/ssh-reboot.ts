import { setTimeout as wait } from 'node:timers/promises';
import type { SshConnection } from './ssh-connection';
import { runOverSsh, type SshScript } from './ssh-script';
import type { Outcome } from './transport';

export interface SshReboot {
  /** What is asked of the node meanwhile is asked as this script is run. */
  readonly script: Omit<SshScript, 'script' | 'onOutput'>;
  /** The boot that has to end. */
  readonly bootId: string;
  /** Seconds that the node may be gone. */
  readonly seconds: number;
  /** Opens a new connection. */
  readonly connect: () => Promise<SshConnection>;
}

/** Pause between two attempts to reach a node that is gone, in milliseconds. */
const PAUSE_MS = 1_000;

/** Most seconds that a word with the node may take. */
const ASK_SECONDS = 20;

/** Whatever brings the machine down; the connection may be gone before it has answered. */
const REBOOT_SCRIPT = 'systemctl reboot || shutdown -r now || reboot';

/** Reboots a node and waits for it to be back with another boot id: its new connection, or why there is none. */
export async function rebootOverSsh(
  connection: SshConnection,
  request: SshReboot,
): Promise<SshConnection | Outcome> {
  const { signal } = request.script;
  await ask(connection, request, REBOOT_SCRIPT);
  for (const until = Date.now() + request.seconds * 1000; Date.now() < until; await wait(PAUSE_MS)) {
    if (signal.aborted)
      return { kind: 'cancelled', reason: 'interrupted while the node was rebooting', stdout: '' };
    const back = await request.connect().catch(() => undefined);
    if (back === undefined) continue;
    const { bootId } = await ask(back, request, ':');
    if (bootId !== undefined && bootId !== request.bootId) return back;
    // Still on its way down.
    back.close();
  }
  return {
    kind: 'timedOut',
    reason: `the node was rebooted and is not back within ${request.seconds} s: look at it in the console of EC2 (instance state, status checks, system log), then run again`,
    stdout: '',
  };
}

function ask(connection: SshConnection, { script }: SshReboot, what: string) {
  return runOverSsh(connection, {
    ...script,
    script: what,
    timeoutSeconds: ASK_SECONDS,
    onOutput: () => {},
  });
}
