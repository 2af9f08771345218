/**
 * Shell as data. A fragment of POSIX shell is built with the `sh` tag, which quotes every interpolated value with the
 * one quoting function; text that differs per node is a `NodeValue`, which becomes a variable that the node resolves
 * itself, so that one script serves a whole group.
 */
import { createHash } from 'node:crypto';

/** A value that each node finds for itself: from the inventory's table in the script, or from its own facts. */
export type NodeValue = PerNode | Fact;

/** One value for each node name. Made by the role context's `perNode`. */
export interface PerNode {
  readonly kind: 'perNode';
  readonly values: ReadonlyMap<string, string>;
}

/** A fact that the runtime reads on the node before the first task. */
export interface Fact {
  readonly kind: 'fact';
  readonly name: FactName;
}

/** `arch` is Go's name for it (`amd64`, `arm64`); `hostname`, `os_id`, `os_version` and `os_codename` are the node's own. */
export type FactName = 'arch' | 'hostname' | 'os_id' | 'os_version' | 'os_codename';

/** Text with holes that a node fills: literal pieces and node values in turn. Made by the `text` tag. */
export interface Text {
  readonly kind: 'text';
  readonly parts: readonly (string | NodeValue)[];
}

/** What may be used wherever a task wants a string. */
export type Value = string | number | NodeValue | Text;

/** A fragment of POSIX shell: raw source and quoted values in turn. Made by the `sh` tag. */
export interface Shell {
  readonly kind: 'shell';
  readonly parts: readonly ShellPart[];
}

type ShellPart = string | { readonly quoted: readonly (string | NodeValue)[] };

/** Gives the shell variable that holds a node value. */
export type VariableOf = (value: NodeValue) => string;

/** Tag: POSIX shell. Strings, numbers, texts and node values are quoted as one word; fragments are spliced as they are. */
export function sh(strings: TemplateStringsArray, ...values: readonly (Value | Shell)[]): Shell {
  const parts = interleave<Value | Shell, ShellPart>(
    strings,
    values,
    (literal) => literal,
    (value) => (isShell(value) ? value.parts : [{ quoted: textParts(value) }]),
  );
  return { kind: 'shell', parts };
}

/** Tag: text (a file's content, say) that may hold node values. */
export function text(strings: TemplateStringsArray, ...values: readonly Value[]): Text {
  const parts = interleave<Value, string | NodeValue>(strings, values, (literal) => literal, textParts);
  return { kind: 'text', parts };
}

/** Joins fragments, each on its own line. */
export function lines(...fragments: readonly Shell[]): Shell {
  return join(fragments, '\n');
}

/** Joins fragments with a raw separator. */
export function join(fragments: readonly Shell[], separator: string): Shell {
  return {
    kind: 'shell',
    parts: fragments.flatMap((fragment, index) =>
      index === 0 ? fragment.parts : [separator, ...fragment.parts],
    ),
  };
}

/** Shell source as it is, unquoted: for text that the project itself wrote, never for a value from outside. */
export function raw(source: string): Shell {
  return { kind: 'shell', parts: [source] };
}

/** Quotes values as separate words: the arguments of a command. */
export function words(values: readonly Value[]): Shell {
  return join(
    values.map((value) => sh`${value}`),
    ' ',
  );
}

/** The value of a fact, wherever a task wants a string. */
export function fact(name: FactName): Fact {
  return { kind: 'fact', name };
}

/**
 * The one quoting function: any string as one word of a POSIX shell.
 *
 * @throws RangeError for a NUL byte, which no argument of a process and no shell variable can hold.
 */
export function quote(value: string): string {
  if (value.includes('\0')) throw new RangeError('a NUL byte cannot be part of a shell word');
  if (
    /^[A-Za-z0-9_./:@%+=,-]+$/.test(value) &&
    !value.startsWith('~') &&
    !/^[A-Za-z_][A-Za-z0-9_]*=/.test(value)
  )
    return value;
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

/** Renders a fragment as source text. */
export function renderShell(shell: Shell, variableOf: VariableOf): string {
  return shell.parts
    .map((part) => (typeof part === 'string' ? part : renderWord(part.quoted, variableOf)))
    .join('');
}

/** An identity for a node value, so that equal tables share one variable. */
export function nodeValueKey(value: NodeValue): string {
  if (value.kind === 'fact') return `fact:${value.name}`;
  const entries = [...value.values].sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(entries)).digest('hex');
}

function renderWord(parts: readonly (string | NodeValue)[], variableOf: VariableOf): string {
  const rendered = parts
    .filter((part) => part !== '')
    .map((part) => (typeof part === 'string' ? quote(part) : `"$${variableOf(part)}"`));
  return rendered.length === 0 ? "''" : rendered.join('');
}

function textParts(value: Value): readonly (string | NodeValue)[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  return value.kind === 'text' ? value.parts : [value];
}

function isShell(value: Value | Shell): value is Shell {
  return typeof value === 'object' && value.kind === 'shell';
}

function interleave<V, P>(
  strings: TemplateStringsArray,
  values: readonly V[],
  literalPart: (literal: string) => P,
  partsOf: (value: V) => readonly P[],
): P[] {
  return strings.flatMap((literal, index) => {
    const before = literal === '' ? [] : [literalPart(literal)];
    const value = values[index];
    return value === undefined ? before : [...before, ...partsOf(value)];
  });
}
