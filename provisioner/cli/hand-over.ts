import { spawn } from 'node:child_process';
import { constants } from 'node:os';

export interface Handed {
  /** Default: that of this process. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/**
 * Gives the terminal to another program until it ends; its exit code as a shell has it (128 and the signal's number for
 * a signal).
 */
export async function handOver(program: string, args: readonly string[], how: Handed = {}): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit', env: process.env, ...how });
  // The terminal sends Ctrl-C to both: it is meant for the program.
  const ignore = (): void => {};
  process.on('SIGINT', ignore);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) =>
        resolve(code ?? (signal === null ? 1 : 128 + constants.signals[signal])),
      );
    });
  } finally {
    process.off('SIGINT', ignore);
  }
}
