import { inspect } from 'node:util';
import { z } from 'zod';
import { nearest } from './nearest';

type Issue = z.core.$ZodIssue;
type RawIssue = z.core.$ZodRawIssue;
type Path = readonly PropertyKey[];

/** One line a mistake: the path of the field, the value given, what is allowed. */
export function describeMistakes(issues: readonly Issue[], schema: z.core.$ZodType): readonly string[] {
  return [...new Set(issues.flatMap((issue) => describe(issue, schema)))];
}

/** What is allowed, for the schemas that do not say so in words of their own. */
export function allowedByDefault(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return expectations[issue.expected];
    case 'invalid_value':
      return issue.values.length === 1
        ? JSON.stringify(issue.values[0])
        : `one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    default:
      return undefined;
  }
}

const expectations: Readonly<Record<string, string>> = {
  string: 'text in quotes',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list in square brackets',
  object: 'settings in braces',
  record: 'names with their values, in braces',
};

function describe(issue: Issue, schema: z.core.$ZodType): readonly string[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey([...issue.path, key], key, keysAt(schema, issue.path)));
    case 'invalid_key':
      return issue.issues.map(
        (inner) => `${pathText(issue.path)}: this name is not allowed; allowed: ${inner.message}`,
      );
    case 'invalid_value':
      return [`${line(issue)}${suggestion(issue.input, issue.values)}`];
    default:
      return [line(issue)];
  }
}

function line(issue: Issue): string {
  const path = pathText(issue.path);
  return issue.input === undefined && issue.code !== 'custom'
    ? `${path}: missing; give ${issue.message}`
    : `${path}: ${valueText(issue.input)} is not allowed; allowed: ${issue.message}`;
}

function unknownKey(path: Path, key: string, valid: readonly string[]): string {
  const likely = nearest(key, valid);
  const help = likely === undefined ? `known here: ${valid.join(', ')}` : `did you mean "${likely}"?`;
  return `${pathText(path)}: unknown setting; ${help}`;
}

function suggestion(given: unknown, values: readonly unknown[]): string {
  const names = values.filter((value) => typeof value === 'string');
  const likely = typeof given === 'string' ? nearest(given, names) : undefined;
  return likely === undefined ? '' : `; did you mean "${likely}"?`;
}

/** `nodeGroups.general.taints[0].key`, with names that are no identifiers in brackets: `k3s.registryMirrors["docker.io"]`. */
function pathText(path: Path): string {
  if (path.length === 0) return 'the environment';
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const key = String(part);
    if (!/^[A-Za-z_][\w-]*$/.test(key)) return `${text}[${JSON.stringify(key)}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
}

function valueText(value: unknown): string {
  const text = inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY, maxArrayLength: 5 });
  const oneLine = (typeof value === 'string' ? JSON.stringify(value) : text).replaceAll(/\s+/g, ' ');
  return oneLine.length > 80 ? `${oneLine.slice(0, 79)}…` : oneLine;
}

/** The settings that the schema knows at a path. */
function keysAt(schema: z.core.$ZodType, path: Path): readonly string[] {
  const found = path.reduce<z.core.$ZodType | undefined>(
    (current, part) => (current === undefined ? undefined : child(unwrap(current), part)),
    schema,
  );
  const object = found === undefined ? undefined : unwrap(found);
  return object instanceof z.core.$ZodObject ? Object.keys(object._zod.def.shape) : [];
}

function child(schema: z.core.$ZodType, part: PropertyKey): z.core.$ZodType | undefined {
  if (schema instanceof z.core.$ZodObject) return schema._zod.def.shape[String(part)];
  if (schema instanceof z.core.$ZodRecord) return schema._zod.def.valueType;
  if (schema instanceof z.core.$ZodArray) return schema._zod.def.element;
  return undefined;
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (
    schema instanceof z.core.$ZodDefault ||
    schema instanceof z.core.$ZodPrefault ||
    schema instanceof z.core.$ZodOptional
  ) {
    return unwrap(schema._zod.def.innerType);
  }
  return schema instanceof z.core.$ZodPipe ? unwrap(schema._zod.def.in) : schema;
}
