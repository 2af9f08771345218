/** A command line up to the cursor, as bash splits it into words. */
export interface BashLine {
  /** Quotes and backslashes undone; the last is what the cursor is at. */
  readonly words: readonly string[];
  /** How the last word was typed. */
  readonly raw: string;
  /** The quote that is still open at the cursor. */
  readonly open: '' | '"' | "'";
}

/** Splits a line. Expansions are left as they are: nothing is run for a completion. */
export function splitLine(line: string): BashLine {
  const words: string[] = [];
  let word: string | undefined;
  let start = line.length;
  let open: BashLine['open'] = '';
  for (let at = 0; at < line.length; at++) {
    const char = line[at] ?? '';
    if (open === '' && /\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    if (word === undefined) start = at;
    word ??= '';
    if (char === open) open = '';
    else if (open === '' && (char === '"' || char === "'")) open = char;
    else if (char === '\\' && open !== "'" && at + 1 < line.length) word += line[++at] ?? '';
    else word += char;
  }
  return { words: [...words, word ?? ''], raw: word === undefined ? '' : line.slice(start), open };
}

/**
 * A candidate as bash has to be given it: quoted like what was typed, and without what readline leaves standing, which is
 * all up to the last unquoted `=` or `:` (they are in COMP_WORDBREAKS).
 */
export function bashReply(value: string, { raw, open }: Pick<BashLine, 'raw' | 'open'>): string {
  if (open !== '') return value;
  const standing = /^(?:.*[^\\])?[=:]/.exec(raw)?.[0] ?? '';
  const escaped = value.replace(/[^A-Za-z0-9_@%+=:,./-]/g, '\\$&');
  return escaped.startsWith(standing) ? escaped.slice(standing.length) : escaped;
}
