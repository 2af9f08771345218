import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { codeOf } from '../error-code';
import { UserError } from '../errors';
import { isAlive, thisProcess } from '../process-identity';

const owner = z.object({ pid: z.number().int(), startTime: z.string() });

/** Seconds that one command waits for another that holds the lock. */
const PATIENCE_SECONDS = 120;

/**
 * Runs one at a time what holds the same lock file, across processes. The lock of a process that has died counts for nothing.
 *
 * @throws UserError when the lock does not come free
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  await acquire(file);
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

async function acquire(file: string): Promise<void> {
  const mine = `${file}.${randomUUID()}`;
  const until = Date.now() + PATIENCE_SECONDS * 1000;
  try {
    for (;;) {
      writeFileSync(mine, JSON.stringify(thisProcess()), { mode: 0o600 });
      if (linked(mine, file)) return;
      if (!isHeld(file)) breakLock(file, mine);
      else if (Date.now() > until)
        throw new UserError(
          `another command has held ${file} for ${PATIENCE_SECONDS} seconds`,
          'Wait for it to end, or end it; a lock whose owner is gone is taken over.',
        );
      else await sleep(50);
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Linking is atomic and fails where the name is taken. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function isHeld(file: string): boolean {
  try {
    const holder = owner.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    return holder.success && isAlive(holder.data);
  } catch {
    return false;
  }
}

/** Moves a dead lock aside; when a living one was caught, because somebody was faster, it goes back. */
function breakLock(file: string, mine: string): void {
  const aside = `${mine}.broken`;
  try {
    renameSync(file, aside);
  } catch {
    return; // Gone meanwhile.
  }
  if (isHeld(aside)) linked(aside, file);
  rmSync(aside, { force: true });
}
