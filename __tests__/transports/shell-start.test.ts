import { spawnSync } from 'node:child_process';
import {
  StartLine,
  standardInput,
  startArguments,
  startCommand,
} from '../../provisioner/transports/shell-start';
import { shells } from '../engine/shells';

const id = 'i-00000000000000001';

describe.each(shells)('a script on standard input, under %s', (_, [shell = 'sh', ...flags]) => {
  const [, , start = ''] = startArguments(true);
  const run = (input: string) => spawnSync(shell, [...flags, '-c', start], { input, encoding: 'utf8' });
  const script =
    'echo "in $STAGECRAFT_NODE_ID"\ncat <<X\n  text\nX\nread -r line || echo "no more input"\nexit 3';

  test('runs whole, with nothing left to read and its own exit code', () => {
    const { status, stdout } = run(standardInput(script, id));
    expect(stdout).toMatch(
      /^::started \d+ [0-9a-f-]{36}\nin i-00000000000000001\n {2}text\nno more input\n$/,
    );
    expect(status).toBe(3);
  });

  test('cut off anywhere on its way, it does nothing at all', () => {
    const whole = standardInput('echo one\necho two', id);
    const lastBrace = whole.lastIndexOf('}');
    for (let length = 0; length <= lastBrace; length += 1) {
      const { stdout } = run(whole.slice(0, length));
      expect(stdout).not.toMatch(/one|two/);
    }
  });
});

describe('the line that a shell starts with', () => {
  const started = `::started 4711 01234567-89ab-cdef-0123-456789abcdef\n`;

  test('is taken out, however it comes in; what precedes it too', () => {
    for (const size of [1, 7, 1000]) {
      const line = new StartLine();
      const all = Buffer.from(`hello\n::started x\n${started}output\n::started 1 2\n`);
      let rest = '';
      for (let at = 0; at < all.length; at += size) rest += line.take(all.subarray(at, at + size)).toString();
      expect(rest).toBe('output\n::started 1 2\n');
      expect(line.started).toEqual({ group: 4711, bootId: '01234567-89ab-cdef-0123-456789abcdef' });
    }
  });

  test('is not waited for for ever', () => {
    const line = new StartLine();
    line.take(Buffer.alloc(100_000, 'x'));
    expect(line.take(Buffer.from('y')).toString()).toBe('y');
    expect(line.started).toBeUndefined();
  });
});

test('anybody but root goes through sudo, which never asks', () => {
  expect(startCommand('root')).toMatch(/^sh -c '/);
  expect(startCommand('ubuntu')).toMatch(/^sudo -n sh -c '/);
});
