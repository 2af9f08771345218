import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunEvent } from '../../provisioner/engine/events';
import {
  glanceAt,
  hasReport,
  readRun,
  removeOldRuns,
  runFolder,
  runFolders,
  writeReport,
} from '../../provisioner/report/run-folder';
import { exampleRun } from '../../scripts/example-run';
import { failing, RUN } from './events';

let runs: string;
beforeEach(() => {
  runs = mkdtempSync(join(tmpdir(), 'stagecraft-runs-'));
});
afterEach(() => rmSync(runs, { recursive: true, force: true }));

function recorded(id: string, events: readonly RunEvent[], tail = '') {
  const folder = runFolder(id, runs);
  mkdirSync(folder.path);
  writeFileSync(folder.events, events.map((event) => `${JSON.stringify(event)}\n`).join('') + tail);
  return folder;
}

async function reportOfRun(folder: ReturnType<typeof runFolder>) {
  const { report } = await readRun(folder);
  if (report === undefined) throw new Error('no report');
  return report;
}

test('the last runs stay, the latest first; what is not a run is left alone', () => {
  for (const day of ['03', '01', '02', '04']) recorded(`202601${day}T120000-abcd`, failing);
  mkdirSync(join(runs, 'notes'));
  removeOldRuns(runs, 2);
  expect(runFolders(runs).map(({ id }) => id)).toEqual(['20260104T120000-abcd', '20260103T120000-abcd']);
  expect(readdirSync(runs)).toContain('notes');
});

test('no folder, no runs', () => {
  expect(runFolders(join(runs, 'absent'))).toEqual([]);
});

test('a record that was cut off in a line is read up to there', async () => {
  const folder = recorded(RUN, failing.slice(0, 8), '{"time":"2026-01-01T12:00:05.000Z","type":"ta');
  const { report, unreadable } = await readRun(folder);
  expect(unreadable).toBe(1);
  expect(report?.verdict.kind).toBe('unfinished');
  expect(report?.nodes[0]?.results).toHaveLength(2);
});

test('the report is whole, for the operator only, and known to be out of date when events follow', async () => {
  const folder = recorded(RUN, failing);
  expect(hasReport(folder)).toBe(false);
  writeReport(folder, await reportOfRun(folder));
  expect(hasReport(folder)).toBe(true);
  expect(statSync(folder.report).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder.path).sort()).toEqual(['events.jsonl', 'report.html']);
  const later = new Date(Date.now() + 60_000);
  utimesSync(folder.events, later, later);
  expect(hasReport(folder)).toBe(false);
});

test('a glance tells how a run began and ended, however long its lines', async () => {
  const folder = recorded(
    RUN,
    exampleRun({ nodes: 3000 }).filter(({ type }) => type !== 'facts' && type !== 'task'),
  );
  const whole = await reportOfRun(folder);
  expect(glanceAt(folder)).toMatchObject({
    environment: 'prod',
    milliseconds: whole.milliseconds,
    verdict: whole.verdict,
  });
  expect(glanceAt(folder)?.nodes).toHaveLength(3000);
});
