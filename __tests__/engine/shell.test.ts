import * as fc from 'fast-check';
import { fact, quote, renderShell, sh, text, words } from '../../provisioner/engine/shell';
import { runShell, shells } from './shells';

const hostile = [
  '',
  ' ',
  "'",
  "''",
  '"',
  '\\',
  '$HOME',
  '$(id)',
  '`id`',
  'a\nb\n',
  '-rf',
  '--',
  '~',
  '~root',
  '*',
  'a=b',
  '!x',
  '#x',
  'ä 漢字 🎟',
  'it\'s $(not) "run"\n',
  '\t\r',
  '{a,b}',
  '%s',
];

describe.each(shells)('quoting under %s', (_, shell) => {
  const roundTrip = (values: readonly string[]): string[] => {
    const script = `for v in ${values.map(quote).join(' ')}; do printf '%s\\001' "$v"; done`;
    return runShell(shell, script).split('\u0001').slice(0, -1);
  };

  test('hostile values come out as they went in', () => {
    expect(roundTrip(hostile)).toEqual(hostile);
  });

  test('any text comes out as it went in', () => {
    const value = fc
      .string({ unit: 'binary' })
      .filter((one) => !one.includes('\0') && !one.includes('\u0001') && !/\p{Surrogate}/u.test(one));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 40 }), (values) => {
        expect(roundTrip(values)).toEqual(values);
      }),
      { numRuns: 60 },
    );
  });

  test('a quoted value at the start of a command is never an assignment or an option of the shell', () => {
    expect(runShell(shell, `${quote('PATH=x')} 2>/dev/null || echo "$?"`).trim()).toBe('127');
  });
});

test('a NUL byte is refused: no process could be given it', () => {
  expect(() => quote('a\0b')).toThrow(RangeError);
});

describe('the sh tag', () => {
  const variables = () => 'v';

  test('quotes values, splices fragments, names node values', () => {
    const inner = sh`cat ${'a b'}`;
    expect(renderShell(sh`${inner} | grep ${text`x ${fact('arch')} y`} ${3}`, variables)).toBe(
      "cat 'a b' | grep 'x '\"$v\"' y' 3",
    );
  });

  test('an empty value is still a word', () => {
    expect(renderShell(sh`test -n ${''}`, variables)).toBe("test -n ''");
  });

  test('words quotes each', () => {
    expect(renderShell(words(['a', '$b', '-c']), variables)).toBe("a '$b' -c");
  });
});
