import { sh } from '../../engine/shell';
import type { Task } from '../../engine/task';
import { directory, secret } from '../../tasks';
import type { RoleContext } from '../context';
import { type Kind, paths } from './parts';

/** The join token, which the node reads from Parameter Store by itself. */
export function tokenTasks({ inventory }: RoleContext, { role, restart }: Kind): Task[] {
  return [
    directory({ path: paths.config, mode: '0700' }),
    secret({
      name: 'join token',
      path: paths.token,
      parameter: inventory.secrets.k3sToken,
      ...(role === 'server' && { accept: clusterHasIt }),
      notify: [restart],
      tags: ['token'],
    }),
  ];
}

/**
 * A server encrypts the cluster's keys with the token: with another one in its file it would not start again. K3s keeps
 * the one in force in a file of its own, as `K10<hash>::server:<token>` or as it was given.
 */
const clusterHasIt = sh`if [ -s ${`${paths.data}/server/token`} ]; then
    read -r wanted || :
    read -r inForce <${`${paths.data}/server/token`} || :
    if [ "\${inForce##*:}" != "\${wanted##*:}" ]; then
      sc_say 'the token in Parameter Store is not the one that this cluster uses; finish a rotation that broke off (npm run token -- rotate), or put the old one back'
      exit 1
    fi
  fi`;
