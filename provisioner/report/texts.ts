import { visible } from './visible';

/** The longest text of one task that a report shows, in characters; the middle of a longer one is left out. */
const LONGEST = 16_384;

/**
 * Keeps each distinct text once, made visible and short. A fleet says the same thing a thousand times, and a report has to
 * open in a browser: when `budget` characters are kept, further texts are replaced by a note.
 */
export class Texts {
  private readonly kept = new Map<string, string>();
  private left: number;

  constructor(budget: number) {
    this.left = budget;
  }

  keep(text: string): string {
    const short = shorten(text);
    const known = this.kept.get(short);
    if (known !== undefined) return known;
    if (short.length > this.left) return LEFT_OUT;
    this.left -= short.length;
    const shown = visible(short);
    this.kept.set(short, shown);
    return shown;
  }
}

export const LEFT_OUT = '[left out, because this report has reached its size; the text is in events.jsonl]';

function shorten(text: string): string {
  if (text.length <= LONGEST) return text;
  const half = LONGEST / 2;
  return `${text.slice(0, half)}\n[… ${text.length - LONGEST} characters left out; they are in events.jsonl …]\n${text.slice(-half)}`;
}
