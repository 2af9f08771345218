import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reportListener } from '../../../provisioner/cli/output/report';
import { reportOf } from '../../../provisioner/report/build';
import { KEPT_RUNS } from '../../../provisioner/report/run-folder';
import { failing, RUN } from '../../report/events';

const before = process.env.STAGECRAFT_STATE_DIR;
let state: string;
let said: string;
let complaints: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'stagecraft-report-'));
  process.env.STAGECRAFT_STATE_DIR = state;
  said = '';
  complaints = '';
});
afterEach(() => {
  rmSync(state, { recursive: true, force: true });
  if (before === undefined) delete process.env.STAGECRAFT_STATE_DIR;
  else process.env.STAGECRAFT_STATE_DIR = before;
});

const end = (events = failing) =>
  reportListener(RUN, () => reportOf(events), {
    say: (text) => {
      said += text;
    },
    complain: (text) => {
      complaints += text;
    },
  }).end();

test('the report is written when the run is over, and its place told', async () => {
  mkdirSync(join(state, 'runs', RUN), { recursive: true });
  await end();
  expect(said).toBe(`report: ${join(state, 'runs', RUN, 'report.html')}\n`);
  expect(existsSync(join(state, 'runs', RUN, 'report.html'))).toBe(true);
});

test('so is that of a run that broke off before its end', async () => {
  mkdirSync(join(state, 'runs', RUN), { recursive: true });
  await end(failing.slice(0, 8));
  expect(existsSync(join(state, 'runs', RUN, 'report.html'))).toBe(true);
});

test('a run that never started leaves none', async () => {
  await end([]);
  expect(said + complaints).toBe('');
});

test('what can not be written is said, and no error', async () => {
  writeFileSync(join(state, 'runs'), 'a file where a folder should be');
  await end();
  expect(said).toBe('');
  expect(complaints).toMatch(
    /^The report could not be written: .*\n {2}Once that is mended, `npm run report` makes it/,
  );
});

test('the last runs stay', async () => {
  const old = Array.from(
    { length: KEPT_RUNS + 5 },
    (_, index) =>
      `202501${String(index % 28).padStart(2, '0')}T000000-${index.toString(16).padStart(4, '0')}`,
  );
  for (const id of [...old, RUN]) mkdirSync(join(state, 'runs', id), { recursive: true });
  await end();
  const kept = readdirSync(join(state, 'runs')).sort();
  expect(kept).toHaveLength(KEPT_RUNS);
  expect(kept.at(-1)).toBe(RUN);
});
