import type { Host } from '../engine/play';
import { type ExitCode, exitCodes, UserError } from '../errors';
import type { InventoryNode } from '../inventory/schema';
import { removalPlays } from '../roles/k3s/removal';
import { confirmed } from './confirm';
import { observe } from './observe';
import { type Fleet, openFleet } from './open-fleet';
import type { FleetFlags, LeaseFlags, RunFlags } from './options';
import { chooseListeners } from './output';
import { unreachableOf } from './require-reachable';
import { runPlays, selectPlays } from './run-plays';
import { suggestion } from './suggest';
import { exitCodeOf, type INTERRUPTED } from './verdict';

/** The flags of `node remove`, as commander gives them. */
export interface NodeRemoveOptions extends FleetFlags, RunFlags, LeaseFlags {
  readonly yes?: true;
}

/** Runs `node remove`. @throws UserError or EnvironmentError for everything that the operator can mend */
export async function removeNode(
  name: string,
  options: NodeRemoveOptions,
): Promise<ExitCode | typeof INTERRUPTED> {
  const fleet = await openFleet(options);
  const through = await actingServer(fleet, name);
  const known = fleet.inventory.nodes.find((node) => node.name === name);
  await requireKnown(fleet, through, name);
  const own = fleet.hosts.filter((host) => host.name === name);
  const lost = await unreachableOf(fleet, own);
  const host = own.find(() => !lost.has(name));
  const ask = { word: name, yes: options.yes === true };
  if (!(await confirmed(whatHappens(name, known, lost.get(name)), ask))) return exitCodes.taskFailed;
  const removal = { node: name, through, ...(host !== undefined && { host }) };
  const result = await runPlays(fleet, {
    selection: selectPlays(
      { ...fleet, limited: [through, ...(host === undefined ? [] : [host])] },
      removalPlays(fleet.context, removal),
    ),
    mode: 'apply',
    forks: options.forks,
    timeoutSeconds: options.timeout,
    lease: options,
    listeners: (runId) => chooseListeners(options, runId),
  });
  const code = exitCodeOf(result, { check: false, detailed: false });
  if (code === exitCodes.done) process.stderr.write(`${next(fleet, name, known, lost.get(name))}\n`);
  return code;
}

/** The first server that can be reached and is not the node itself. */
async function actingServer(fleet: Fleet, name: string): Promise<Host> {
  const servers = fleet.hosts.filter((host) => host.groups.includes('servers'));
  const others = servers.filter((host) => host.name !== name);
  if (others.length === 0)
    throw new UserError(
      `${name} is the only server of ${fleet.inventory.environment}: without it there is no cluster.`,
      `To give the environment up: \`npx cdktf destroy ${fleet.inventory.environment}\`.`,
      exitCodes.usage,
    );
  const lost = await unreachableOf(fleet, others);
  const found = others.find((host) => !lost.has(host.name));
  if (found !== undefined) return found;
  throw new UserError(
    `No other server can be reached: ${[...lost].map(([server, why]) => `${server} (${why})`).join(', ')}.`,
    'See docs/operations.md, "When a run fails".',
    exitCodes.unreachable,
  );
}

/** A name that neither inventory nor cluster knows is a slip of the keyboard. */
async function requireKnown(fleet: Fleet, through: Host, name: string): Promise<void> {
  if (fleet.hosts.some((host) => host.name === name)) return;
  const { facts } = await observe({ ...fleet, limited: [through] }, { forks: 1, timeoutSeconds: 120 });
  const members = (facts.get(through.name)?.cluster_nodes ?? '').split(',').filter((one) => one !== '');
  if (members.length === 0)
    throw new UserError(
      `${through.name} does not say which nodes the cluster has.`,
      `Does the API answer? \`npm run status -- --env ${fleet.inventory.environment}\``,
    );
  if (members.includes(name)) return;
  const names = [...new Set([...members, ...fleet.hosts.map((host) => host.name)])];
  throw new UserError(
    `There is no node "${name}" in ${fleet.inventory.environment}, neither in the cluster nor in the inventory.`,
    suggestion(name, names),
    exitCodes.usage,
  );
}

function whatHappens(name: string, known: InventoryNode | undefined, reason: string | undefined): string {
  const where =
    known === undefined
      ? 'It is not in the inventory: it is deleted from the cluster alone.'
      : reason === undefined
        ? 'Its pods are evicted, K3s stops on it, and everything of K3s on it is removed, volumes of the kind local-path too.'
        : `It cannot be reached (${reason}): it is deleted from the cluster alone. Make sure that it is gone; it must not come back as it was.`;
  return [`${name} leaves the cluster${known?.role === 'server' ? ', and etcd' : ''}.`, `  ${where}`].join(
    '\n',
  );
}

/** Nodes are counted in the environment, so only the last of a group can go by its count. */
function next(
  { environment, inventory }: Fleet,
  name: string,
  known: InventoryNode | undefined,
  reason: string | undefined,
): string {
  if (known === undefined) return `${name} is out of the cluster.`;
  const group = known.role === 'server' ? undefined : known.groups[0];
  const count = group === undefined ? environment.servers.count : (environment.nodeGroups[group]?.count ?? 0);
  const field = group === undefined ? 'servers.count' : `nodeGroups.${group}.count`;
  const env = inventory.environment;
  const again = `  To have it anew: ${reason === undefined ? '' : `\`npx cdktf deploy ${env}\`, then `}\`npm run provision -- --env ${env} --limit ${name}\`.`;
  const isLast = name.endsWith(`-${count}`);
  if (isLast && group !== undefined)
    return [
      `${name} is out of the cluster. The next run would let it join again, so now:`,
      `  in environments/${env}.ts: ${field}: ${count - 1}`,
      `  npx cdktf deploy ${env}`,
      again,
    ].join('\n');
  const why =
    group === undefined
      ? `The environment has ${count} servers, an odd number: one fewer is not to be had, so let it be made anew.`
      : `The environment counts the nodes of a group: with ${field}: ${count - 1}, \`cdktf deploy\` would take ${env}-${group}-${count} away, not this one. Remove that one instead, or have this one made anew.`;
  return [`${name} is out of the cluster. The next run would let it join again.`, `  ${why}`, again].join(
    '\n',
  );
}
