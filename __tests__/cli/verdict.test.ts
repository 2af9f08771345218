import { describeCheck, exitCodeOf } from '../../provisioner/cli/verdict';

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
  ['refused', [none], apply, 'refused', 1],
  ['stopped at a failed node', [{ ...none, failed: 1 }], apply, 'failed', 1],
  ['stopped at an unreachable node', [{ ...none, unreachable: 1 }], apply, 'failed', 3],
  ['interrupted', [{ ...none, failed: 1 }], apply, 'interrupted', 130],
] as const)('%s', (_, counts, options, stopped, expected) => {
  const recap = new Map(counts.map((one, index) => [`node-${index}`, one]));
  const result = { recap, ...(stopped === undefined ? {} : { stopped: { kind: stopped, reason: '…' } }) };
  expect(exitCodeOf(result, options)).toBe(expected);
});

test.each([
  ['every node is as wanted', [none, none], 'Every node is as wanted.'],
  ['drift', [none, { ...none, changed: 3 }], '1 of 2 nodes would change, in 3 tasks. Nothing was changed.'],
  [
    'drift, and a node that is not there',
    [
      { ...none, changed: 1 },
      { ...none, unreachable: 1 },
    ],
    '1 of 2 nodes would change, in 1 task. Nothing was changed. Of 1 node it is not known: see above.',
  ],
  [
    'no drift, and a check that broke',
    [none, { ...none, failed: 1 }],
    'Nothing would change on the nodes that answered. Of 1 node it is not known: see above.',
  ],
] as const)('the end of a plan: %s', (_, counts, expected) => {
  expect(describeCheck({ recap: new Map(counts.map((one, index) => [`node-${index}`, one])) })).toBe(
    expected,
  );
});
