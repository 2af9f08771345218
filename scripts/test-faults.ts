/**
 * Runs the fault tests, several times over if asked (`npm run test:faults -- --times 10`), and ends with the first
 * round in which one fails: it names them. Other arguments go to jest: `npm run test:faults -- disk-full`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Round, roundOf, tallyOf } from './fault-report';

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
  const sum = { passed: 0, skipped: 0 };
  for (let round = 1; round <= times; round += 1) {
    const begun = Date.now();
    process.stdout.write(`round ${round} of ${times}\n`);
    const { passed, skipped, failed } = runOnce(positionals.map((name) => `e2e/faults/.*${name}`));
    process.stdout.write(`round ${round} of ${times}: ${tallyOf({ passed, skipped }, Date.now() - begun)}\n`);
    if (failed.length > 0) {
      process.stdout.write(
        `failed in round ${round} of ${times}:${failed.map((name) => `\n  ${name}`).join('')}\n`,
      );
      return 1;
    }
    sum.passed += passed;
    sum.skipped += skipped;
  }
  process.stdout.write(`${times} times green: ${tallyOf(sum, Date.now() - started)}\n`);
  return 0;
}

function runOnce(patterns: readonly string[]): Round {
  const folder = mkdtempSync(join(tmpdir(), 'stagecraft-faults-'));
  const report = join(folder, 'report.json');
  try {
    const wanted = patterns.length > 0 ? patterns : ['e2e/faults'];
    // jest's own summary goes to standard error; with --json, standard output has the report again. There is none where
    // it ends early, so no --bail.
    const { status } = spawnSync(
      process.execPath,
      [jest, '--runInBand', '--json', `--outputFile=${report}`, ...wanted],
      { stdio: ['inherit', 'ignore', 'inherit'] },
    );
    return roundOf(existsSync(report) ? readFileSync(report, 'utf8') : undefined, status);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = main();
