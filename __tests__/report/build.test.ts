import type { RunEvent } from '../../provisioner/engine/events';
import { reportOf } from '../../provisioner/report/build';
import type { Report } from '../../provisioner/report/model';
import { pageData } from '../../provisioner/report/page-data';
import { describeStop, describeVerdict } from '../../provisioner/report/wording';
import { at, failing, started, task } from './events';

function built(events: Iterable<RunEvent>): Report {
  const report = reportOf(events);
  if (report === undefined) throw new Error('no report');
  return report;
}

describe('a failing run', () => {
  const report = built(failing);
  const [web, db] = report.nodes;

  it('has the run, its plays and what each node did', () => {
    expect(report).toMatchObject({
      environment: 'prod',
      milliseconds: 5200,
      origin: { user: 'kim', host: 'laptop' },
      usage: { commands: 2, apiCalls: 9, throttles: 0 },
      prerequisites: [{ play: 0, name: 'parameter /p/token', status: 'changed' }],
    });
    expect(report.plays).toEqual([
      { name: 'base', start: 1000, milliseconds: 4100, nodes: 1 },
      { name: 'k3s', start: 5100, milliseconds: 0, nodes: 0, skipped: 'none of its nodes is left' },
    ]);
    expect(report.tasks.map((one) => one.task)).toEqual(['timezone', '/etc/demo', 'swap is off', 'packages']);
    expect(web).toMatchObject({ name: 'web-1', facts: { arch: 'arm64' }, counts: { failed: 1 } });
    expect(db).toMatchObject({
      left: { kind: 'unreachable', reason: 'its SSM agent is ConnectionLost', at: 500 },
    });
  });

  it('places results that came at once one after the other, before the moment they came', () => {
    expect(web?.results.map(({ start, milliseconds }) => [start, milliseconds])).toEqual([
      [3000, 100],
      [3100, 400],
      [3500, 0],
      [3500, 1500],
    ]);
  });

  it('says why it failed, and where the rest is', () => {
    expect(web?.results.at(-1)).toMatchObject({
      status: 'failed',
      diff: 'chrony is not installed\n',
      error: {
        what: 'apply failed with exit code 100',
        lastLines: 'E: Unable to locate package chrony',
        log: 'web-1:/var/log/stagecraft/20260101T120000-abcd.log',
      },
    });
    expect(describeVerdict(report)).toBe('Failed');
  });
});

it('leaves streamed results where they were heard of', () => {
  const report = built([
    started(['n']),
    at(1000, { type: 'batch-started', play: 'base', hosts: ['n'] }),
    task(2000, 'n', 'a', { milliseconds: 500 }),
    task(9000, 'n', 'b', { milliseconds: 300 }),
  ]);
  expect(report.nodes[0]?.results.map(({ start }) => start)).toEqual([1500, 8700]);
});

it('starts nothing before its batch, whatever a clock says', () => {
  const report = built([
    started(['n']),
    at(1000, { type: 'batch-started', play: 'base', hosts: ['n'] }),
    task(1100, 'n', 'a', { milliseconds: 500 }),
    task(1100, 'n', 'b', { milliseconds: 300 }),
  ]);
  expect(report.nodes[0]?.results.map(({ start }) => start)).toEqual([1000, 1500]);
});

describe('a run without an end', () => {
  const report = built(failing.slice(0, 8));

  it('is told as far as the record goes, with counts of its own', () => {
    expect(report.verdict).toEqual({ kind: 'unfinished' });
    expect(report.milliseconds).toBe(5000);
    expect(report.nodes.map(({ counts }) => counts)).toMatchObject([
      { ok: 2, changed: 1, failed: 0 },
      { unreachable: 1 },
    ]);
    expect(describeStop(report)).toMatch(/no end/);
  });

  it('is told as failed once a task failed', () => {
    expect(built(failing.slice(0, 10)).verdict.kind).toBe('failed');
  });
});

