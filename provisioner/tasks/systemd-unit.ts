import { sh, type Value } from '../engine/shell';
import type { Task } from '../engine/task';
import { buildTask, type TaskOptions } from './options';
import { unitName } from './service';
import { printsWanted } from './wanted';

export interface SystemdUnitOptions extends TaskOptions {
  /** Name of the unit, with or without `.service`. */
  readonly unit: string;
  /** Content of the unit file, or of the drop-in. */
  readonly content: Value;
  /** Write `<unit>.d/<dropIn>.conf` beside a unit that a package brought, instead of the unit. */
  readonly dropIn?: string;
}

/** A unit file in /etc/systemd/system that systemd has read. Starting it is another task: `service`. */
export function systemdUnit(options: SystemdUnitOptions): Task {
  const unit = unitName(options.unit);
  const { dropIn } = options;
  if (dropIn !== undefined && !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(dropIn))
    throw new RangeError(`${JSON.stringify(dropIn)} is not a file name`);
  const folder = '/etc/systemd/system';
  const path = dropIn === undefined ? `${folder}/${unit}` : `${folder}/${unit}.d/${dropIn}.conf`;
  return buildTask(options, {
    name: dropIn === undefined ? `unit ${unit}` : `unit ${unit}, drop-in ${dropIn}`,
    define: printsWanted(options.content),
    check: sh`wanted | sc_diff ${path} ${path}
sc_stat_is ${path} 0644 root root
if [ "$(systemctl show --property=NeedDaemonReload --value ${unit} 2>/dev/null || :)" = yes ]; then
  echo ${`systemd has not read the present ${path}`}
  exit 1
fi`,
    apply: sh`mkdir -p ${path.slice(0, path.lastIndexOf('/'))}
wanted | sc_write ${path} 0644 root root
systemctl daemon-reload`,
  });
}
