import { sh } from '../../engine/shell';
import type { Task } from '../../engine/task';
import type { InventoryNode } from '../../inventory/schema';
import { download, link } from '../../tasks';
import type { RoleContext } from '../context';
import { type Kind, paths } from './parts';
import { releaseFile } from './release';

/** The pinned release, verified, and the commands that are other names of it. */
export function binaryTasks(context: RoleContext, { restart }: Kind): Task[] {
  const { version } = context.environment.k3s;
  return [
    download({
      name: `binary ${version}`,
      path: paths.binary,
      mode: '0755',
      ...binaryOf(context),
      // A mirror may serve another release under this one's address, with a checksum file to match.
      confirm: sh`case $(${paths.binary} --version 2>&1 || :) in
  ${`k3s version ${version} `}*) ;;
  *)
    echo ${`${paths.binary} does not say that it is ${version}`}
    exit 1
    ;;
esac`,
      notify: [restart],
      tags: ['install'],
    }),
    ...['kubectl', 'crictl', 'ctr'].map((name) => {
      const path = `/usr/local/bin/${name}`;
      return link({
        name: `command ${name}`,
        path,
        target: 'k3s',
        // One that somebody put there is theirs.
        onlyIf: sh`[ ! -e ${path} ] || [ -L ${path} ]`,
        tags: ['install'],
      });
    }),
  ];
}

/** Where the binary comes from, and what it is verified with. */
export function binaryOf(context: RoleContext): ReturnType<typeof releaseFile> {
  return releaseFile(context, binaryName, ({ arch }) => context.environment.k3s.checksums?.[arch]);
}

/** The name of the binary among a release's files. */
function binaryName({ arch }: InventoryNode): string {
  return arch === 'amd64' ? 'k3s' : `k3s-${arch}`;
}
