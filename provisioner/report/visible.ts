/**
 * Text from nodes is untrusted. This makes what an eye or a terminal could be fooled by visible: terminal colours and
 * cursor movements fall away, other control characters and the marks that reverse the direction of writing are spelled out.
 */
export function visible(text: string): string {
  if (!SUSPICIOUS.test(text)) return text;
  return text.replace(TERMINAL_SEQUENCE, '').replace(/\r\n/g, '\n').replace(HIDDEN, spell);
}

/** The same for a place that has one line: a table, a title, the end of a sentence. */
export function visibleLine(text: string): string {
  return visible(text)
    .trimEnd()
    .replace(/[\n\t]+/g, ' ');
}

// Everything below a space but tab and line feed, C1, the marks of bidirectional text (UAX #9), line separators, a BOM.
const HIDDEN_CLASS =
  '[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff]';
const SUSPICIOUS = new RegExp(HIDDEN_CLASS);
const HIDDEN = new RegExp(HIDDEN_CLASS, 'g');
const ESC = '\u001b';
const BEL = '\u0007';
/** CSI sequences of ECMA-48, and OSC ones up to their end. */
const TERMINAL_SEQUENCE = new RegExp(
  `${ESC}\\[[0-?]*[ -/]*[@-~]|${ESC}\\][^${BEL}${ESC}]*(?:${BEL}|${ESC}\\\\)`,
  'g',
);

function spell(character: string): string {
  const code = character.charCodeAt(0);
  // The block "Control Pictures" has a sign for each of them.
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '\u2421' : `\\u${code.toString(16).padStart(4, '0')}`;
}
