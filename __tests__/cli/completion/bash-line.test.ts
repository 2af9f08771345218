import { spawnSync } from 'node:child_process';
import { bashReply, splitLine } from '../../../provisioner/cli/completion/bash-line';

test.each([
  ['stagecraft plan', ['stagecraft', 'plan'], ''],
  ['stagecraft plan ', ['stagecraft', 'plan', ''], ''],
  ['stagecraft  --x\t"a b" c\\ d', ['stagecraft', '--x', 'a b', 'c d'], ''],
  ['a \'b " c', ['a', 'b " c'], "'"],
  ['a "b \\" c', ['a', 'b " c'], '"'],
  ['a $(reboot) `x`', ['a', '$(reboot)', '`x`'], ''],
  ['a ""', ['a', ''], ''],
  ['a \\', ['a', '\\'], ''],
])('%s', (line, words, open) => {
  expect(splitLine(line)).toMatchObject({ words, open });
});

describe('a reply', () => {
  test('is one word to bash, whatever is in it', () => {
    for (const value of [
      "it's",
      'a b',
      '$HOME',
      'a;b',
      '`x`',
      '!x',
      'k3s : join',
      '~',
      '"',
      '\\',
      '*',
      '&',
    ]) {
      const { stdout } = spawnSync('bash', ['-c', `printf %s ${bashReply(value, { raw: '', open: '' })}`], {
        encoding: 'utf8',
      });
      expect(stdout).toBe(value);
    }
  });

  test.each([
    ['--env=prod', '--env=pr', 'prod'],
    ['k3s : join', 'k3s\\ :\\ j', '\\ join'],
    ['prod', 'pr', 'prod'],
    ['agents:servers', 'agents:s', 'servers'],
  ])('%s for %s leaves out what readline leaves standing', (value, raw, expected) => {
    expect(bashReply(value, { raw, open: '' })).toBe(expected);
  });

  test('between quotes is as it is', () => {
    expect(bashReply('k3s : join', { raw: '"k3s', open: '"' })).toBe('k3s : join');
  });
});
