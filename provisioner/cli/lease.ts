import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { isSandbox } from '../../environments';
import { stateBackend } from '../../environments/backend';
import type { Environment } from '../../environments/schema';
import { firstLine, messageOf } from '../aws-errors';
import type { RunOrigin } from '../engine/last-run';
import { exitCodes, UserError } from '../errors';
import { leaseClock } from '../lease/clock';
import { acquire } from '../lease/contender';
import { besideRun } from '../lease/describe';
import { fileStore } from '../lease/file-store';
import { HeldLease } from '../lease/held-lease';
import type { LeaseStore } from '../lease/store';
import { stateDirectory } from '../state-directory';
import type { Transport } from '../transports/transport';
import type { LeaseFlags } from './options';
import type { Listener } from './output/listener';

/** What a run needs of the lease that it holds. */
export interface RunLease {
  /** Hears what the run is at. */
  readonly listener: Listener;
  /** Sends nothing to a node in the name of a lease that may be another run's by now. */
  over(transport: Transport): Transport;
}

export interface LeaseUse {
  readonly environment: Environment;
  readonly store: () => Promise<LeaseStore>;
  readonly mode: 'apply' | 'check';
  readonly flags: LeaseFlags;
  readonly runId: string;
  readonly origin: RunOrigin;
  readonly signal: AbortSignal;
  /** Called when the lease was lost: the run has to end. */
  readonly onLost: (reason: string) => void;
}

/** Where the lease of an environment is kept: in the table beside its state, or on this machine where there is no AWS. */
export async function leaseStoreOf(
  environment: Environment,
  way: { readonly inventory?: string | undefined; readonly transport: Transport['name'] },
): Promise<LeaseStore> {
  const { name, project } = environment;
  const withoutAws = way.inventory !== undefined && way.transport !== 'ssm';
  if (isSandbox(name) || withoutAws) return fileStore(join(stateDirectory(), 'leases', project, name));
  // The AWS SDK takes a while to load.
  const { dynamoDbStore, leaseClient } = await import('../lease/dynamodb-store');
  const { dynamodbTable: table, region } = stateBackend(environment);
  return dynamoDbStore({ table, region, project, environment: name }, leaseClient({ region }));
}

/**
 * Does the work of a run while it holds the environment's lease. A run that only looks goes without, and says whether
 * another one is at work.
 *
 * @returns undefined when it was interrupted while it waited
 * @throws UserError when another run holds the lease, and when it cannot be used
 */
export async function withLease<T>(
  use: LeaseUse,
  work: (lease: RunLease) => Promise<T>,
): Promise<T | undefined> {
  if (use.flags.lease === false) return work(noLease);
  const store = await use.store();
  if (use.mode === 'check') {
    await tellOfRun(store, use.environment.name);
    return work(noLease);
  }
  const { environment, signal, flags, onLost } = use;
  const request = {
    id: randomUUID(),
    runId: use.runId,
    origin: use.origin,
    seconds: leaseSeconds(process.env),
  };
  const common = { store, request, clock: leaseClock, note };
  const waitSeconds = flags.wait ?? 0;
  const acquired = await acquire({ ...common, environment: environment.name, waitSeconds, signal });
  if (acquired === undefined) return undefined;
  if (store.reach === 'this machine' && !isSandbox(environment.name))
    note(`without AWS, the lease is in ${store.where}: it keeps out runs from this machine only`);
  const lease = new HeldLease({ ...common, onLost }, acquired);
  try {
    return await work(heldBy(lease));
  } finally {
    await lease.release();
  }
}

function heldBy(lease: HeldLease): RunLease {
  return {
    listener: {
      on: (event) => {
        if (event.type === 'play-started') lease.isAt(`play "${event.play}"`);
      },
      end: async () => {},
    },
    over: (transport) => ({
      name: transport.name,
      limits: transport.limits,
      get usage() {
        return transport.usage;
      },
      reachable: (hosts, signal) => transport.reachable(hosts, signal),
      run: async (request) => {
        await lease.ensure();
        await transport.run(request);
      },
      close: () => transport.close(),
    }),
  };
}

const noLease: RunLease = {
  listener: { on: () => {}, end: async () => {} },
  over: (transport) => transport,
};

/** Whoever only looks may lack the right to read leases; that is no reason to show nothing. */
async function tellOfRun(store: LeaseStore, environment: string): Promise<void> {
  try {
    const lease = await store.read();
    if (lease !== undefined) note(besideRun(lease, environment));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    note(`whether another run is at work is not known: ${firstLine(messageOf(error))}`);
  }
}

/** On standard error: standard output is for what was asked. */
function note(text: string): void {
  process.stderr.write(`note: ${text}\n`);
}

/** Seconds that a lease holds after its last renewal, unless the variable says otherwise. */
const LEASE_SECONDS = 120;

function leaseSeconds(variables: NodeJS.ProcessEnv): number {
  const wanted = variables[LEASE_VARIABLE];
  if (wanted === undefined || wanted === '') return LEASE_SECONDS;
  const seconds = Number(wanted);
  if (Number.isSafeInteger(seconds) && seconds >= 4 && seconds <= 3600) return seconds;
  throw new UserError(
    `The variable ${LEASE_VARIABLE} holds ${JSON.stringify(wanted)}.`,
    'It has to be a whole number of seconds from 4 to 3600.',
    exitCodes.usage,
  );
}

const LEASE_VARIABLE = 'STAGECRAFT_LEASE_SECONDS';
