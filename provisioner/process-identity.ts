import { existsSync, readFileSync } from 'node:fs';

/** A process of this machine. Its number alone is no identity: it is given away again. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after the machine's start; empty where there is no /proc to ask (macOS). */
  readonly startTime: string;
}

export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, startTime: startTimeOf(process.pid) ?? '' };
}

/**
 * False for a process that has ended, zombies included, and for another one that has its number now. Without /proc the
 * number has to do.
 */
export function isAlive({ pid, startTime }: ProcessIdentity): boolean {
  return hasProc ? startTimeOf(pid) === startTime : answers(pid);
}

const hasProc = existsSync('/proc/self/stat');

function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold anything; after it state is the first field and the start time the twentieth.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Signal 0 is delivered to nobody; it says whether there is somebody (kill(2)). */
function answers(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
