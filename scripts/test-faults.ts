/**
 * Runs the fault tests, several times over if asked (`npm run test:faults -- --times 10`), and ends with the first that
 * fails. Other arguments go to jest: `npm run test:faults -- disk-full`.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

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
    const patterns = positionals.map((name) => `e2e/faults/.*${name}`);
    const { status } = spawnSync(
      process.execPath,
      [jest, '--runInBand', ...(patterns.length > 0 ? patterns : ['e2e/faults'])],
      { stdio: 'inherit' },
    );
    if (status !== 0) {
      process.stdout.write(`failed in round ${round} of ${times}\n`);
      return 1;
    }
  }
  process.stdout.write(`${times} times green, in ${Math.round((Date.now() - started) / 1000)} s\n`);
  return 0;
}

process.exitCode = main();
