import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../error-code';
import { UserError } from '../errors';
import { type LeaseRecord, leaseRecord } from './record';
import type { Expected, LeaseStore, Written } from './store';

/**
 * A lease in a folder of this machine. Each state of it is a file with the next number, made by linking, which fails
 * where somebody else was faster: so a write that goes out from an old state never counts, and there is no lock that a
 * killed process could leave behind. An empty object is a free lease.
 *
 * @param folder of this lease alone
 */
export function fileStore(folder: string): LeaseStore {
  const explained = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (error instanceof UserError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new UserError(
        `The lease in ${folder} cannot be used: ${reason}.`,
        'A run as root leaves the folder to root: `sudo chown -R "$USER" .stagecraft`, or set STAGECRAFT_STATE_DIR.',
      );
    }
  };
  return {
    where: folder,
    reach: 'this machine',
    read: async () => explained(() => latest(folder).record),
    write: async (record, expected) => explained(() => write(folder, expected, record)),
    remove: async (id) => explained(() => remove(folder, id)),
  };
}

interface State {
  readonly number: number;
  readonly record: LeaseRecord | undefined;
}

function write(folder: string, expected: Expected, record: LeaseRecord): Written {
  const state = latest(folder);
  return isAs(expected, state.record) ? replace(folder, state, record) : refused(state);
}

function remove(folder: string, id: string): Written {
  for (;;) {
    const state = latest(folder);
    if (state.record?.id !== id) return refused(state);
    const removed = replace(folder, state, undefined);
    // A renewal came in between: it is the same lease still.
    if (removed.done || removed.current?.id !== id) return removed;
  }
}

function replace(folder: string, from: State, record: LeaseRecord | undefined): Written {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const number = from.number + 1;
  const draft = join(folder, `${randomUUID()}.new`);
  try {
    writeFileSync(draft, `${JSON.stringify(record ?? {}, null, 2)}\n`, { mode: 0o600 });
    linkSync(draft, join(folder, nameOf(number)));
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return refused(latest(folder));
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  // Old numbers are cleared away, so a writer that slept for long may find its next number free again: it is too late.
  const now = latest(folder);
  if (now.number !== number) return refused(now);
  for (const old of numbersIn(folder)) if (old < number) rmSync(join(folder, nameOf(old)), { force: true });
  return { done: true };
}

function refused({ record }: State): Written {
  return { done: false, current: record };
}

function isAs(expected: Expected, current: LeaseRecord | undefined): boolean {
  if (expected === 'free') return current === undefined;
  return current?.id === expected.id && current.renewals === expected.renewals;
}

function latest(folder: string): State {
  for (;;) {
    const number = Math.max(0, ...numbersIn(folder));
    if (number === 0) return { number, record: undefined };
    try {
      return { number, record: parse(readFileSync(join(folder, nameOf(number)), 'utf8'), folder) };
    } catch (error) {
      // Replaced and cleared away between the two looks.
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }
}

function numbersIn(folder: string): number[] {
  try {
    return readdirSync(folder).flatMap((name) =>
      /^\d+\.json$/.test(name) ? [Number.parseInt(name, 10)] : [],
    );
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Numbers sort as names do. */
function nameOf(number: number): string {
  return `${String(number).padStart(10, '0')}.json`;
}

function parse(content: string, folder: string): LeaseRecord | undefined {
  // A file is linked when it is whole; a machine that lost power may still keep an empty one. Its holder is gone too.
  if (content.trim() === '' || content.trim() === '{}') return undefined;
  const record = leaseRecord.safeParse(json(content));
  if (record.success) return record.data;
  throw new UserError(
    `The lease in ${folder} is not in a form that this version knows.`,
    'Another version of stagecraft may be at work: see who it is there, and remove the folder only if that run is gone.',
  );
}

function json(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
