import { roundOf, tallyOf } from '../../scripts/fault-report';

const file = (name: string, status: string, ...tests: readonly (readonly [string, string])[]) => ({
  name: `/x/${name}`,
  status,
  assertionResults: tests.map(([fullName, state]) => ({ fullName, status: state })),
});
const report = (passed: number, skipped: number, ...testResults: readonly object[]) =>
  JSON.stringify({ numPassedTests: passed, numPendingTests: skipped, testResults });

test.each([
  ['all is well', report(2, 1, file('a.test.ts', 'passed', ['one', 'passed'])), 0, []],
  [
    'tests failed',
    report(1, 0, file('a.test.ts', 'failed', ['one', 'failed'], ['two', 'passed'], ['three', 'failed'])),
    1,
    ['a.test.ts: one', 'a.test.ts: three'],
  ],
  [
    'a file cannot be loaded',
    report(1, 0, file('a.test.ts', 'passed', ['one', 'passed']), file('b.test.ts', 'failed')),
    1,
    ['b.test.ts could not be loaded'],
  ],
  ['nothing matches', report(0, 0), 1, ['no test ran']],
  ['all are skipped', report(0, 3, file('a.test.ts', 'pending', ['one', 'pending'])), 1, ['no test ran']],
  [
    'a reporter fails',
    report(1, 0, file('a.test.ts', 'passed', ['one', 'passed'])),
    7,
    ['jest, exit code 7'],
  ],
  ['jest gives no report', undefined, null, ['jest itself, exit code null']],
])('where %s, that is named', (_, text, status, failed) => {
  expect(roundOf(text, status).failed).toEqual(failed);
});

test('a tally has what was skipped, where something was', () => {
  expect(tallyOf(roundOf(report(12, 3), 0), 80_600)).toBe('12 passed, 3 skipped, in 81 s');
  expect(tallyOf({ passed: 12, skipped: 0 }, 0)).toBe('12 passed, in 0 s');
});
