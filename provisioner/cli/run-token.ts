import { type ExitCode, exitCodes, UserError } from '../errors';
import { nextToken, tokenRotationPlays } from '../roles/k3s/token-rotation';
import { confirmed } from './confirm';
import { type Fleet, openFleet } from './open-fleet';
import type { FleetFlags, LeaseFlags, RunFlags } from './options';
import { chooseListeners } from './output';
import { requireReachable } from './require-reachable';
import { runPlays, selectPlays } from './run-plays';
import { exitCodeOf, type INTERRUPTED } from './verdict';

/** The flags of `token rotate`, as commander gives them. */
export interface TokenOptions extends FleetFlags, RunFlags, LeaseFlags {
  readonly yes?: true;
}

/** Runs `token rotate`. @throws UserError or EnvironmentError for everything that the operator can mend */
export async function rotateToken(options: TokenOptions): Promise<ExitCode | typeof INTERRUPTED> {
  const fleet = await openFleet(options);
  const { environment, secrets } = fleet.inventory;
  if (options.limit !== undefined)
    throw new UserError(
      'A token is rotated on every node, or on none: --limit would leave nodes that can no longer join.',
      'Leave --limit out.',
      exitCodes.usage,
    );
  await requireReachable(
    fleet,
    fleet.hosts,
    `It would keep a token that is no longer one. Mend it, or take it out: \`npm run node -- remove NAME --env ${environment}\`.`,
  );
  const version = await fleet.secrets.version(secrets.k3sToken);
  if (version === undefined)
    throw new UserError(
      `${environment} has no join token yet (${secrets.k3sToken}).`,
      `The first \`npm run provision -- --env ${environment}\` makes one.`,
    );
  const isResumed = await fleet.secrets.exists(nextToken(fleet.context));
  const ask = { word: environment, yes: options.yes === true };
  if (!(await confirmed(whatHappens(fleet, isResumed), ask))) return exitCodes.taskFailed;
  const result = await runPlays(fleet, {
    selection: selectPlays(fleet, tokenRotationPlays(fleet.context, fleet.secrets)),
    mode: 'apply',
    forks: options.forks,
    timeoutSeconds: options.timeout,
    lease: options,
    listeners: (runId) => chooseListeners(options, runId),
  });
  const code = exitCodeOf(result, { check: false, detailed: false });
  process.stderr.write(`${code === exitCodes.done ? done(fleet, version) : broken(environment)}\n`);
  return code;
}

function whatHappens({ inventory }: Fleet, isResumed: boolean): string {
  const { environment } = inventory;
  return [
    isResumed
      ? `${environment}: a rotation of the join token broke off; it goes on with the same new token.`
      : `${environment}: the cluster gets another join token.`,
    '  K3s restarts on every server, one at a time, then on the agents. Containers run on; with one server the API is away for a moment.',
    '  Snapshots of etcd from before can only be restored with the old token, which Parameter Store keeps as an older version.',
  ].join('\n');
}

function done({ inventory }: Fleet, version: number): string {
  const { environment, secrets } = inventory;
  return [
    'The new token is in force everywhere.',
    `Older snapshots need the one from before: \`npm run restore -- --env ${environment} --snapshot NAME --token-version ${version}\` (${secrets.k3sToken}).`,
  ].join('\n');
}

function broken(environment: string): string {
  return `The rotation is not complete: nodes start with either token meanwhile. Mend what failed, then run it again, before any other run:
  npm run token -- rotate --env ${environment}`;
}
