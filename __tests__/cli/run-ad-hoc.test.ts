import { spawnSync } from 'node:child_process';
import { loadEnvironment } from '../../environments';
import { adHocPlay } from '../../provisioner/cli/run-ad-hoc';
import { renderShell } from '../../provisioner/engine/shell';
import { UserError } from '../../provisioner/errors';
import { roleContext } from '../../provisioner/roles/context';
import { itWith, shellcheck } from '../engine/shells';
import { inventory } from '../inventory/fixture';

const context = roleContext(loadEnvironment('sandbox'), inventory());

function taskOf(...words: string[]) {
  const [task] = adHocPlay(words).roles[0]?.tasks(context) ?? [];
  if (task === undefined) throw new Error('the play has no task');
  return task;
}

/** What the command prints, run as the runtime runs a step. */
function run(...words: string[]) {
  const script = `set -eu\n${renderShell(taskOf(...words).apply, () => 'none')}`;
  const { status, stdout } = spawnSync('sh', ['-c', script], {
    encoding: 'utf8',
    env: { ...process.env, SC_TMP: '/dev/null/none' },
  });
  return { status, stdout };
}

test('one word is a line of shell, with its own options', () => {
  expect(run('echo $((1 + 1)) "$unset"; exit 7')).toEqual({ status: 7, stdout: '2 \n' });
});

test('several words arrive as they are', () => {
  const hostile = ["it's", '$HOME', '`id`', 'a  b', '', '*', '{{x}}', '\n', '-n'];
  expect(run('printf', '<%s>', ...hostile).stdout).toBe(hostile.map((word) => `<${word}>`).join(''));
});

test('a leading -- is not a part of the command', () => {
  expect(run('--', 'echo', 'hi').stdout).toBe('hi\n');
});

test('the exit code of the command is that of the step', () => {
  expect(run('sh', '-c', 'exit 42').status).toBe(42);
});

test.each([[[]], [['']], [['  ']], [['--']]])('%j is refused', (words) => {
  expect(() => adHocPlay(words)).toThrow(UserError);
});

itWith('shellcheck')('shellcheck has nothing to say', () => {
  const { check, apply } = taskOf('ls', '-l', "it's");
  for (const step of [check, apply])
    expect(shellcheck(`SC_TMP=/run\n${renderShell(step, () => 'none')}\n`)).toBe('');
});

test('what is shown of a long command is one short line', () => {
  const { name } = taskOf(`echo one\n\ttwo \u001b[31m ${'x'.repeat(200)}`);
  expect(name).toMatch(/^echo one two \[31m x+…$/);
  expect(name).toHaveLength(60);
});
