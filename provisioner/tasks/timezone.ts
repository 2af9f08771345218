import { sh } from '../engine/shell';
import type { Task } from '../engine/task';
import { buildTask, type TaskOptions } from './options';

export interface TimezoneOptions extends TaskOptions {
  /** Name in the tz database: `Asia/Seoul`. */
  readonly timezone: string;
}

/** The node's time zone. Needs the package tzdata. */
export function timezone(options: TimezoneOptions): Task {
  if (!/^[A-Za-z0-9_+-]+(\/[A-Za-z0-9_+-]+){0,2}$/.test(options.timezone))
    throw new RangeError(`${JSON.stringify(options.timezone)} is not a time zone`);
  const zone = `/usr/share/zoneinfo/${options.timezone}`;
  return buildTask(options, {
    name: `time zone ${options.timezone}`,
    check: sh`found=$(readlink /etc/localtime || :)
if [ "\${found##*zoneinfo/}" != ${options.timezone} ]; then
  printf 'the time zone is %s, wanted %s\\n' "\${found##*zoneinfo/}" ${options.timezone}
  exit 1
fi
printf '%s\\n' ${options.timezone} | sc_diff /etc/timezone /etc/timezone`,
    apply: sh`if [ ! -f ${zone} ]; then
  echo ${`${zone} is absent: is the package tzdata installed and the name right?`}
  exit 1
fi
ln -sfn ${zone} /etc/localtime
printf '%s\\n' ${options.timezone} | sc_write /etc/timezone 0644 root root`,
  });
}
