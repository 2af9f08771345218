import { sh, type Value } from '../engine/shell';
import type { Task } from '../engine/task';
import { buildTask, type TaskOptions } from './options';
import { absolutePath, shown } from './path';

export interface LineOptions extends TaskOptions {
  /** A text file; it keeps its mode, owner and group. */
  readonly path: string;
  /** The line that is wanted. */
  readonly line: Value;
  /**
   * The lines that it stands for, as an awk regular expression (POSIX extended; leave out `{n,m}`, older mawk doesn't know
   * it): the first of them becomes `line`, the others go. Default: lines equal to `line`.
   */
  readonly match?: string;
}

export interface NoLineOptions extends TaskOptions {
  /** A text file; it keeps its mode, owner and group. */
  readonly path: string;
  /** Lines equal to this, or lines that match this awk regular expression. */
  readonly line: Value | { readonly match: string };
}

/** One line in a file, exactly once: in the place of the first that matches, else at the end. A missing file is made. */
export function line(options: LineOptions): Task {
  const path = absolutePath(options.path);
  if (typeof options.line === 'string') oneLine(options.line);
  return lineTask(options, {
    name: `line in ${shown(path)}: ${typeof options.line === 'string' ? options.line : (options.match ?? 'one per node')}`,
    path,
    line: options.line,
    match: options.match,
    times: 1,
    program: `
matches() { if (!done) print wanted; done = 1; next }
{ print }
END { if (!done) print wanted }`,
  });
}

/** No such line in a file. A missing file is as wanted. */
export function noLine(options: NoLineOptions): Task {
  const path = absolutePath(options.path);
  const pattern = isPattern(options.line) ? options.line.match : undefined;
  const exact = isPattern(options.line) ? '' : options.line;
  if (typeof exact === 'string') oneLine(exact);
  const what = pattern ?? (typeof exact === 'string' ? exact : 'one per node');
  return lineTask(options, {
    name: `no line in ${shown(path)}: ${what}`,
    path,
    line: exact,
    match: pattern,
    times: 0,
    program: `
matches() { next }
{ print }`,
  });
}

interface Edit {
  readonly name: string;
  readonly path: string;
  readonly line: Value;
  readonly match: string | undefined;
  /** How often the line is wanted. */
  readonly times: 0 | 1;
  /** What awk does; `matches()` stands for the pattern. */
  readonly program: string;
}

/** The wanted file is a function of the present one: the check compares the two, apply writes the wanted one. */
function lineTask(options: TaskOptions, { name, path, line, match, times, program }: Edit): Task {
  const pattern = match === undefined ? '$0 == wanted' : '$0 ~ ENVIRON["SC_MATCH"]';
  const source = `BEGIN { wanted = ENVIRON["SC_LINE"] }${program.replace('matches()', pattern)}`;
  // As long as nothing has to be replaced, the line has to be there exactly once, or never.
  const enough =
    match === undefined ? sh`[ "$(grep -Fxc -- ${line} ${path} 2>/dev/null)" = ${times} ]` : undefined;
  const compared = sh`wanted >"$SC_TMP/wanted"
sc_diff ${path} ${path} <"$SC_TMP/wanted"`;
  return buildTask(options, {
    name,
    brief: true,
    // Values reach awk through its environment: `-v` would read backslashes as escapes. awk reads the file itself, so that
    // a file that can't be read is an error and not an empty file.
    define: sh`wanted() {
  source=/dev/null
  if [ -L ${path} ]; then source=$(readlink -f ${path}); elif [ -e ${path} ]; then source=${path}; fi
  SC_LINE=${line} SC_MATCH=${match ?? ''} awk ${source} "$source"
}`,
    // There once and nothing to replace: the common case takes one process.
    check:
      enough === undefined
        ? compared
        : sh`if ${enough}; then exit 0; fi
${compared}`,
    apply: sh`wanted >"$SC_TMP/wanted"
if [ "$source" = /dev/null ]; then
  sc_put "$SC_TMP/wanted" ${path} 0644 root root
else
  stat -c '%a %U %G' "$source" >"$SC_TMP/stat"
  read -r mode owner group <"$SC_TMP/stat"
  sc_put "$SC_TMP/wanted" "$source" "$mode" "$owner" "$group"
fi`,
  });
}

function isPattern(line: NoLineOptions['line']): line is { readonly match: string } {
  return typeof line === 'object' && 'match' in line;
}

function oneLine(value: string): void {
  if (value.includes('\n')) throw new RangeError(`${shown(value)} is more than one line`);
}
