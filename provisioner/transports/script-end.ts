/** How a script that a shell was given ended: what SSH and this machine's own processes have in common. */
import { BoundedOutput } from './bounded-output';
import { type Started, StartLine } from './shell-start';
import type { Outcome } from './transport';

/** Most bytes that are kept of a script's standard error. */
const STDERR_BYTES = 64 * 1024;

/** What a script says, as far as it is kept. */
export class ScriptOutput {
  private readonly stdout: BoundedOutput;
  private readonly stderr = new BoundedOutput(STDERR_BYTES);
  private readonly start = new StartLine();

  /**
   * @param limit most bytes of standard output that are kept
   * @param onChunk is told every chunk of standard output, also what is not kept
   */
  constructor(
    limit: number,
    private readonly onChunk: (chunk: Buffer) => void,
  ) {
    this.stdout = new BoundedOutput(limit);
  }

  /** What the shell said of itself before the script; undefined until then. */
  get started(): Started | undefined {
    return this.start.started;
  }

  get text(): string {
    return this.stdout.toString();
  }

  addStdout(chunk: Buffer): void {
    const own = this.start.take(chunk);
    if (own.length === 0) return;
    this.stdout.add(own);
    this.onChunk(own);
  }

  addStderr(chunk: Buffer): void {
    this.stderr.add(chunk);
  }

  /** The outcome of a shell that ended by itself. */
  finished(exitCode: number): Outcome {
    const stderr = this.stderr.toString();
    if (this.started !== undefined) return { kind: 'finished', exitCode, stdout: this.text, stderr };
    const said = stderr.trim().split('\n').slice(-3).join('\n');
    return { kind: 'unreachable', reason: notStarted(exitCode, said) };
  }
}

function notStarted(exitCode: number, said: string): string {
  const because = said === '' ? '' : `: ${said}`;
  const advice = /sudo/.test(said)
    ? '. Let the user run sudo without a password (NOPASSWD), or sign in as root (ssh.user)'
    : '';
  return `no shell could be started as root (exit code ${exitCode})${because}${advice}`;
}
