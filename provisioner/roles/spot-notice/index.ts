import { sh } from '../../engine/shell';
import type { Role } from '../../engine/task';
import { directory, file, restart, service, systemdUnit } from '../../tasks';
import type { RoleContext } from '../context';
import { unit, watcher } from './watcher';

/** Agents on spare capacity leave the cluster in order when AWS takes them back, and come back by themselves. */
export const spotNotice: Role<RoleContext> = {
  name: 'spot-notice',
  tasks: ({ inventory, perNode }) => {
    if (!inventory.nodes.some(({ spot }) => spot)) return [];
    const onlyIf = sh`[ ${perNode(({ spot }) => (spot ? 'yes' : 'no'))} = yes ]`;
    return [
      directory({ path: '/usr/local/lib/stagecraft', onlyIf }),
      file({
        path: '/usr/local/lib/stagecraft/spot-notice',
        mode: '0755',
        content: watcher(perNode(({ name }) => name)),
        onlyIf,
        notify: [restartWatcher],
      }),
      systemdUnit({ unit: 'spot-notice.service', content: unit, onlyIf, notify: [restartWatcher] }),
      service({ unit: 'spot-notice.service', onlyIf, satisfies: [restartWatcher] }),
    ];
  },
};

const restartWatcher = restart('spot-notice.service');
