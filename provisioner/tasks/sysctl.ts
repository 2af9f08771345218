import { lines, sh } from '../engine/shell';
import type { Task } from '../engine/task';
import { buildTask, type TaskOptions } from './options';
import { printsWanted } from './wanted';

export interface SysctlOptions extends TaskOptions {
  /** Name of the file in /etc/sysctl.d, without `.conf`; the last in the order of names wins where two set a key. */
  readonly file: string;
  /** Kernel parameters by name, as sysctl(8) takes it: `net.core.somaxconn`, `net/ipv4/conf/eth0.1/rp_filter`. */
  readonly values: Readonly<Record<string, string | number>>;
}

/** Kernel parameters, both in /etc/sysctl.d for the next boot and in the running kernel. */
export function sysctl(options: SysctlOptions): Task {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(options.file))
    throw new RangeError(`${JSON.stringify(options.file)} is not a file name`);
  const path = `/etc/sysctl.d/${options.file}.conf`;
  const settings = Object.entries(options.values).map(([key, value]) => setting(key, value));
  const content = settings.map(({ key, value }) => `${key} = ${value.replaceAll('\t', ' ')}\n`).join('');
  return buildTask(options, {
    name: `kernel parameters ${options.file}`,
    define: sh`${printsWanted(content)}
wrong=''
# is KEY PATH VALUE: whether the running kernel has it.
is() {
  found=''
  if [ -e "$2" ]; then
    read -r found <"$2" || :
  else
    found='unknown to this kernel (is its module loaded?)'
  fi
  if [ "$found" != "$3" ]; then
    printf '%s is %s, wanted %s\\n' "$1" "$found" "$3"
    wrong=1
  fi
}
# set_to KEY PATH VALUE
set_to() {
  if [ ! -e "$2" ]; then
    printf '%s is unknown to this kernel; is its module loaded?\\n' "$1"
    return 1
  fi
  printf '%s\\n' "$3" >"$2"
}`,
    check: lines(
      sh`if ! wanted | sc_diff ${path} ${path} || ! sc_stat_is ${path} 0644 root root; then wrong=1; fi`,
      ...settings.map(({ key, file, value }) => sh`is ${key} ${file} ${value}`),
      sh`[ -z "$wrong" ]`,
    ),
    apply: lines(
      sh`wanted | sc_write ${path} 0644 root root`,
      ...settings.map(({ key, file, value }) => sh`set_to ${key} ${file} ${value}`),
    ),
  });
}

interface Setting {
  readonly key: string;
  readonly file: string;
  readonly value: string;
}

function setting(key: string, value: string | number): Setting {
  if (!/^[a-z0-9_]+([./][A-Za-z0-9_.-]+)+$/.test(key) || key.includes('..'))
    throw new RangeError(`${JSON.stringify(key)} is not a kernel parameter`);
  // sysctl(8): where the first separator is a dot, dots and slashes swap their roles.
  const swapped = key.replace(/[./]/g, (separator) => (separator === '.' ? '/' : '.'));
  const file = `/proc/sys/${/^[^./]*\./.test(key) ? swapped : key}`;
  // The kernel shows the parts of a value with a tab between them.
  return { key, file, value: String(value).trim().split(/\s+/).join('\t') };
}
