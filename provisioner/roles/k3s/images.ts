import type { Task } from '../../engine/task';
import type { InventoryNode } from '../../inventory/schema';
import { absent, directory, download } from '../../tasks';
import type { RoleContext } from '../context';
import { type Kind, paths } from './parts';
import { releaseFile } from './release';

/** The images of K3s's own components beside the binary, for nodes that reach no registry. By choice of the environment. */
export function imageTasks(context: RoleContext, { restart }: Kind): Task[] {
  const architectures = [...new Set(context.inventory.nodes.map(({ arch }) => arch))].sort();
  // One name for all, so that a fleet of two architectures needs no path per node.
  const path = `${paths.images}/k3s-airgap-images.tar.zst`;
  if (!context.environment.k3s.airgapImages)
    return [absent({ name: 'no image archive', path, tags: ['images'] })];
  return [
    directory({ path: paths.images, tags: ['images'] }),
    download({
      name: `image archive (${architectures.join(', ')})`,
      path,
      ...releaseFile(context, archiveName),
      // K3s imports what is in this folder when it starts.
      notify: [restart],
      tags: ['images'],
    }),
  ];
}

function archiveName({ arch }: InventoryNode): string {
  return `k3s-airgap-images-${arch}.tar.zst`;
}
