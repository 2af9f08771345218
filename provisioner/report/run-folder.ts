import {
  closeSync,
  createReadStream,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { stateDirectory } from '../state-directory';
import { ReportBuilder } from './build';
import type { Report } from './model';
import { readEvent } from './read-events';
import { renderReport } from './render';

/** How many runs are kept; older ones are removed when a run ends. */
export const KEPT_RUNS = 50;

/** The folder that a run leaves behind: its events, and the report that is made of them. */
export interface RunFolder {
  readonly id: string;
  readonly path: string;
  readonly events: string;
  readonly report: string;
}

export function runFolder(id: string, runs = join(stateDirectory(), 'runs')): RunFolder {
  const path = join(runs, id);
  return { id, path, events: join(path, 'events.jsonl'), report: join(path, 'report.html') };
}

/** The runs that left a record, the latest first. Their names sort by time. */
export function runFolders(runs = join(stateDirectory(), 'runs')): RunFolder[] {
  return idsIn(runs)
    .map((id) => runFolder(id, runs))
    .filter(({ events }) => modified(events) !== undefined);
}

/** Removes the folders of old runs. What is not named like a run is left alone. */
export function removeOldRuns(runs = join(stateDirectory(), 'runs'), keep = KEPT_RUNS): void {
  for (const id of idsIn(runs).slice(keep)) rmSync(join(runs, id), { recursive: true, force: true });
}

/** Writes a run's report in one step, readable by the operator only, as what it is made of. */
export function writeReport({ report: file }: RunFolder, report: Report): void {
  // A name of its own: `report` may make one while the run that it is about ends.
  const draft = `${file}.${process.pid}.tmp`;
  writeFileSync(draft, renderReport(report), { mode: 0o600 });
  renameSync(draft, file);
}

/** The report of a run as its events tell it, and how many lines of them could not be read. */
export async function readRun({
  events,
}: RunFolder): Promise<{ report: Report | undefined; unreadable: number }> {
  const builder = new ReportBuilder();
  let unreadable = 0;
  // Line by line: the record of a large fleet can be longer than a string may be.
  for await (const line of createInterface({
    input: createReadStream(events, 'utf8'),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    const event = readEvent(line);
    if (event === 'unreadable') unreadable += 1;
    else if (event !== 'unknown') builder.add(event);
  }
  return { report: builder.report(), unreadable };
}

/** How a run began and ended, without reading what is between. Undefined where the record does not begin with a run. */
export function glanceAt({ events }: RunFolder): Report | undefined {
  const builder = new ReportBuilder();
  const { first, last } = firstAndLastLine(events);
  for (const line of [first, last]) {
    const event = readEvent(line);
    if (typeof event !== 'string') builder.add(event);
  }
  return builder.report();
}

/** Whether the report is there and tells all that was recorded. */
export function hasReport({ events, report }: RunFolder): boolean {
  const made = modified(report);
  return made !== undefined && made >= (modified(events) ?? 0);
}

function idsIn(runs: string): string[] {
  try {
    return readdirSync(runs)
      .filter((name) => /^\d{8}T\d{6}-[0-9a-f]{4}$/.test(name))
      .sort()
      .reverse();
  } catch {
    return [];
  }
}

function modified(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

function firstAndLastLine(file: string): { first: string; last: string } {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    return { first: lineFrom(descriptor, size), last: lineUpTo(descriptor, size) };
  } finally {
    closeSync(descriptor);
  }
}

const CHUNK = 65_536;

function lineFrom(descriptor: number, size: number): string {
  for (let length = CHUNK; ; length *= 4) {
    const text = readAt(descriptor, 0, Math.min(size, length));
    const end = text.indexOf('\n');
    if (end !== -1 || length >= size) return end === -1 ? text : text.slice(0, end);
  }
}

function lineUpTo(descriptor: number, size: number): string {
  for (let length = CHUNK; ; length *= 4) {
    const from = Math.max(0, size - length);
    const text = readAt(descriptor, from, size - from).trimEnd();
    const start = text.lastIndexOf('\n');
    if (start !== -1 || from === 0) return text.slice(start + 1);
  }
}

function readAt(descriptor: number, position: number, length: number): string {
  const buffer = Buffer.alloc(length);
  return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, length, position));
}
