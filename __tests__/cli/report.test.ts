import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openerHere, registerReport } from '../../provisioner/cli/report';
import type { RunEvent } from '../../provisioner/engine/events';
import { at, failing } from '../report/events';
import { inProcess } from './in-process';

const before = process.env.STAGECRAFT_STATE_DIR;
let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'stagecraft-report-'));
  process.env.STAGECRAFT_STATE_DIR = state;
});
afterEach(() => {
  rmSync(state, { recursive: true, force: true });
  if (before === undefined) delete process.env.STAGECRAFT_STATE_DIR;
  else process.env.STAGECRAFT_STATE_DIR = before;
});

function record(id: string, environment: string, events: readonly RunEvent[] = failing): void {
  const [first, ...rest] = events;
  const folder = join(state, 'runs', id);
  mkdirSync(folder, { recursive: true });
  const lines = [{ ...first, environment, runId: id }, ...rest].map((event) => `${JSON.stringify(event)}\n`);
  writeFileSync(join(folder, 'events.jsonl'), lines.join(''));
}

const report = (...args: string[]) => inProcess(registerReport, 'report', '--no-open', ...args);

test('the last run of an environment: its report is made where it is missing, and its path printed', async () => {
  record('20260101T120000-aaaa', 'prod');
  record('20260102T120000-bbbb', 'dev');
  const { code, stdout, stderr } = await report('--env', 'prod');
  const path = join(state, 'runs', '20260101T120000-aaaa', 'report.html');
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${path}\n`, stderr: '' });
  expect(readFileSync(path, 'utf8')).toContain('<title>prod: Failed (20260101T120000-aaaa)</title>');
  expect((await report()).stdout).toContain('20260102T120000-bbbb');
});

test('a run whose controller was killed in the middle of a line', async () => {
  record('20260101T120000-aaaa', 'prod', failing.slice(0, 8));
  const events = join(state, 'runs', '20260101T120000-aaaa', 'events.jsonl');
  writeFileSync(events, `${readFileSync(events, 'utf8')}{"time":"2026-01-01T12`);
  const { code, stdout, stderr } = await report();
  expect(code).toBe(0);
  expect(stderr).toMatch(/^1 of the lines in .*events.jsonl could not be read/);
  expect(readFileSync(stdout.trim(), 'utf8')).toContain('No end recorded');
});

test('--list shows the runs, the latest first, and makes nothing', async () => {
  record('20260101T120000-aaaa', 'prod');
  record('20260102T120000-bbbb', 'dev', failing.slice(0, 8));
  const { stdout } = await report('--list');
  expect(stdout).toBe(`RUN                   ENVIRONMENT  STARTED                  MODE   NODES  TOOK   RESULT
20260102T120000-bbbb  dev          2026-01-01 12:00:00 UTC  apply  2      ?      No end recorded
20260101T120000-aaaa  prod         2026-01-01 12:00:00 UTC  apply  2      5.2 s  Failed
`);
  expect(existsSync(join(state, 'runs', '20260101T120000-aaaa', 'report.html'))).toBe(false);
  expect((await report('--list', '--env', 'sandbox')).stdout).toBe('No runs are kept.\n');
});

test('a run by the beginning of its id; what is not clear is asked back', async () => {
  record('20260101T120000-aaaa', 'prod');
  record('20260101T130000-bbbb', 'prod');
  expect((await report('20260101T12')).stdout).toContain('20260101T120000-aaaa');
  expect(await report('20260101')).toMatchObject({
    code: 64,
    stderr: expect.stringContaining('the beginning of 2 runs'),
  });
  expect(await report('20260101T120000-aaab')).toMatchObject({
    code: 64,
    stderr: expect.stringContaining("Did you mean '20260101T120000-aaaa'?"),
  });
});

test('no runs, no record, a wrong environment: words, and an exit code', async () => {
  expect(await report('--env', 'prod')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('No run of prod has left a record'),
  });
  expect(await report('--env', 'prd')).toMatchObject({ code: 64, stderr: expect.stringContaining('prod') });
  record('20260101T120000-aaaa', 'prod', [at(0, { type: 'node-unreachable', node: 'n', reason: 'r' })]);
  expect(await report()).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('does not begin with the start of a run'),
  });
});

test.each([
  ['darwin', {}, 'open'],
  ['linux', { DISPLAY: ':0' }, 'xdg-open'],
  ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, 'xdg-open'],
  ['linux', {}, undefined],
  ['linux', { DISPLAY: ':0', CI: 'true' }, undefined],
] as const)('on %s with %j a report is opened with %s', (platform, variables, expected) => {
  expect(openerHere(platform, variables)).toBe(expected);
});
