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

/**
 * Whether a release has something that came with a patch release of several minor versions at once.
 *
 * @param patches the first patch of each minor that has it; minors after the last of them have it too
 */
export function releaseAtLeast(version: string, patches: Readonly<Record<string, number>>): boolean {
  const [, minor = '0', patch = '0'] = /^v1\.(\d+)\.(\d+)/.exec(version) ?? [];
  const first = patches[`1.${minor}`];
  if (first !== undefined) return Number(patch) >= first;
  return Object.keys(patches).every((known) => Number(minor) > Number(known.slice(2)));
}
