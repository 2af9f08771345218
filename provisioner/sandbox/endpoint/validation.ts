import { z } from 'zod';
import { ServiceError, validationException } from './service-error';

const INSTANCE_ID = /^(i-(\w{8}|\w{17})|mi-\w{17})$/;

/** Shapes that several operations share; the constraints are those of the service's public API model. */
export const shapes = {
  instanceId: z.string().regex(INSTANCE_ID),
  commandId: z.string().length(36),
  nextToken: z.string(),
  /** Page size of the list operations of Run Command. */
  commandMaxResults: z.number().int().min(1).max(50),
} as const;

/**
 * Parses a request's input as the service does: members that it doesn't know are ignored, null is absent.
 *
 * @throws ServiceError SerializationException for a value of the wrong type, ValidationException for one out of bounds
 */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const given = withoutNulls(input);
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues;
  const wrongType = issues.find(
    (issue) => issue.code === 'invalid_type' && at(given, issue.path) !== undefined,
  );
  if (wrongType !== undefined)
    throw new ServiceError(
      'SerializationException',
      `${memberName(wrongType.path)} has a value of the wrong type`,
    );
  const details = issues.map((issue) => describe(issue, given)).join('; ');
  throw validationException(
    `${issues.length} validation error${issues.length === 1 ? '' : 's'} detected: ${details}`,
  );
}

function describe(issue: z.core.$ZodIssue, input: unknown): string {
  const value = at(input, issue.path);
  return `Value ${shown(value, issue.path)} at '${memberName(issue.path)}' failed to satisfy constraint: ${constraint(issue)}`;
}

function constraint(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return 'Member must not be null';
    case 'too_small':
      return `Member must have ${measure(issue.origin)} greater than or equal to ${issue.minimum}`;
    case 'too_big':
      return `Member must have ${measure(issue.origin)} less than or equal to ${issue.maximum}`;
    case 'invalid_format':
      return `Member must satisfy regular expression pattern: ${issue.pattern ?? issue.format}`;
    case 'invalid_value':
      return `Member must satisfy enum value set: [${issue.values.join(', ')}]`;
    default:
      return issue.message;
  }
}

function measure(origin: string): 'length' | 'value' {
  return origin === 'number' || origin === 'int' ? 'value' : 'length';
}

/** Values of parameters may be secrets: they are never part of a message. */
function shown(value: unknown, path: readonly PropertyKey[]): string {
  if (value === undefined) return 'null';
  if (path[0] === 'Value' || path[0] === 'Parameters') return "'***'";
  return `'${Array.isArray(value) ? `[${value.join(', ')}]` : String(value)}'`;
}

/** `InstanceIds[0]` is `instanceIds.1.member` in the service's words. */
function memberName(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `${key + 1}.member` : lowerFirst(String(key))))
    .join('.');
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function at(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    // Reflect.get reads a member of whatever object the JSON held.
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    input,
  );
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([key, member]) => [key, withoutNulls(member)]),
  );
}
