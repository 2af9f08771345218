import type { Report, Verdict } from './model';

/** How a run and its figures read, in the report, the summary and the list of runs. */

export function describeVerdict({ verdict, mode }: Report): string {
  switch (verdict.kind) {
    case 'failed':
      return 'Failed';
    case 'unreachable':
      return 'Nodes unreachable';
    case 'stopped':
      return verdict.stopped === 'interrupted' ? 'Interrupted' : 'Stopped';
    case 'unfinished':
      return 'No end recorded';
    case 'changed':
      return mode === 'check' ? 'Would change' : 'Changed';
    case 'unchanged':
      return mode === 'check' ? 'Nothing would change' : 'Nothing to change';
  }
}

/** What was run: `provision`, `run`, `restore` …, or `check`. */
export function commandOf({ mode, origin }: Report): string {
  if (mode === 'check') return 'check';
  const [word = ''] = origin?.command.split(' ') ?? [];
  return /^[a-z][a-z-]*$/.test(word) ? word : 'provision';
}

/** A sentence about a run that ended early, or has not ended. */
export function describeStop({ verdict, usage }: Report): string | undefined {
  // Only the last event of a run tells what it used.
  if (usage === undefined)
    return 'The record of this run has no end: it still goes on, or the controller was killed or lost. What is below is as far as the record goes. The next run goes on from there.';
  return verdict.stopped === undefined ? undefined : `The run ended early: ${verdict.stopped}`;
}

export function isBad({ kind }: Verdict): boolean {
  return kind !== 'changed' && kind !== 'unchanged';
}

/** `0.4 s`, `12.3 s`, `3 min 05 s`, `1 h 02 min`. */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(Math.round(seconds) / 60);
  if (minutes < 60) return `${minutes} min ${String(Math.round(seconds) % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** `2026-11-25 02:44:12 UTC`. */
export function moment(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

export function counted(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`;
}

/** How many nodes are where, and the tasks of all of them together. */
export function totals({ nodes }: Report): {
  readonly nodes: { failed: number; unreachable: number; changed: number; unchanged: number };
  readonly tasks: { ok: number; changed: number; failed: number; skipped: number };
} {
  const sum = { ok: 0, changed: 0, failed: 0, skipped: 0 };
  const of = { failed: 0, unreachable: 0, changed: 0, unchanged: 0 };
  for (const { counts } of nodes) {
    sum.ok += counts.ok;
    sum.changed += counts.changed;
    sum.failed += counts.failed;
    sum.skipped += counts.skipped;
    if (counts.failed > 0) of.failed += 1;
    else if (counts.unreachable > 0) of.unreachable += 1;
    else if (counts.changed > 0) of.changed += 1;
    else of.unchanged += 1;
  }
  return { nodes: of, tasks: sum };
}
