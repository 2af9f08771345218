/**
 * How a script is started where a shell takes it on standard input: over SSH and on this machine. The command line is
 * the same for every script; the script itself, which may be long, is never in an argument list.
 */
import { quote } from '../engine/shell';

/**
 * Tells its process group and the machine's boot in a line of its own, so that everything it starts can be killed; then
 * reads the script to its end before anything of it runs.
 */
const START =
  'read -r _ _ _ _ g _ </proc/self/stat; read -r b </proc/sys/kernel/random/boot_id; echo "::started $g $b"; eval "$(cat)"';

/** The command, for the login shell of the user: root runs it as it is, anybody else through sudo without a password. */
export function startCommand(user: string): string {
  return `${user === 'root' ? '' : 'sudo -n '}sh -c ${quote(START)}`;
}

/** The same as arguments. */
export function startArguments(isRoot: boolean): [string, ...string[]] {
  return isRoot ? ['sh', '-c', START] : ['sudo', '-n', 'sh', '-c', START];
}

/** What goes to standard input. In braces: what is cut off on its way is a syntax error, not half a script that runs. */
export function standardInput(script: string, nodeId: string): string {
  return `{\nSTAGECRAFT_NODE_ID=${quote(nodeId)}; export STAGECRAFT_NODE_ID\n${script}\n}\n`;
}

/** The command that kills what was started: the whole process group, at once. */
export function killCommand(user: string, group: number): string {
  return `${user === 'root' ? '' : 'sudo -n '}kill -s KILL -- -${group}`;
}

/** The same as arguments. */
export function killArguments(isRoot: boolean, group: number): [string, ...string[]] {
  const kill: [string, ...string[]] = ['kill', '-s', 'KILL', '--', `-${group}`];
  return isRoot ? kill : ['sudo', '-n', ...kill];
}

export interface Started {
  readonly group: number;
  readonly bootId: string;
}

/** Most bytes of greetings (a login shell's own start-up files may print) that are looked through for the first line. */
const GREETING_BYTES = 64 * 1024;

/** Takes the line that `START` prints out of the output; what comes before it is no output of the script. */
export class StartLine {
  started: Started | undefined;
  private before: Buffer | undefined = Buffer.alloc(0);

  /** What of a chunk is the script's. */
  take(chunk: Buffer): Buffer {
    if (this.before === undefined) return chunk;
    const all = Buffer.concat([this.before, chunk]);
    const found = /^::started (\d{1,10}) ([0-9a-f-]{36})\n/m.exec(all.toString('latin1'));
    if (found === null) {
      this.before = all.length > GREETING_BYTES ? undefined : all;
      return Buffer.alloc(0);
    }
    this.before = undefined;
    this.started = { group: Number(found[1]), bootId: found[2] ?? '' };
    return all.subarray(found.index + found[0].length);
  }
}
