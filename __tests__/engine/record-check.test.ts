import fc from 'fast-check';
import type { TaskRecord } from '../../provisioner/engine/protocol';
import { RecordCheck } from '../../provisioner/engine/record-check';
import { sh } from '../../provisioner/engine/shell';
import type { Step } from '../../provisioner/engine/steps';
import type { Handler, Task } from '../../provisioner/engine/task';

const step = (name: string, more: Partial<Task> = {}): Step => ({
  role: 'demo',
  task: { name, check: sh`:`, apply: sh`:`, ...more },
  tags: new Set(),
});
const steps = [
  step('a'),
  step('secret', { sensitive: true }),
  step('restarts', { disruptive: true }),
  step('d'),
];
const handlers: Handler[] = [
  { name: 'reload', apply: sh`:` },
  { name: 'restart', apply: sh`:` },
];
const whole = { steps, handlers, from: 0, to: 4, exclusive: false };

function record(
  index: number,
  status: TaskRecord['status'] = 'ok',
  texts: TaskRecord['texts'] = {},
): TaskRecord {
  return { index, status, exitCode: 0, milliseconds: 1, texts };
}

/** The first reason not to believe them, the end included. */
function doubt(records: readonly TaskRecord[], sent = whole): string | undefined {
  const check = new RecordCheck(sent);
  for (const one of records) {
    const reason = check.add(one);
    if (reason !== undefined) return reason;
  }
  return check.end();
}

const all = [0, 1, 2, 3].map((index) => record(index));

test.each([
  ['each task once, in order', all],
  ['with the handlers that were due', [...all, record(5)]],
  ['with all of them', [...all, record(4), record(5)]],
  ['up to one that failed', [record(0), record(1, 'failed', { said: 'no access' })]],
  ['up to one that is held', [record(0), record(1), record(2, 'held')]],
])('an honest node is believed: %s', (_, records) => {
  expect(doubt(records)).toBeUndefined();
});

test.each([
  ['a task that was not sent', [record(9)], 'a task 9 that was not sent'],
  ['a task twice', [record(0), record(0)], '"demo : a" twice, or out of order'],
  ['tasks out of order', [record(0), record(2)], 'told nothing of "demo : secret"'],
  ['a task less in the middle', [record(0), record(1), record(3)], 'told nothing of "demo : restarts"'],
  ['a handler before the tasks are over', [record(0), record(4)], 'told nothing of "demo : secret"'],
  ['a handler twice', [...all, record(4), record(4)], 'handler "reload" twice'],
  ['half of the tasks', all.slice(0, 2), 'ends before "demo : restarts"'],
  ['nothing', [], 'ends before "demo : a"'],
  ['more after a failure', [record(0, 'failed'), record(1)], '"demo : secret" after a task'],
  ['more after a hold', [record(0), record(1), record(2, 'held'), record(3)], '"demo : d" after a task'],
  ['a hold of what is not disruptive', [record(0, 'held')], 'holds "demo : a"'],
  [
    'what a sensitive task printed',
    [record(0), record(1, 'changed', { output: 'canary' })],
    'sent what "demo : secret" printed',
  ],
])('a node that tells of %s is not', (_, records, reason) => {
  expect(doubt(records)).toContain(reason);
});

test('a part of a split bundle answers for its own tasks, the last one for the handlers', () => {
  const first = { ...whole, to: 2 };
  expect(doubt([record(0), record(1)], first)).toBeUndefined();
  expect(doubt([record(0), record(1), record(2)], first)).toContain('not sent');
  expect(doubt([record(0), record(1), record(4)], first)).toContain('not sent');
  const second = { ...whole, from: 2 };
  expect(doubt([record(2), record(3), record(4)], second)).toBeUndefined();
  expect(doubt([record(0)], second)).toContain('not sent');
});

test('nothing is held on a node that is out of service for the bundle', () => {
  expect(doubt([record(0), record(1), record(2, 'held')], { ...whole, exclusive: true })).toContain('holds');
});

test('whatever is believed tells of each task at most once, in order', () => {
  const anyRecord = fc.record({
    index: fc.integer({ min: -1, max: 7 }),
    status: fc.constantFrom('ok', 'changed', 'skipped', 'failed', 'held'),
  });
  fc.assert(
    fc.property(fc.array(anyRecord), (records) => {
      const check = new RecordCheck(whole);
      const believed: number[] = [];
      for (const { index, status } of records) {
        if (check.add(record(index, status)) !== undefined) break;
        believed.push(index);
      }
      expect(believed).toEqual([...new Set(believed)].sort((a, b) => a - b));
      expect(believed.every((index) => index >= 0 && index < 6)).toBe(true);
    }),
  );
});
