import { ServiceError, validationException } from './service-error';

/** Longest fully qualified name, the ARN's 45 or so characters before it included. */
const MAX_LENGTH = 1011;
/** Deepest hierarchy. */
const MAX_LEVELS = 15;

/**
 * Refuses a name that Parameter Store refuses to create.
 *
 * @throws ServiceError ValidationException, AccessDeniedException for the reserved `aws`,
 *   HierarchyLevelLimitExceededException
 */
export function requireCreatableName(name: string): void {
  const plain = name.replace(/^\//, '').toLowerCase();
  if (plain.startsWith('aws'))
    throw new ServiceError('AccessDeniedException', `No access to reserved parameter name: ${name}.`);
  if (plain.startsWith('ssm'))
    throw validationException(`Parameter name: can't be prefixed with "ssm" (case-insensitive): ${name}.`);
  if (name.includes('/') && !name.startsWith('/'))
    throw validationException(
      'Parameter name must be a fully qualified name: a hierarchy begins with a slash.',
    );
  if (!/^\/?[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/.test(name))
    throw validationException(
      `Parameter name: only letters, digits, '.', '-', '_' and, between levels, a slash are allowed: ${name}.`,
    );
  if (name.length > MAX_LENGTH)
    throw validationException(`Parameter name: longer than ${MAX_LENGTH} characters.`);
  if (name.split('/').filter((level) => level !== '').length > MAX_LEVELS)
    throw new ServiceError(
      'HierarchyLevelLimitExceededException',
      `A hierarchy can have at most ${MAX_LEVELS} levels: ${name}.`,
    );
}

/** A name as `GetParameter` takes it: a name or an ARN, with a version or a label behind a colon. */
export interface ParameterReference {
  readonly name: string;
  /** With its colon, as the answer repeats it: `:3`. */
  readonly selector?: string;
}

export function parseReference(reference: string): ParameterReference {
  const arn = /^arn:[^:]*:ssm:[^:]*:[^:]*:parameter(\/[^:]+)(:.+)?$/.exec(reference);
  const [name, selector] = arn === null ? split(reference) : [arn[1] ?? '', arn[2]];
  return selector === undefined ? { name } : { name, selector };
}

/** The name alone, without a selector. */
export function baseName(reference: string): string {
  return parseReference(reference).name;
}

function split(reference: string): [string, string | undefined] {
  const colon = reference.indexOf(':');
  return colon === -1 ? [reference, undefined] : [reference.slice(0, colon), reference.slice(colon)];
}
