import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = resolve(__dirname, '../../stacks/constructs');
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path, lines: readFileSync(join(folder, path), 'utf8').split('\n') }));

/** What CONTRIBUTING.md asks of a construct, read line by line: TypeScript 7 has no API that could be asked. */
describe('constructs', () => {
  const fields = sources.flatMap(({ path, lines }) => fieldsOf(path, lines));
  const classes = sources.flatMap(({ path, lines }) => constructsOf(path, lines));

  it('have a sentence for every field of their arguments', () => {
    expect(fields.length).toBeGreaterThan(150);
    expect(fields.filter(({ doc }) => doc === '').map(({ name }) => name)).toEqual([]);
  });

  it('say what they cost a month', () => {
    expect(classes.length).toBeGreaterThan(30);
    expect(classes.filter(({ doc }) => !doc.includes('Cost')).map(({ name }) => name)).toEqual([]);
  });

  it('are found out where they say nothing', () => {
    const silent = [
      'export interface XArgs {',
      '  /** Said. */',
      '  readonly a: 1;',
      '  readonly b?: 2;',
      '}',
    ];
    expect(fieldsOf('x', silent).map(({ doc }) => doc)).toEqual(['Said.', '']);
    const costless = ['/** Something. */', 'export class X extends Construct {'];
    expect(constructsOf('x', costless)).toEqual([{ name: 'x: X', doc: 'Something.' }]);
  });
});

interface Documented {
  readonly name: string;
  /** Empty where there is none. */
  readonly doc: string;
}

/** The fields of exported interfaces called …Args or …Options. */
function fieldsOf(path: string, lines: readonly string[]): readonly Documented[] {
  let owner: string | undefined;
  return lines.flatMap((line, index) => {
    const [, opened] = /^export interface (\w*(?:Args|Options))\b/.exec(line) ?? [];
    if (opened !== undefined) owner = opened;
    if (line.startsWith('}')) owner = undefined;
    const [, field] = /^ {2}(?:readonly )?(\w+)\??[:(]/.exec(line) ?? [];
    if (owner === undefined || field === undefined) return [];
    return [{ name: `${path}: ${owner}.${field}`, doc: docBefore(lines, index) }];
  });
}

function constructsOf(path: string, lines: readonly string[]): readonly Documented[] {
  return lines.flatMap((line, index) => {
    const [, name] = /^export (?:abstract )?class (\w+) extends Construct\b/.exec(line) ?? [];
    return name === undefined ? [] : [{ name: `${path}: ${name}`, doc: docBefore(lines, index) }];
  });
}

/** The text of the doc comment that ends on the line above. */
function docBefore(lines: readonly string[], index: number): string {
  if (!lines[index - 1]?.trim().endsWith('*/')) return '';
  const start = lines.slice(0, index).findLastIndex((line) => line.trim().startsWith('/**'));
  return lines
    .slice(start, index)
    .map((line) => line.replaceAll(/^\s*\/?\*+\/? ?|\s*\*\/$/g, ''))
    .join(' ')
    .trim();
}
