/**
 * Jest's own order, but for the tests with real tools: they begin. Without the times of an earlier run, as in CI, jest goes
 * by the size of the files, and the longest test of all, that with the real terraform, would run alone at the end.
 */
const { default: TestSequencer } = require('@jest/test-sequencer');

const LONGEST_FIRST = ['/e2e/aws/', '/e2e/', ''];

class LongestFirst extends TestSequencer {
  sort(tests) {
    const rank = ({ path }) => LONGEST_FIRST.findIndex((part) => path.includes(part));
    return super.sort(tests).sort((one, other) => rank(one) - rank(other));
  }
}

module.exports = LongestFirst;
