import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { runCommandLine } from '../../provisioner/cli/run-command-line';

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

// What commands keep for later must not come from a test.
process.env.STAGECRAFT_STATE_DIR ??= mkdtempSync(join(tmpdir(), 'stagecraft-state-'));

/** One command of the command line in this process: a process of its own takes a second and more. */
export async function inProcess(
  register: (program: Command) => void,
  ...args: readonly string[]
): Promise<Result> {
  const written = { stdout: '', stderr: '' };
  const capture = (stream: 'stdout' | 'stderr') =>
    jest.spyOn(process[stream], 'write').mockImplementation((text) => {
      written[stream] += text;
      return true;
    });
  const spies = [capture('stdout'), capture('stderr')];
  const program = new Command('stagecraft');
  register(program);
  await runCommandLine(program, ['node', 'stagecraft', ...args]);
  for (const spy of spies) spy.mockRestore();
  const code = Number(process.exitCode ?? 0);
  process.exitCode = undefined;
  return { code, ...written };
}
