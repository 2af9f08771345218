import { type ExitCode, exitCodes, UserError } from '../errors';
import { nextToken, tokenRotationPlays } from '../roles/k3s/token-rotation';
import type { SecretRotation } from '../secrets/store';
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
  const next = nextToken(fleet.context);
  const isResumed = await fleet.secrets.exists(next);
  const before = await versionBefore(fleet.secrets, { token: secrets.k3sToken, next, version });
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
  process.stderr.write(`${code === exitCodes.done ? done(fleet, before) : broken(environment)}\n`);
  return code;
}

/**
 * The version that older snapshots need. Where a rotation broke off behind the copy, the newest is the new token already.
 *
 * @param version the newest
 */
export async function versionBefore(
  store: Pick<SecretRotation, 'same'>,
  { token, next, version }: { readonly token: string; readonly next: string; readonly version: number },
): Promise<number> {
  return (await store.same(next, token)) ? version - 1 : version;
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

function done({ inventory }: Fleet, before: number): string {
  const { environment, secrets } = inventory;
  return [
    'The new token is in force everywhere.',
    `Older snapshots need the one from before: \`npm run restore -- --env ${environment} --snapshot NAME --token-version ${before}\` (${secrets.k3sToken}).`,
  ].join('\n');
}

function broken(environment: string): string {
  return `The rotation is not complete: nodes start with either token meanwhile. Mend what failed, then run it again, before any other run:
  npm run token -- rotate --env ${environment}`;
}
