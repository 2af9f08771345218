import { type Shell, sh } from '../engine/shell';
import type { Task } from '../engine/task';
import { buildTask, type TaskOptions } from './options';
import { absolutePath, type Ownership, ownership, shown } from './path';

export interface SecretOptions extends Omit<TaskOptions, 'sensitive'>, Ownership {
  readonly path: string;
  /** Full name of a SecureString parameter: `/<project>/<environment>/<name>`; `:<version>` behind it asks for that one. */
  readonly parameter: string;
  /** Default: `0600`. */
  readonly mode?: string;
  /** Reads the value on standard input and exits 0 when it may be written; tells why not with `sc_say`, never the value. */
  readonly accept?: Shell;
}

/**
 * A file that holds a secret from Parameter Store, to the last character and without a newline after it. The node reads
 * it with its own role; the value passes through pipes only. Always sensitive: no diff and no output leaves the node.
 */
export function secret(options: SecretOptions): Task {
  const path = absolutePath(options.path);
  const { mode, owner, group } = ownership(options, '0600');
  const { parameter, accept } = options;
  // What Parameter Store allows in a name; sc_param puts it into a request without quoting it again.
  if (!/^\/[A-Za-z0-9_.\-/]+(:[1-9]\d*)?$/.test(parameter))
    throw new RangeError(`${shown(parameter)} is not the full name of a parameter`);
  return buildTask(
    { ...options, sensitive: true },
    {
      name: `secret ${shown(path)}`,
      define: sh`fetch() {
  value=$(sc_param ${parameter} 2>"$SC_TMP/why") || {
    sc_say "$(tail -n 3 "$SC_TMP/why")"
    exit 1
  }
  if [ -z "$value" ]; then
    sc_say ${`the parameter ${parameter} is empty`}
    exit 1
  fi
}
value() {
  printf '%s' "$value"
}${
        accept === undefined
          ? sh``
          : sh`
accept() {
  ${accept}
}`
      }`,
      check: sh`[ -f ${path} ]
sc_stat_is ${path} ${mode} ${owner} ${group}
fetch
value | cmp -s - ${path}`,
      apply: sh`fetch
${accept === undefined ? sh`:` : sh`value | accept`}
value | sc_write ${path} ${mode} ${owner} ${group}`,
    },
  );
}
