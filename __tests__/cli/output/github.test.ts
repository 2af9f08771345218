import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { githubListener, harmless } from '../../../provisioner/cli/output/github';
import type { RunEvent } from '../../../provisioner/engine/events';
import { ReportBuilder } from '../../../provisioner/report/build';
import { exampleRun } from '../../../scripts/example-run';
import { failing, started, task } from '../../report/events';

const folder = mkdtempSync(join(tmpdir(), 'stagecraft-github-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function told(events: Iterable<RunEvent>, summaryFile?: string) {
  let log = '';
  let complaints = '';
  const write = (text: string) => {
    log += text;
  };
  const complain = (text: string) => {
    complaints += text;
  };
  const show = { diff: true, verbose: false, color: true, write };
  const builder = new ReportBuilder();
  const listener = githubListener(show, () => builder.report(), { summaryFile, complain });
  for (const event of events) {
    builder.add(event);
    listener.on(event);
  }
  await listener.end();
  return { log, complaints };
}

test('a group for each play, plain lines, and an annotation for each thing that went wrong', async () => {
  const file = join(folder, 'log.md');
  const { log } = await told(failing, file);
  const lines = log.split('\n');
  expect(lines).toContain('::group::PLAY [base] 1 node, 4 tasks');
  expect(lines.filter((line) => line === '::endgroup::')).toHaveLength(1);
  expect(lines.indexOf('::endgroup::')).toBeLessThan(lines.indexOf('RECAP'));
  expect(lines).toContain(
    '::error title=base %3A packages failed on 1 node::apply failed with exit code 100%0Aweb-1',
  );
  expect(lines).toContain('::error title=1 node unreachable::its SSM agent is ConnectionLost%0Adb-1');
  expect(log).not.toContain('\u001b');
});

test('a check that finds drift warns', async () => {
  const [first, ...rest] = failing;
  const check = { ...first, mode: 'check' } as RunEvent; // the first event is the start of the run
  const drifted = task(10, 'db-1', '/etc/motd', { status: 'changed', diff: '+x' });
  const { log } = await told([check, ...rest.slice(2, 6), drifted], join(folder, 'drift.md'));
  expect(log).toContain('::warning title=1 node would change::in 1 task; nothing was changed\n');
});

test('at most ten errors, whatever happened', async () => {
  const names = Array.from({ length: 40 }, (_, index) => `n${index}`);
  const broken = names.map((name) =>
    task(10, name, `t-${name}`, { status: 'failed', error: { what: name, lastLines: [], log: 'l' } }),
  );
  const { log } = await told([started(names), ...broken], join(folder, 'many.md'));
  expect(log.match(/^::error /gm)).toHaveLength(10);
});

describe('what a node printed gives the runner no orders', () => {
  it.each([
    ['::add-mask::x', ': :add-mask::x'],
    ['  \u00a0::error::x', '  \u00a0: :error::x'],
    ['a\n::set-output name=a::b', 'a\n: :set-output name=a::b'],
    ['fine ##[error]x', 'fine ## [error]x'],
    ['progress\r::error::x', 'progress␍::error::x'],
    ['std::vector is fine', 'std::vector is fine'],
  ])('%j', (text, expected) => {
    expect(harmless(text)).toBe(expected);
  });

  it('nor through any event', async () => {
    const evil = '::error::forged\n::stop-commands::x\n##[warning]forged\r\n::group::';
    const error = { what: evil, lastLines: evil.split('\n'), log: evil };
    const { log } = await told([
      started([evil], [evil]),
      task(10, evil, evil, { play: evil, role: evil, status: 'changed', diff: evil, output: evil }),
      task(10, evil, evil, { play: evil, status: 'failed', error }),
    ]);
    // Only our own annotation, of the failure and of the missing end; what is in it is escaped.
    const orders = log.split('\n').filter((line) => /^\s*::|##\[/.test(line));
    expect(orders.map((line) => line.split('=')[0])).toEqual(['::error title', '::error title']);
    for (const order of orders) expect(order).not.toMatch(/[\r\n]/);
  });
});

describe('the summary of the step', () => {
  it('has the result, failures, changes with diffs folded away, and the recap', async () => {
    const file = join(folder, 'summary.md');
    const { complaints } = await told(failing, file);
    const summary = readFileSync(file, 'utf8');
    expect(complaints).toBe('');
    expect(summary).toMatch(/^## ✕ <code>prod<\/code>: Failed\n/);
    expect(summary).toContain('### Failures');
    expect(summary).toContain('<pre>E: Unable to locate package chrony</pre>');
    expect(summary).toContain('<details><summary><code>base : /etc/demo</code>, 1 node</summary>');
    expect(summary).toContain('<pre>@@ -1 +1 @@\n-old\n+new');
    expect(summary).toContain('| <code>web-1</code> | 2 | 1 | 0 | 1 | 1 |');
  });

  it('is printed at the end where GitHub names no file', async () => {
    expect((await told(failing)).log).toContain('## ✕ <code>prod</code>: Failed');
    expect((await told(failing, '')).log).toContain('## ✕ <code>prod</code>: Failed');
  });

  it('says so where its file cannot be written, and the run goes on', async () => {
    const file = join(folder, 'absent', 'summary.md');
    expect((await told(failing, file)).complaints).toMatch(/^The summary could not be written to .*absent/);
    expect(existsSync(file)).toBe(false);
  });

  it('stays below the size that GitHub takes, and names what it leaves out', async () => {
    const names = Array.from({ length: 1500 }, (_, index) => `node-${index}`);
    const text = (name: string) => `${name} <&>" `.repeat(500);
    const changes = names.map((name) => task(10, name, `t ${name}`, { status: 'changed', diff: text(name) }));
    const failures = names.map((name) =>
      task(10, name, `f ${name}`, {
        status: 'failed',
        error: { what: name, lastLines: [text(name)], log: 'l' },
      }),
    );
    const file = join(folder, 'large.md');
    await told([started(names), ...changes, ...failures], file);
    const summary = readFileSync(file);
    expect(summary.length).toBeLessThan(1024 * 1024);
    expect(summary.length).toBeGreaterThan(500_000);
    expect(String(summary)).toMatch(/… and \d+ more, in the run's report.html/);
    expect(String(summary)).toContain('| and 1300 more |');
  });

  it('shows what nodes said literally: no markup, no table, no mention', async () => {
    const evil = '</code></pre><img src=x> **b** [l](http://e) | `c` @team <!-- \n# h\n\n- www.e.com';
    const error = { what: evil, lastLines: [evil], log: evil };
    const file = join(folder, 'evil.md');
    await told(
      [started([evil], [evil]), task(10, evil, evil, { play: evil, status: 'failed', diff: evil, error })],
      file,
    );
    const summary = readFileSync(file, 'utf8');
    expect(summary).not.toMatch(/<img|<!--/);
    const outsidePre = summary.replace(/<pre>[^<]*<\/pre>/g, '');
    expect(outsidePre).not.toMatch(/\*\*b|\[l\]|`|@|www\.|^# h/m);
    for (const row of summary.split('\n').filter((line) => line.startsWith('|')))
      expect(row.split('|')).toHaveLength(8);
  });

  it('reads well for a fleet: names are folded', async () => {
    const file = join(folder, 'fleet.md');
    await told(exampleRun({ nodes: 100 }), file);
    const summary = readFileSync(file, 'utf8').replace(/&#(\d+);/g, (_, code) => String.fromCharCode(code));
    expect(summary).toContain(
      '✕ **<code>k3s : download k3s v1.33.5+k3s1</code>** failed on 3 nodes (<code>prod-batch-[14-16]</code>)',
    );
    expect(summary).toContain(
      '<details><summary><code>k3s : /etc/rancher/k3s/config.yaml</code>, 91 nodes</summary>',
    );
  });
});
