import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';
import type { RunOrigin } from '../engine/last-run';
import { isAlive, thisProcess } from '../process-identity';

/**
 * The right to change an environment's nodes, as the store keeps it. Everybody who may run may read it, so it holds no
 * secret. Times are the holder's clock, for people; no decision is taken by comparing them (see `contender.ts`).
 */
export const leaseRecord = z.object({
  /** Of this acquisition: another holder has another one. */
  id: z.uuid(),
  /** Goes up with each renewal: by its standing still others know that the holder is gone. */
  renewals: z.number().int().min(0),
  /** How long after a renewal the lease holds, in seconds. */
  seconds: z.number().positive(),
  runId: z.string(),
  user: z.string(),
  host: z.string(),
  /** The command line, without what may be secret in it. */
  command: z.string(),
  /** When the run was started. */
  started: z.iso.datetime(),
  renewed: z.iso.datetime(),
  expires: z.iso.datetime(),
  /** What the run is at, in words: the play, as a rule. */
  doing: z.string(),
  /** The process that holds it. */
  process: z.object({
    pid: z.number().int(),
    startTime: z.string(),
    /** What tells this machine, as it runs now, from any other: processes of others cannot be looked for here. */
    machine: z.string(),
  }),
});

export type LeaseRecord = z.infer<typeof leaseRecord>;

/** What a run is at before its first play. */
export const AT_START = 'its start';

/** What a run says of itself when it asks for the lease. */
export interface LeaseRequest {
  readonly id: string;
  readonly runId: string;
  readonly origin: RunOrigin;
  readonly seconds: number;
}

/** The record of a lease that was renewed so many times, the last time now. */
export function recordOf(request: LeaseRequest, renewals: number, doing: string, now: number): LeaseRecord {
  const { id, runId, origin, seconds } = request;
  return {
    id,
    renewals,
    seconds,
    runId,
    ...origin,
    renewed: new Date(now).toISOString(),
    expires: new Date(now + seconds * 1000).toISOString(),
    doing,
    process: { ...thisProcess(), machine: thisMachine() },
  };
}

/**
 * Whether the holder's process is known to have ended: only where it ran on this machine, in this view of its
 * processes. Then nobody renews the lease any more, and there is nothing to wait for.
 */
export function isHolderDead({ process: holder }: LeaseRecord): boolean {
  return holder.machine !== '' && holder.machine === thisMachine() && !isAlive(holder);
}

/** Whether a lease holds no longer by its own times and this clock, which may differ from the holder's. */
export function looksExpired({ expires }: LeaseRecord, now: number): boolean {
  return now > Date.parse(expires);
}

/**
 * The boot and the process namespace: a container on the same host, of the same name, has processes of its own. Empty
 * where the system does not tell (macOS): then no holder is ever taken for dead.
 */
function thisMachine(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${hostname()} ${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return '';
  }
}
