import { visible, visibleLine } from '../../provisioner/report/visible';

test.each([
  ['plain text, tabs\tand\nlines', 'plain text, tabs\tand\nlines'],
  ['\u001b[1;31mred\u001b[0m', 'red'],
  ['a\u001b]0;title\u0007b', 'ab'],
  ['bell\u0007 nul\u0000 del\u007f esc\u001b', 'bell␇ nul␀ del␡ esc␛'],
  ['dos\r\nline, progress\rover', 'dos\nline, progress␍over'],
  ['c1 \u009b31m', 'c1 \\u009b31m'],
  ['admin\u202etxt.exe', 'admin\\u202etxt.exe'],
  ['\u2066hidden\u2069 \u2028', '\\u2066hidden\\u2069 \\u2028'],
  ['한국어 ✓ é', '한국어 ✓ é'],
])('%j reads %j', (text, expected) => {
  expect(visible(text)).toBe(expected);
});

test.each([
  ['one\ntwo\tthree\r\n', 'one two three'],
  ['a\u001b[2Jb\n\n\nc\u0000', 'ab c␀'],
])('%j in one line reads %j', (text, expected) => {
  expect(visibleLine(text)).toBe(expected);
});
