import { FoldedOutput, foldedNames } from '../../../provisioner/cli/output/folded';
import type { TaskEvent } from '../../../provisioner/engine/events';

const event = (node: string, more: Partial<TaskEvent> = {}): TaskEvent => ({
  type: 'task',
  play: 'run uptime',
  role: 'command',
  task: 'uptime',
  node,
  status: 'changed',
  handler: false,
  milliseconds: 10,
  ...more,
});

function fold(...events: TaskEvent[]): string | undefined {
  const folded = new FoldedOutput();
  for (const one of events) folded.take(one);
  return folded.describe(false);
}

const failed = (exitCode?: number): Partial<TaskEvent> => ({
  status: 'failed',
  error: { what: 'no answer', lastLines: [], log: '', ...(exitCode === undefined ? {} : { exitCode }) },
});

test('equal output is shown once, the largest group first, and what failed last', () => {
  expect(
    fold(
      event('db-1', { ...failed(3), output: 'oops\n' }),
      event('web-9', { output: 'old\n' }),
      event('web-1', { output: 'new\n' }),
      event('web-2', { output: 'new\n' }),
      event('web-3', failed()),
    ),
  ).toBe(
    [
      'web-[1-2] (2 nodes): exit code 0\nnew',
      'web-9: exit code 0\nold',
      'db-1: exit code 3\noops',
      'web-3: no answer',
    ].join('\n\n'),
  );
});

test('the same words with another ending are another group', () => {
  expect(fold(event('a', { output: 'x\n' }), event('b', { ...failed(1), output: 'x\n' }))).toBe(
    'a: exit code 0\nx\n\nb: exit code 1\nx',
  );
});

test('where no node answered there is nothing to tell', () => {
  expect(fold()).toBeUndefined();
});

test('output cannot draw on the terminal of the operator', () => {
  const hostile = '\u001b[2J\u001b]0;title\u0007red\u001b[31m\u0000\b\r\nend\ttab\r';
  const shown = fold(event('a', { output: hostile }));
  expect(shown).not.toMatch(/[^\P{Cc}\n\t]/u);
  expect(shown).toContain('end\ttab');
});

test('why a node gave no output is told in one line', () => {
  const error = { what: 'gone\nb: exit code 0\u001b[2J', lastLines: [], log: '' };
  expect(fold(event('a', { status: 'failed', error }))).toBe('a: gone b: exit code 0');
});

test.each([
  [['web-1'], 'web-1'],
  [['web-3', 'web-1', 'web-2', 'web-7'], 'web-[1-3,7]'],
  [['web-2', 'db-1', 'db-2', 'bastion'], 'bastion, db-[1-2], web-2'],
  [['web-01', 'web-02'], 'web-0[1-2]'],
  [['web-9', 'web-10', 'web-11'], 'web-[9-11]'],
])('%j is folded as %s', (names, expected) => {
  expect(foldedNames(names)).toBe(expected);
});
