import type { CommandInvocation } from '@aws-sdk/client-ssm';

/** How an invocation ended, before its output is looked at. */
export type Terminal =
  | { readonly kind: 'finished' }
  | { readonly kind: 'unreachable'; readonly reason: string }
  | { readonly kind: 'timedOut' | 'cancelled'; readonly reason: string };

/**
 * What the status of an invocation means, undefined while it goes on. `StatusDetails` tells apart what `Status` does
 * not: a command that timed out before it reached the node never ran there.
 * Source: AWS Systems Manager user guide, "Understanding command statuses".
 */
export function terminalState(invocation: CommandInvocation): Terminal | undefined {
  const details = (invocation.StatusDetails ?? '').replaceAll(' ', '');
  switch (invocation.Status) {
    case 'Success':
      return { kind: 'finished' };
    case 'Failed':
    case 'TimedOut':
    case 'Cancelled':
      return unsuccessful(invocation.Status, details);
    default:
      return undefined;
  }
}

function unsuccessful(status: 'Failed' | 'TimedOut' | 'Cancelled', details: string): Terminal {
  switch (details) {
    case 'DeliveryTimedOut':
      return {
        kind: 'unreachable',
        reason: 'the command was not delivered in time: the SSM agent does not answer',
      };
    case 'Undeliverable':
      return {
        kind: 'unreachable',
        reason: 'the command cannot be delivered: the node is gone or its SSM agent is not responding',
      };
    case 'Terminated':
      return { kind: 'unreachable', reason: 'SSM ended the command before it reached this node' };
    case 'InvalidPlatform':
    case 'AccessDenied':
      return { kind: 'unreachable', reason: `SSM refused to run the command on this node (${details})` };
    case 'ExecutionTimedOut':
      return {
        kind: 'timedOut',
        reason: 'the time limit was over and the agent killed the script (see --timeout)',
      };
  }
  if (status === 'Cancelled') return { kind: 'cancelled', reason: 'cancelled, the agent killed the script' };
  if (status === 'TimedOut') return { kind: 'timedOut', reason: `SSM reports ${details || status}` };
  return { kind: 'finished' };
}
