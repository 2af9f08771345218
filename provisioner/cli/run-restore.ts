import type { Host } from '../engine/play';
import { type ExitCode, exitCodes, UserError } from '../errors';
import { visible } from '../report/visible';
import { isHighlyAvailable } from '../roles/k3s/parts';
import { BEFORE_RESTORE, restorePlays, snapshotListRole } from '../roles/k3s/restore';
import { confirmed } from './confirm';
import { type Fleet, openFleet } from './open-fleet';
import { type FleetFlags, type LeaseFlags, namesIn, type RunFlags } from './options';
import { chooseListeners } from './output';
import { requireReachable } from './require-reachable';
import { runPlays, selectPlays } from './run-plays';
import { suggestion } from './suggest';
import { exitCodeOf, type INTERRUPTED } from './verdict';
import { workOnNodes } from './work-on-nodes';

/** The flags of `restore`, as commander gives them. */
export interface RestoreOptions extends FleetFlags, RunFlags, LeaseFlags {
  readonly list?: true;
  readonly snapshot?: string;
  readonly gone?: string;
  readonly tokenVersion?: number;
  readonly yes?: true;
}

/** Runs `restore`. @throws UserError or EnvironmentError for everything that the operator can mend */
export async function restore(options: RestoreOptions): Promise<ExitCode | typeof INTERRUPTED> {
  const { list, snapshot } = options;
  if (!list && snapshot === undefined)
    throw new UserError(
      'Which snapshot?',
      `See \`npm run restore -- --env ${options.env} --list\`.`,
      exitCodes.usage,
    );
  const fleet = await openFleet(options);
  refuseOtherData(fleet);
  const servers = serversWithout(fleet, options.gone);
  if (list || snapshot === undefined) return listSnapshots(fleet, servers);
  // A server that is not stopped would go on as the old cluster: two of them, each taking changes.
  await requireReachable(
    fleet,
    servers,
    'A server that runs on with the old data would be a second cluster. Make it reachable, or terminate it and say so: --gone NAME.',
  );
  const ask = { word: fleet.inventory.environment, yes: options.yes === true };
  if (!(await confirmed(whatIsLost(fleet, servers, snapshot, new Date()), ask))) return exitCodes.taskFailed;
  const { tokenVersion } = options;
  const request = { snapshot, ...(tokenVersion !== undefined && { tokenVersion }) };
  const plays = restorePlays(fleet.context, request, fleet.secrets);
  const result = await runPlays(fleet, {
    selection: selectPlays({ ...fleet, limited: servers }, plays),
    mode: 'apply',
    forks: options.forks,
    timeoutSeconds: options.timeout,
    lease: options,
    listeners: (runId) => chooseListeners(options, runId),
  });
  const code = exitCodeOf(result, { check: false, detailed: false });
  process.stderr.write(`${code === exitCodes.done ? next(fleet) : broken(fleet, snapshot)}\n`);
  return code;
}

function refuseOtherData({ context, inventory }: Fleet): void {
  if (isHighlyAvailable(context)) return;
  throw new UserError(
    `${inventory.environment} has one server, which keeps its data in SQLite: there are no snapshots of etcd.`,
    'docs/operations/etcd-restore.md, "One server", has the steps for its backups.',
    exitCodes.usage,
  );
}

type ServersOf = Pick<Fleet, 'hosts'> & { readonly inventory: Pick<Fleet['inventory'], 'environment'> };

/** The servers that are still there, in the order of the inventory. */
export function serversWithout({ hosts, inventory }: ServersOf, gone = ''): Host[] {
  const servers = hosts.filter(({ groups }) => groups.includes('servers'));
  const names = servers.map(({ name }) => name);
  const without = namesIn(gone);
  const unknown = without.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new UserError(
      `--gone: there is no server "${unknown}".`,
      suggestion(unknown, names),
      exitCodes.usage,
    );
  const [first] = names;
  if (first !== undefined && without.includes(first))
    throw new UserError(
      `The first server, ${first}, is the one that the snapshot comes back on.`,
      `Let AWS make it anew first: \`npx cdktf deploy ${inventory.environment}\`, then \`npm run provision -- --env ${inventory.environment} --limit ${first}\`. It may end with a failed join, for no cluster answers: go on with the restore.`,
      exitCodes.usage,
    );
  return servers.filter(({ name }) => !without.includes(name));
}

async function listSnapshots(fleet: Fleet, servers: readonly Host[]): Promise<ExitCode> {
  for (const server of servers) {
    const work = await workOnNodes(fleet, {
      plays: [{ name: 'snapshots', hosts: server.name, roles: [snapshotListRole] }],
      hosts: [server],
      timeoutSeconds: 120,
    });
    const output = work.tasks[0]?.output;
    if (work.failure === undefined && output !== undefined) {
      process.stdout.write(`${visible(output).trimEnd()}\n`);
      return exitCodes.done;
    }
  }
  const bucket = fleet.inventory.buckets.backups;
  throw new UserError(
    'No server lists its snapshots: K3s does not run on any of them.',
    bucket === undefined
      ? 'Those on the servers are in /var/lib/rancher/k3s/server/db/snapshots.'
      : `Those in the bucket: \`aws s3 ls s3://${bucket}/${fleet.inventory.environment}/etcd/\`; those on the servers: /var/lib/rancher/k3s/server/db/snapshots.`,
  );
}

function whatIsLost(fleet: Fleet, servers: readonly Host[], snapshot: string, now: Date): string {
  const taken = takenAt(snapshot);
  const age = taken === undefined ? '' : `, ${ageOf(taken, now)} old`;
  const when = taken === undefined ? 'an unknown time' : taken.toISOString().slice(0, 16).replace('T', ' ');
  return [
    `${fleet.inventory.environment}: the cluster goes back to ${snapshot}, taken at ${when} UTC${age}.`,
    '  Lost: every object that was made, changed or deleted in Kubernetes since then, secrets and tokens among them.',
    '  Not touched: volumes and what is in them, other databases, container images.',
    `  The API is away for some minutes: K3s stops on ${servers.map(({ name }) => name).join(', ')}. Containers run on.`,
    `  A snapshot named ${BEFORE_RESTORE}-… is taken first, if etcd still gives one: the way back.`,
  ].join('\n');
}

/** K3s ends the name of a snapshot with the time: seconds since 1970. */
function takenAt(snapshot: string): Date | undefined {
  const [, seconds] = /-(\d{10})(\.[a-z]+)?$/.exec(snapshot) ?? [];
  return seconds === undefined ? undefined : new Date(Number(seconds) * 1000);
}

function ageOf(taken: Date, now: Date): string {
  const minutes = Math.max(0, Math.round((now.getTime() - taken.getTime()) / 60_000));
  if (minutes < 120) return `${minutes} minutes`;
  return minutes < 2880 ? `${Math.round(minutes / 60)} hours` : `${Math.round(minutes / 1440)} days`;
}

function next({ inventory }: Fleet): string {
  return [
    'The snapshot is back. Now:',
    `  npm run provision -- --env ${inventory.environment}                   what the environment says of the nodes`,
    '  kubectl get nodes                                    a node that was made since is missing, one that was removed is back',
    `  npm run provision -- --env ${inventory.environment} --tags etcd-snapshot   a first snapshot of the restored state`,
  ].join('\n');
}

function broken({ inventory }: Fleet, snapshot: string): string {
  return `The restore is not complete. Mend what failed, then run it again: it begins anew, from the snapshot.
  npm run restore -- --env ${inventory.environment} --snapshot ${snapshot}
  What goes wrong, and the way back: docs/operations/etcd-restore.md`;
}
