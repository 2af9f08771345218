import { EnvironmentError } from './errors';

/**
 * Lays single settings over what an environment file says: `k3s.version=v1.34.4+k3s1`, `servers.count=3`. A value is read as
 * JSON where it is JSON, else as text; what a path leads to is left to the schema.
 *
 * @throws EnvironmentError for a text that is no setting
 */
export function withSettings(file: unknown, settings: readonly string[]): unknown {
  return settings
    .map(parsed)
    .reduce(({ file: before }, { path, value }) => ({ file: set(before, path, value) }), {
      file,
    }).file;
}

interface Setting {
  readonly path: readonly string[];
  readonly value: unknown;
}

function parsed(text: string): Setting {
  const [, path = '', value = ''] = /^([A-Za-z][\w-]*(?:\.[A-Za-z][\w-]*)*)=(.*)$/s.exec(text) ?? [];
  if (path === '')
    throw new EnvironmentError(`--set ${text} is no setting.`, [
      'Give a path and a value, such as k3s.version=v1.34.4+k3s1.',
    ]);
  return { path: path.split('.'), value: valueIn(value) };
}

function valueIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function set(before: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  const fields = typeof before === 'object' && before !== null && !Array.isArray(before) ? { ...before } : {};
  return {
    ...fields,
    [key]: set(Object.hasOwn(fields, key) ? Reflect.get(fields, key) : undefined, rest, value),
  };
}
