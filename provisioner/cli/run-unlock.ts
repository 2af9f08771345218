import { createInterface } from 'node:readline/promises';
import { loadEnvironment } from '../../environments';
import { type ExitCode, exitCodes, UserError } from '../errors';
import { describeHolder, leaseTable } from '../lease/describe';
import { isHolderDead, type LeaseRecord, looksExpired } from '../lease/record';
import type { LeaseStore } from '../lease/store';
import { leaseStoreOf } from './lease';
import type { EnvironmentFlags, FleetFlags } from './options';

/** The flags of `unlock`, as commander gives them. */
export interface UnlockOptions extends EnvironmentFlags, Pick<FleetFlags, 'transport'> {
  readonly force?: true;
}

/** Runs `unlock`. @throws UserError for everything that the operator can mend */
export async function unlock(options: UnlockOptions): Promise<ExitCode> {
  const environment = loadEnvironment(options.env, options.set);
  const transport = options.transport ?? environment.transport;
  const store = await leaseStoreOf(environment, { inventory: options.inventory, transport });
  const lease = await store.read();
  if (lease === undefined) {
    say(`${environment.name} is not locked (${store.where}).`);
    return exitCodes.done;
  }
  say(
    `${environment.name} is locked (${store.where}):\n${leaseTable(lease, Date.now())}\n\n${adviceOn(lease)}`,
  );
  if (options.force !== true && !(await isConfirmed(environment.name))) {
    say('Nothing was removed.');
    return exitCodes.taskFailed;
  }
  await removeShown(store, lease);
  say(`Removed. If that run is still at work, it stops within ${Math.ceil(lease.seconds / 4)} s.`);
  return exitCodes.done;
}

/** Exactly the lease that was shown: by now another run may have one of its own. */
async function removeShown(store: LeaseStore, lease: LeaseRecord): Promise<void> {
  const removed = await store.remove(lease.id);
  if (removed.done || removed.current === undefined) return;
  throw new UserError(
    `Nothing was removed: by now ${describeHolder(removed.current)} holds the lease.`,
    'Look at it again before you take it from that run.',
    exitCodes.unreachable,
  );
}

function adviceOn(lease: LeaseRecord): string {
  if (isHolderDead(lease))
    return 'Its process has ended: the next run from this machine takes the lease over by itself.';
  if (looksExpired(lease, Date.now()))
    return 'It was not renewed in time: the next run makes sure that it is gone, and takes the lease over by itself.';
  return 'It is being renewed, so that run is probably at work. Taken its lease, it stops and cancels its commands on the nodes.';
}

async function isConfirmed(environment: string): Promise<boolean> {
  if (process.stdin.isTTY !== true || process.stdout.isTTY !== true)
    throw new UserError(
      'There is no terminal to ask on.',
      `Run it on one, or with --force when that run is surely gone: npm run unlock -- --env ${environment} --force`,
      exitCodes.usage,
    );
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // Ctrl-C and the end of the input close it, and leave the question open.
  const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  const answer = terminal.question('Take the lease from that run? Only "yes" does it: ').catch(() => '');
  try {
    return (await Promise.race([answer, closed])).trim() === 'yes';
  } finally {
    terminal.close();
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
