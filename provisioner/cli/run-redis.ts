import type { Play } from '../engine/play';
import { type ExitCode, exitCodes, UserError } from '../errors';
import type { RoleContext } from '../roles/context';
import { nextPassword } from '../roles/redis/password';
import { retirePlays, rotationPlays } from '../roles/redis/rotation';
import { confirmed } from './confirm';
import { type Fleet, openFleet } from './open-fleet';
import type { FleetFlags, LeaseFlags, RunFlags } from './options';
import { chooseListeners } from './output';
import { runPlays, selectPlays } from './run-plays';
import { exitCodeOf, type INTERRUPTED } from './verdict';

/** The flags of `redis`, as commander gives them. */
export interface RedisOptions extends FleetFlags, RunFlags, LeaseFlags {
  readonly yes?: true;
}

type Ended = Promise<ExitCode | typeof INTERRUPTED>;

/** Runs `redis rotate-password`. @throws UserError or EnvironmentError for everything that the operator can mend */
export async function rotatePassword(options: RedisOptions): Ended {
  const fleet = await openCache(options);
  const parameter = fleet.redis.passwordParameter;
  const isInForce = await fleet.secrets.same(nextPassword(parameter), parameter);
  const code = await runAll(fleet, options, rotationPlays(fleet.context, fleet.secrets, isInForce));
  const { environment } = fleet.inventory;
  process.stderr.write(
    code === exitCodes.done
      ? `${isInForce ? 'The rotation that had broken off is complete.' : 'Both passwords open the cache.'} Restart the services, so that they read the new one; then:\n  npm run redis -- retire-password --env ${environment}\n`
      : 'The password of before still opens the cache, and so does the one that services read. Mend what failed, then run it\nagain: it goes on where it was.\n',
  );
  return code;
}

/** Runs `redis retire-password`. @throws UserError or EnvironmentError for everything that the operator can mend */
export async function retirePassword(options: RedisOptions): Ended {
  const fleet = await openCache(options);
  const { environment } = fleet.inventory;
  const what = `${environment}: only the newest password opens the cache from now on. Services that were not restarted since it was made are locked out at their next connection.`;
  if (!(await confirmed(what, { word: environment, yes: options.yes === true }))) return exitCodes.taskFailed;
  return runAll(fleet, options, retirePlays(fleet.context));
}

async function openCache(
  options: RedisOptions,
): Promise<Fleet & { readonly redis: NonNullable<Fleet['inventory']['redis']> }> {
  const fleet = await openFleet(options);
  if (options.limit !== undefined)
    throw new UserError(
      'The first server gives the cache its password: --limit has no meaning here.',
      'Leave --limit out.',
      exitCodes.usage,
    );
  const { redis } = fleet.inventory;
  if (redis === undefined)
    throw new UserError(
      `The inventory of ${fleet.inventory.environment} tells of no user of the cache: it is of an older deployment.`,
      `Run \`npx cdktf deploy ${fleet.inventory.environment}\`.`,
    );
  return { ...fleet, redis };
}

async function runAll(fleet: Fleet, options: RedisOptions, plays: Play<RoleContext>[]): Ended {
  const result = await runPlays(fleet, {
    selection: selectPlays(fleet, plays),
    mode: 'apply',
    forks: options.forks,
    timeoutSeconds: options.timeout,
    lease: options,
    listeners: (runId) => chooseListeners(options, runId),
  });
  return exitCodeOf(result, { check: false, detailed: false });
}