it.each([
  ['interrupted', 'Interrupted'],
  ['play "base" stops the run at the first failed node (anyErrorsFatal)', 'Stopped'],
])('a run that ended early (%s) reads "%s"', (stopped, expected) => {
  const figures = { commands: 0, apiCalls: 0, throttles: 0, milliseconds: 10 };
  const report = built([started(['n']), at(10, { type: 'run-finished', recap: {}, ...figures, stopped })]);
  expect(describeVerdict(report)).toBe(expected);
  expect(describeStop(report)).toContain(stopped);
});

it('is no report without the start of a run', () => {
  expect(reportOf(failing.slice(1))).toBeUndefined();
  expect(reportOf([])).toBeUndefined();
});

it('says so where a text is too long or all of them are, and never loses why something failed', () => {
  const names = Array.from({ length: 600 }, (_, index) => `n${index}`);
  const long = (name: string) => `${name} ${'x'.repeat(40_000)} end`;
  const error = { what: 'w', lastLines: [], log: 'l' };
  const report = built([
    started(names),
    ...names.map((name) => task(10, name, 'big', { status: 'changed', diff: long(name) })),
    task(20, 'n0', 'broken', { status: 'failed', diff: long('why'), error }),
  ]);
  const diffs = report.nodes.map(({ results }) => results[0]?.diff ?? '');
  expect(diffs[0]).toMatch(/^n0 x+\n\[… \d+ characters left out; they are in events.jsonl …\]\nx+ end$/);
  expect(diffs.at(-1)).toMatch(/^\[left out, because this report has reached its size/);
  expect(report.nodes[0]?.results.at(-1)?.diff).toMatch(/^why x/);
  expect(JSON.stringify(pageData(report)).length).toBeLessThan(8_000_000);
});

it('keeps a text once, however many nodes say it', () => {
  const names = Array.from({ length: 500 }, (_, index) => `n${index}`);
  const diff = `same ${'y'.repeat(5000)}`;
  const report = built([
    started(names),
    ...names.map((name) => task(10, name, 't', { status: 'changed', diff })),
  ]);
  expect(pageData(report).strings.filter((one) => one.includes('yyy'))).toHaveLength(1);
});

describe('nodes out of service', () => {
  const events: RunEvent[] = [
    started(['s1', 'a1', 'a2', 'a3']),
    at(0, { type: 'batch-started', play: 'base', hosts: ['s1', 'a1', 'a2', 'a3'] }),
    ...['a1', 'a2', 'a3'].map((node) =>
      at(100, { type: 'node-held', play: 'base', node, role: 'k3s', task: 'binary' }),
    ),
    at(200, { type: 'disruption-started', play: 'base', node: 'a1', by: 's1' }),
    task(900, 's1', 'drain', { milliseconds: 100 }),
    at(1200, {
      type: 'disruption-finished',
      play: 'base',
      node: 'a1',
      by: 's1',
      outcome: 'back',
      milliseconds: 1000,
    }),
    at(1200, { type: 'disruption-started', play: 'base', node: 'a2' }),
  ];
  const stopped = at(1500, {
    type: 'disruption-finished',
    play: 'base',
    node: 'a2',
    outcome: 'stopped',
    reason: 'it is cordoned',
    milliseconds: 300,
  });

  it('has each with who acted for it and how it ended', () => {
    expect(built([...events, stopped]).disruptions).toEqual([
      { play: 0, node: 'a1', by: 's1', start: 200, milliseconds: 1000, outcome: 'back' },
      { play: 0, node: 'a2', start: 1200, milliseconds: 300, outcome: 'stopped', reason: 'it is cordoned' },
    ]);
  });

  it('says so where the record ends before a node is back', () => {
    expect(built(events).disruptions[1]).toMatchObject({ node: 'a2', outcome: 'open' });
  });

  it('tells of nodes whose turn never came, and of no others', () => {
    const left = built([...events, stopped]).nodes.flatMap(({ name, left }) =>
      left ? [[name, left.kind]] : [],
    );
    expect(left).toEqual([['a3', 'held']]);
  });

  it('places what is done for a node within its turn', () => {
    expect(built(events).nodes[0]?.results[0]).toMatchObject({ start: 800, milliseconds: 100 });
  });
});
