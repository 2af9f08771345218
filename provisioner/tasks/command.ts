import { type Shell, sh } from '../engine/shell';
import type { Task } from '../engine/task';
import { buildTask, type TaskOptions } from './options';
import { absolutePath } from './path';

/** A command says itself how its effect is seen: that is what makes it idempotent. */
export type CommandOptions = Omit<TaskOptions, 'name'> & {
  /** What is wanted, in words; unique within a role. */
  readonly name: string;
  /** Runs under `set -eu`, as root, from `/`, without standard input. */
  readonly command: Shell;
  /** Functions and variables that `unless` and `command` share; goes before each of them. */
  readonly define?: Shell;
} & (
    | {
        /** A path that the command makes: it runs only while nothing is there. */
        readonly creates: string;
      }
    | {
        /** Exits 0 when the command is not needed; prints why it is. Only reads. */
        readonly unless: Shell;
      }
  );

/** A command for what no other task says. */
export function command(options: CommandOptions): Task {
  return buildTask(options, {
    name: options.name,
    ...(options.define && { define: options.define }),
    check: 'creates' in options ? exists(absolutePath(options.creates)) : options.unless,
    apply: options.command,
  });
}

function exists(path: string): Shell {
  return sh`if [ ! -e ${path} ] && [ ! -L ${path} ]; then
  echo ${`${path} is absent`}
  exit 1
fi`;
}
