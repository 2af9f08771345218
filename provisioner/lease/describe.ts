import { exitCodes, UserError } from '../errors';
import type { LeaseRecord } from './record';

/** Who it is: `anna on laptop (run 20261125T021003-ab12)`. */
export function describeHolder({ user, host, runId }: LeaseRecord): string {
  return `${user} on ${host} (run ${runId})`;
}

/** The refusal of a second run: who is at work, since when, on what, until when, and what to do. */
export function heldBy(lease: LeaseRecord, environment: string, now: number): UserError {
  return new UserError(
    `${environment} is locked: ${describeHolder(lease)} is at work since ${time(lease.started)}${ago(lease.started, now)}, now at ${lease.doing}.`,
    [
      `Command: ${lease.command}. Process ${lease.process.pid} there renews the lease; the last time at ${time(lease.renewed)}, and it ends at ${time(lease.expires)} unless it is renewed.`,
      `Wait for it with --wait SECONDS. Only if that run is surely gone: npm run unlock -- --env ${environment}`,
    ].join('\n  '),
    exitCodes.unreachable,
  );
}

/** For a run that only looks: what it sees may be changing under its eyes. */
export function besideRun(lease: LeaseRecord, environment: string): string {
  return `another run is at work on ${environment}: ${describeHolder(lease)}, since ${time(lease.started)}, now at ${lease.doing}; what is shown here may be changing`;
}

/** Everything that is known of a lease, a line each. */
export function leaseTable(lease: LeaseRecord, now: number): string {
  const rows = {
    owner: `${lease.user} on ${lease.host}, process ${lease.process.pid}`,
    command: lease.command,
    run: lease.runId,
    since: `${time(lease.started)}${ago(lease.started, now)}`,
    doing: lease.doing,
    renewed: `${time(lease.renewed)}${ago(lease.renewed, now)}`,
    expires: `${time(lease.expires)} unless it is renewed`,
  };
  return Object.entries(rows)
    .map(([name, value]) => `  ${name.padEnd(8)} ${value}`)
    .join('\n');
}

/** `2026-11-25 02:10:03 UTC`. */
export function time(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

/** Clocks of two machines differ: what lies in the future is not said. */
function ago(iso: string, now: number): string {
  const seconds = Math.floor((now - Date.parse(iso)) / 1000);
  if (seconds < 0) return '';
  return seconds < 120 ? ` (${seconds} s ago)` : ` (${Math.floor(seconds / 60)} min ago)`;
}
