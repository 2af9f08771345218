import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import type { RunningCommand } from '../agent';

/** Most that is kept of each stream, in bytes: the agent's own plugin output is capped likewise. */
const CAP = 1024 * 1024;

/** How long output may still trickle in after the script's end, in milliseconds. */
const GRACE_MS = 200;

/**
 * Collects what a command says. It is over when the command itself has ended: a service that it started may keep the
 * streams open for years, and is read and forgotten from then on.
 */
export function capture(child: ChildProcess): RunningCommand['result'] {
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  return new Promise((resolve) => {
    const done = (exitCode: number) => resolve({ exitCode, stdout: stdout(), stderr: stderr() });
    child.once('error', (error) =>
      resolve({ exitCode: 1, stdout: stdout(), stderr: Buffer.from(`${error.message}\n`) }),
    );
    child.once('exit', (code, killedBy) => {
      const exitCode = code ?? 128 + (killedBy === null ? 0 : constants.signals[killedBy]);
      const late = setTimeout(() => done(exitCode), GRACE_MS);
      child.once('close', () => {
        clearTimeout(late);
        done(exitCode);
      });
    });
  });
}

function collect(stream: Readable | null): () => Buffer {
  const chunks: Buffer[] = [];
  let length = 0;
  stream?.on('data', (chunk: Buffer) => {
    if (length >= CAP) return;
    const kept = chunk.subarray(0, CAP - length);
    chunks.push(kept);
    length += kept.length;
  });
  return () => Buffer.concat(chunks);
}
