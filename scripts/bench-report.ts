import { arch, cpus, release } from 'node:os';
import { reportOf } from '../provisioner/report/build';
import { renderReport } from '../provisioner/report/render';
import { exampleRun } from './example-run';
import { chromiumHere, ReportBrowser } from './report-browser';

/**
 * Times how reports open in headless Chromium: from the start of the navigation to the first paint of content, and to the
 * moment when everything is drawn and listens. A fresh browser context for each opening, the file read from disk. A
 * benchmark, not a test: nothing is asserted.
 *
 *     npm run bench:report [-- --format json]
 */
const OPENINGS = 11;
const sizes = [
  { nodes: 100, moreTasks: 0 },
  { nodes: 100, moreTasks: 71 },
  { nodes: 500, moreTasks: 71 },
];

interface Figure {
  readonly nodes: number;
  readonly results: number;
  readonly kilobytes: number;
  /** Milliseconds, and so are the others: to make the HTML from the events. */
  readonly made: number;
  readonly painted: Spread;
  readonly ready: Spread;
}

interface Spread {
  readonly median: number;
  readonly worst: number;
}

async function main(): Promise<void> {
  const executable = chromiumHere();
  if (executable === undefined)
    throw new Error('Chromium is not installed: apt-get install chromium, or set CHROMIUM.');
  const browser = await ReportBrowser.launch(executable);
  try {
    const figures: Figure[] = [];
    for (const size of sizes) figures.push(await measure(browser, size));
    const machine = `Chromium ${browser.version}, Node ${process.version}, Linux ${release()} ${arch()}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, ${OPENINGS} openings`;
    const json = process.argv.includes('json');
    process.stdout.write(
      json ? `${JSON.stringify({ machine, figures }, null, 2)}\n` : `${machine}\n\n${table(figures)}\n`,
    );
  } finally {
    await browser.close();
  }
}

async function measure(browser: ReportBrowser, size: (typeof sizes)[number]): Promise<Figure> {
  const events = exampleRun(size);
  const start = performance.now();
  const report = reportOf(events);
  if (report === undefined) throw new Error('the example is no run');
  const html = renderReport(report);
  const made = performance.now() - start;
  const painted: number[] = [];
  const ready: number[] = [];
  for (let opening = 0; opening < OPENINGS; opening += 1) {
    const { page } = await browser.open(html);
    await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0);
    painted.push(
      await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0),
    );
    ready.push(await page.evaluate(() => performance.getEntriesByName('report-ready')[0]?.startTime ?? 0));
    await page.context().close();
  }
  return {
    nodes: report.nodes.length,
    results: report.nodes.reduce((sum, node) => sum + node.results.length, 0),
    kilobytes: Math.round(Buffer.byteLength(html) / 1000),
    made: Math.round(made),
    painted: spread(painted),
    ready: spread(ready),
  };
}

function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b).map(Math.round);
  return { median: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN, worst: sorted.at(-1) ?? Number.NaN };
}

function table(figures: readonly Figure[]): string {
  const line = (cells: readonly string[]) =>
    cells.map((cell, index) => cell.padStart([6, 8, 8, 8, 20, 20][index] ?? 0)).join(' ');
  const both = ({ median, worst }: Spread) => `${median} ms, ≤ ${worst} ms`;
  return [
    line(['nodes', 'results', 'size', 'made in', 'painted', 'ready']),
    ...figures.map(({ nodes, results, kilobytes, made, painted, ready }) =>
      line([String(nodes), String(results), `${kilobytes} kB`, `${made} ms`, both(painted), both(ready)]),
    ),
  ].join('\n');
}

void main();
