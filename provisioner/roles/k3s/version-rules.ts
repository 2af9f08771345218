import type { Facts } from '../../engine/facts';
import type { PlannedPlay } from '../../engine/plan';
import type { RoleContext } from '../context';

/** Minor versions that a kubelet may be older than the API (Kubernetes, "Version Skew Policy"; from 1.25 on). */
const KUBELET_SKEW = 3;

/** Names of the nodes on which these plays may exchange the release of K3s. */
export function nodesToInstallOn(planned: readonly PlannedPlay<RoleContext>[]): ReadonlySet<string> {
  return new Set(
    planned
      .filter(({ steps }) => steps.some(({ role, tags }) => role === 'k3s' && tags.has('install')))
      .flatMap(({ hosts }) => hosts.map(({ name }) => name)),
  );
}

/**
 * Why the wanted release must not be installed, if it must not: rules of Kubernetes' version skew policy, which K3s
 * follows (docs.k3s.io, "Manual Upgrades"). They are about minor versions; within one, patches may go up and down.
 *
 * @param facts of the nodes of the run, and of the servers that it leaves out, as far as they answered
 * @param installs names of the nodes on which the run may exchange the release
 */
export function versionRefusals(
  { environment, inventory }: RoleContext,
  facts: ReadonlyMap<string, Facts>,
  installs: ReadonlySet<string>,
): string[] {
  const wanted = environment.k3s.version;
  const nodes = inventory.nodes.map(({ name, role }) => ({
    name,
    role,
    answered: facts.has(name),
    installed: facts.get(name)?.get('k3s_version'),
    inRun: installs.has(name),
  }));
  if (installs.size === 0) return [];
  return [
    ...downgrades(wanted, nodes),
    ...skips(wanted, nodes),
    ...apart(wanted, nodes),
    ...agentsFirst(wanted, nodes),
  ];
}

interface NodeRelease {
  readonly name: string;
  readonly role: 'server' | 'agent';
  /** Whether its facts are known. */
  readonly answered: boolean;
  /** Undefined before the first installation, and for a node that did not answer. */
  readonly installed: string | undefined;
  readonly inRun: boolean;
}

function downgrades(wanted: string, nodes: readonly NodeRelease[]): string[] {
  return byRelease(
    nodes.filter(({ inRun, installed }) => inRun && ahead(installed, wanted) > 0),
    (found) =>
      `${wanted} would be a downgrade of a minor version from ${found}, which Kubernetes does not support. Set k3s.version back to ${minorOf(found)}, or restore a snapshot from before the upgrade (docs/operations/upgrades.md)`,
  );
}

/** An API server takes every minor version; an agent may catch up with servers that have. */
function skips(wanted: string, nodes: readonly NodeRelease[]): string[] {
  const servers = nodes.filter(({ role }) => role === 'server');
  const serversAreThere = servers.every(
    ({ installed }) => installed !== undefined && ahead(wanted, installed) === 0,
  );
  return byRelease(
    nodes.filter(
      ({ role, inRun, installed }) =>
        inRun && ahead(wanted, installed) > 1 && !(role === 'agent' && serversAreThere),
    ),
    (found) =>
      `from ${found} to ${wanted}, minor versions would be skipped. Set k3s.version to a release of ${nextMinor(found)} first, run, then go on`,
  );
}

/** What a server at the wanted release would be too far from: other servers, and kubelets. */
function apart(wanted: string, nodes: readonly NodeRelease[]): string[] {
  if (!nodes.some(({ role, inRun, installed }) => role === 'server' && inRun && ahead(wanted, installed) > 0))
    return [];
  return [
    ...byRelease(
      nodes.filter(
        ({ role, inRun, installed }) => role === 'server' && !inRun && ahead(wanted, installed) > 1,
      ),
      (found) =>
        `a server with ${found} and one with ${wanted} must not run side by side. Upgrade all servers to ${nextMinor(found)} first`,
    ),
    ...byRelease(
      nodes.filter(({ role, installed }) => role === 'agent' && ahead(wanted, installed) > KUBELET_SKEW),
      (found) =>
        `an agent with ${found} is too old for servers with ${wanted}. Upgrade the agents first, as far as the servers are`,
    ),
  ];
}

/** A kubelet must not be newer than any API server. */
function agentsFirst(wanted: string, nodes: readonly NodeRelease[]): string[] {
  const agents = nodes.filter(
    ({ role, inRun, answered, installed }) =>
      role === 'agent' && inRun && answered && (installed === undefined || ahead(wanted, installed) > 0),
  );
  if (agents.length === 0) return [];
  const upgraded = agents.some(({ installed }) => installed !== undefined);
  const servers = nodes.filter(({ role }) => role === 'server');
  return [
    ...byRelease(
      servers.filter(({ inRun, installed }) => !inRun && ahead(wanted, installed) > 0),
      (found) =>
        `a server with ${found} is older than the ${wanted} that agents would get, and no agent may be newer than a server. Run without --limit, or with --limit servers first`,
    ),
    ...(upgraded
      ? servers
          .filter(({ answered }) => !answered)
          .map(
            ({ name }) =>
              `${name}: it does not answer, so nobody knows whether it is older than the ${wanted} that agents would get. Mend it, or take it out of the cluster and the environment; \`--limit servers\` upgrades the other servers meanwhile`,
          )
      : []),
  ];
}

/** One line for all nodes of a release. */
function byRelease(nodes: readonly NodeRelease[], reason: (release: string) => string): string[] {
  const names = new Map<string, string[]>();
  for (const { name, installed = '' } of nodes) names.set(installed, [...(names.get(installed) ?? []), name]);
  return [...names].map(([release, own]) => `${own.join(', ')}: ${reason(release)}`);
}

/** Minor versions that one release is ahead of another; 0 where one of them is unknown. */
function ahead(one: string | undefined, other: string | undefined): number {
  const [a, b] = [minorNumber(one), minorNumber(other)];
  return a === undefined || b === undefined ? 0 : a - b;
}

function minorNumber(release: string | undefined): number | undefined {
  const [, minor] = /^v1\.(\d+)\./.exec(release ?? '') ?? [];
  return minor === undefined ? undefined : Number(minor);
}

function minorOf(release: string): string {
  return `v1.${minorNumber(release) ?? '?'}`;
}

function nextMinor(release: string): string {
  return `v1.${(minorNumber(release) ?? 0) + 1}`;
}
