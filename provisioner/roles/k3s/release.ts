import type { InventoryNode } from '../../inventory/schema';
import type { DownloadOptions } from '../../tasks/download';
import type { RoleContext } from '../context';

/**
 * Where a file of the pinned release comes from, and what it is verified with: the environment's checksum when every node
 * has one for its architecture, else the checksum file that the release carries.
 *
 * @param nameOf the file's name in the release, for a node's architecture
 * @param pinnedFor the environment's SHA-256 for a node's architecture
 */
export function releaseFile(
  context: RoleContext,
  nameOf: (node: InventoryNode) => string,
  pinnedFor: (node: InventoryNode) => string | undefined = () => undefined,
): Pick<DownloadOptions, 'url' | 'verify'> {
  const { inventory, environment, perNode } = context;
  const host = inventory.endpoints.artifacts ?? environment.artifactMirror ?? 'https://github.com';
  // The + of a version is a space to many servers unless it is escaped.
  const folder = `${host.replace(/\/+$/, '')}/k3s-io/k3s/releases/download/${encodeURIComponent(environment.k3s.version)}`;
  const pinned = inventory.nodes.map((node) => pinnedFor(node));
  return {
    url: perNode((node) => `${folder}/${nameOf(node)}`),
    verify: pinned.includes(undefined)
      ? { checksums: perNode((node) => `${folder}/sha256sum-${node.arch}.txt`), name: perNode(nameOf) }
      : { sha256: perNode((node) => pinnedFor(node) ?? '') },
  };
}
