import { exitCodeOf } from '../../provisioner/cli/verdict';

const none = { ok: 1, changed: 0, unreachable: 0, failed: 0, skipped: 0 };
const apply = { check: false, detailed: false };
const check = { check: true, detailed: true };

test.each([
  ['done', [none], apply, undefined, 0],
  ['changed', [{ ...none, changed: 1 }], apply, undefined, 0],
  ['a task failed', [none, { ...none, failed: 1 }], apply, undefined, 1],
  [
    'a task failed and a node is unreachable',
    [
      { ...none, unreachable: 1 },
      { ...none, failed: 1 },
    ],
    apply,
    undefined,
    1,
  ],
  ['a node is unreachable', [none, { ...none, unreachable: 1 }], apply, undefined, 3],
  ['something would change', [{ ...none, changed: 1 }], check, undefined, 2],
  [
    'something would change, not asked',
    [{ ...none, changed: 1 }],
    { ...check, detailed: false },
    undefined,
    0,
  ],
  ['nothing would change', [none], check, undefined, 0],
  ['refused', [none], apply, 'nothing was changed, because …', 1],
  ['interrupted', [none], apply, 'interrupted', 130],
])('%s', (_, counts, options, stopped, expected) => {
  const recap = new Map(counts.map((one, index) => [`node-${index}`, one]));
  expect(exitCodeOf({ recap, ...(stopped === undefined ? {} : { stopped }) }, options)).toBe(expected);
});
