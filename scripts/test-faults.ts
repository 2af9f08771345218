/**
 * Runs the fault tests, several times over if asked (`npm run test:faults -- --times 10`), and ends with the first that
 * fails, which it names. Other arguments go to jest: `npm run test:faults -- disk-full`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';

const jest = join(__dirname, '..', 'node_modules', 'jest', 'bin', 'jest.js');

function main(): number {
  const { values, positionals } = parseArgs({
    options: { times: { type: 'string', short: 'n', default: '1' } },
    allowPositionals: true,
  });
  const times = Number(values.times);
  if (!Number.isSafeInteger(times) || times < 1) {
    process.stderr.write(`error: --times ${values.times} is not a whole number from 1 on\n`);
    return 64;
  }
  const started = Date.now();
  for (let round = 1; round <= times; round += 1) {
    process.stdout.write(`round ${round} of ${times}\n`);
    const failed = runOnce(positionals.map((name) => `e2e/faults/.*${name}`));
    if (failed !== undefined) {
      process.stdout.write(
        `failed in round ${round} of ${times}:${failed.map((name) => `\n  ${name}`).join('')}\n`,
      );
      return 1;
    }
  }
  process.stdout.write(`${times} times green, in ${Math.round((Date.now() - started) / 1000)} s\n`);
  return 0;
}

/** The names of the tests that failed in the first file in which one did; undefined when all is well. */
function runOnce(patterns: readonly string[]): string[] | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'stagecraft-faults-'));
  const report = join(folder, 'report.json');
  try {
    const wanted = patterns.length > 0 ? patterns : ['e2e/faults'];
    const flags = ['--runInBand', '--bail=1', '--json', `--outputFile=${report}`];
    // jest's own summary goes to standard error; with --json, standard output has the report again.
    const { status } = spawnSync(process.execPath, [jest, ...flags, ...wanted], {
      stdio: ['inherit', 'ignore', 'inherit'],
    });
    return status === 0 ? undefined : failuresIn(report);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const reportSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

function failuresIn(report: string): string[] {
  if (!existsSync(report)) return ['jest itself'];
  const { testResults } = reportSchema.parse(JSON.parse(readFileSync(report, 'utf8')));
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName }) => `${name.replace(/.*\//, '')}: ${fullName}`),
  );
}

process.exitCode = main();
