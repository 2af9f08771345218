/**
 * Jest reporter: lists the tests that were skipped, each file with the reason that it printed, and fails a run in which
 * no test ran. With STAGECRAFT_TALLY=FILE it also writes `N passed, N failed, N skipped` there; `.ci/run` ends with that.
 *
 * A test file gives its reason with `console.warn('skipped: …')`.
 */
const { writeFileSync } = require('node:fs');
const { relative } = require('node:path');

class JestTally {
  constructor(globalConfig) {
    this.byName = Boolean(globalConfig.testNamePattern);
    // Jest then prints at once what a test file prints, and keeps none of it.
    this.verbose = globalConfig.verbose;
    this.skipped = [];
  }

  // Jest forgets what a file printed once its reporters have seen its result.
  onTestResult(_test, file) {
    // With -t, what does not match is "skipped" too: no news.
    if (!this.byName && file.numPendingTests + file.numTodoTests > 0)
      this.skipped.push(describe(file, this.verbose));
  }

  onRunComplete(_contexts, results) {
    if (this.skipped.length > 0) print(['', 'Skipped:', ...this.skipped.sort()]);
    const tally = count(results);
    if (tally.passed + tally.failed === 0) this.error = new Error('no test ran');
    if (process.env.STAGECRAFT_TALLY) writeFileSync(process.env.STAGECRAFT_TALLY, `${line(tally)}\n`);
  }

  /** Jest fails the run for an error that is returned here. */
  getLastError() {
    return this.error;
  }
}

function count(results) {
  return {
    passed: results.numPassedTests,
    // A file that can't be loaded has no tests that could fail; it counts as one.
    failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
    skipped: results.numPendingTests + results.numTodoTests,
  };
}

function line({ passed, failed, skipped }) {
  const parts = [`${passed} passed`, `${failed} failed`, ...(skipped === 0 ? [] : [`${skipped} skipped`])];
  return parts.join(', ');
}

function describe(file, verbose) {
  const tests = file.testResults.filter(({ status }) => status !== 'passed' && status !== 'failed');
  const path = relative(process.cwd(), file.testFilePath);
  return [
    `  ${path}: ${verbose ? 'the reason is printed above' : reasonOf(file)}`,
    ...tests.map(({ fullName }) => `    - ${fullName}`),
  ].join('\n');
}

function reasonOf({ console: printed }) {
  const lines = (printed ?? [])
    .flatMap(({ message }) => message.split('\n'))
    .filter((text) => /skip/i.test(text));
  const reasons = new Set(lines.map((text) => text.trim().replace(/^skipped:\s*/i, '')));
  return reasons.size === 0 ? 'no reason printed' : [...reasons].join('; ');
}

function print(lines) {
  process.stderr.write(`${lines.join('\n')}\n`);
}

module.exports = JestTally;
