/** Mode, owner and group of a file or folder. */
export interface Ownership {
  /** Octal, three or four digits: `0644`. */
  readonly mode?: string;
  /** User name. Default: `root`. */
  readonly owner?: string;
  /** Group name. Default: `root`. */
  readonly group?: string;
}

/**
 * A path as a task takes it: absolute and in its shortest form, so that it can't be taken for an option and names one
 * thing only.
 *
 * @throws RangeError for anything else
 */
export function absolutePath(path: string): string {
  if (!path.startsWith('/')) throw new RangeError(`${shown(path)} is not an absolute path`);
  if (path.includes('\0')) throw new RangeError(`${shown(path)} has a NUL byte in it`);
  const segments = path.slice(1).split('/');
  if (segments.some((segment) => ['', '.', '..'].includes(segment)))
    throw new RangeError(
      `${shown(path)} has an empty, "." or ".." part; write the path in its shortest form`,
    );
  return path;
}

/** The folder that a path is in. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/**
 * Mode, owner and group with their defaults.
 *
 * @throws RangeError for a mode that is not three or four octal digits, or an owner or group that is not a name
 */
export function ownership(options: Ownership, defaultMode: string): Required<Ownership> {
  const { mode = defaultMode, owner = 'root', group = 'root' } = options;
  if (!/^[0-7]{3,4}$/.test(mode))
    throw new RangeError(`mode ${shown(mode)} is not three or four octal digits`);
  for (const name of [owner, group]) {
    // As useradd(8) takes them. Numeric ids are refused: `stat` answers with names.
    if (!/^[a-z_][a-z0-9_-]*$/.test(name)) throw new RangeError(`${shown(name)} is not a user or group name`);
  }
  return { mode, owner, group };
}

/** A text in a task's name: on one line, whatever is in it. */
export function shown(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return /[\u0000-\u001f\u007f]/.test(value) ? JSON.stringify(value) : value;
}
