import { lines, sh, words } from '../engine/shell';
import type { Task } from '../engine/task';
import { buildTask, type TaskOptions } from './options';
import { printsWanted } from './wanted';

export interface KernelModuleOptions extends TaskOptions {
  /** Name of the file in /etc/modules-load.d, without `.conf`. */
  readonly file: string;
  readonly modules: readonly string[];
}

/** Kernel modules that are loaded, now and at each boot. One that is built into the kernel counts as loaded. */
export function kernelModule(options: KernelModuleOptions): Task {
  const { modules } = options;
  for (const name of [options.file, ...modules]) {
    if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name))
      throw new RangeError(`${JSON.stringify(name)} is not a module name`);
  }
  const path = `/etc/modules-load.d/${options.file}.conf`;
  const content = modules.map((name) => `${name}\n`).join('');
  return buildTask(options, {
    name: `kernel modules ${modules.join(', ')}`,
    define: sh`${printsWanted(content)}
# loaded NAME: the kernel writes hyphens in a module's name as underscores.
loaded() {
  [ -d "/sys/module/$(printf %s "$1" | tr - _)" ] ||
    grep -qs "/$1[.]ko" "/lib/modules/$(uname -r)/modules.builtin"
}
wrong=''`,
    check: lines(
      sh`if ! wanted | sc_diff ${path} ${path} || ! sc_stat_is ${path} 0644 root root; then wrong=1; fi`,
      sh`for module in ${words(modules)}; do
  if ! loaded "$module"; then
    printf 'module %s is not loaded\\n' "$module"
    wrong=1
  fi
done
[ -z "$wrong" ]`,
    ),
    apply: lines(
      sh`wanted | sc_write ${path} 0644 root root`,
      sh`for module in ${words(modules)}; do
  if ! loaded "$module"; then modprobe "$module"; fi
done`,
    ),
  });
}
