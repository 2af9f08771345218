/** What /proc says of the processes and mounts of a sandbox. */
import { readdirSync, readFileSync } from 'node:fs';

/** Variable in the environment of every process that a sandbox leaves outside its nodes; its value is the state folder. */
export const MARKER = 'STAGECRAFT_SANDBOX_STATE';

/** The processes that a sandbox has left running, whatever became of its daemon. */
export function markedProcesses(stateRoot: string): number[] {
  const wanted = `${MARKER}=${stateRoot}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && environmentOf(pid).includes(wanted));
}

/** Mount points below a folder in this process's view. */
export function mountsBelow(folder: string): string[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => unescapeMount(line.split(' ')[1] ?? ''))
    .filter((point) => point === folder || point.startsWith(`${folder}/`));
}

function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return []; // Ended, or somebody else's.
  }
}

/** The kernel writes blanks in paths as octal numbers. */
function unescapeMount(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
