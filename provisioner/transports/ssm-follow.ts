import { CancelCommandCommand, type CommandInvocation } from '@aws-sdk/client-ssm';
import { invocationsOf, outcomeOf } from './ssm-invocations';
import { APPEAR_MS, DELIVERY_SECONDS } from './ssm-limits';
import { Presence } from './ssm-presence';
import { pollDelays, type SsmService } from './ssm-service';
import { terminalState } from './ssm-status';
import type { RunRequest } from './transport';
import type { Unsettled } from './unsettled';

const NOT_BACK =
  '; the script asked for a reboot: look at the node in the console of EC2 (instance state, status checks, system log), then run again';

/** Follows a command until each of its hosts has an outcome: one call for all of them, again and again. */
export async function follow(
  service: SsmService,
  commandId: string,
  request: RunRequest,
  unsettled: Unsettled,
): Promise<void> {
  const { clock } = service;
  const sent = clock.now();
  const seen = new Set<string>();
  const presence = new Presence(service);
  for (const delay of pollDelays(clock)) {
    if (request.signal.aborted) return cancel(service, commandId, unsettled);
    await clock.sleep(delay, request.signal);
    const listed = await invocationsOf(service, commandId, request.signal);
    if (listed === undefined) return cancel(service, commandId, unsettled);
    for (const { InstanceId: id } of listed) if (id !== undefined) seen.add(id);
    await settleEnded(service, commandId, listed, unsettled);
    if (unsettled.size === 0) return;
    await presence.settleGone(unsettled, request.signal);
    settleOverdue(service, commandId, request, { sent, seen }, unsettled);
    if (unsettled.size === 0) return;
  }
}

/** Gives up on those that were never delivered to, and on those whose time is long over. */
function settleOverdue(
  { clock }: SsmService,
  commandId: string,
  { timeoutSeconds, rebootSeconds }: RunRequest,
  { sent, seen }: { readonly sent: number; readonly seen: ReadonlySet<string> },
  unsettled: Unsettled,
): void {
  const passed = clock.now() - sent;
  const patience = DELIVERY_SECONDS + timeoutSeconds + (rebootSeconds ?? 0);
  for (const id of unsettled.ids) {
    if (passed > APPEAR_MS + DELIVERY_SECONDS * 1000 && !seen.has(id))
      unsettled.settle(id, {
        kind: 'unreachable',
        reason: `SSM accepted command ${commandId} but never delivered it to this node`,
      });
    else if (passed > patience * 1000 + APPEAR_MS)
      unsettled.settle(id, {
        kind: 'timedOut',
        reason: `no end of command ${commandId} after ${Math.round(passed / 1000)} s${rebootSeconds === undefined ? '' : NOT_BACK}`,
        stdout: '',
      });
  }
}

/** Gives their outcome to those whose invocation has ended. */
async function settleEnded(
  service: SsmService,
  commandId: string,
  listed: readonly CommandInvocation[],
  unsettled: Unsettled,
): Promise<void> {
  for (const invocation of listed) {
    const { InstanceId: id } = invocation;
    const state = terminalState(invocation);
    if (state !== undefined && unsettled.has(id))
      unsettled.settle(id, await outcomeOf(service, commandId, invocation, state));
  }
}

/** Cancels on the nodes, then waits a little for what the service says became of them. */
async function cancel(service: SsmService, commandId: string, unsettled: Unsettled): Promise<void> {
  const { client, clock } = service;
  await client.send(new CancelCommandCommand({ CommandId: commandId }));
  const giveUp = clock.now() + 5_000;
  for (const delay of pollDelays(clock)) {
    await clock.sleep(delay);
    await settleEnded(service, commandId, (await invocationsOf(service, commandId)) ?? [], unsettled);
    if (unsettled.size === 0) return;
    if (clock.now() > giveUp) break;
  }
  for (const id of unsettled.ids)
    unsettled.settle(id, {
      kind: 'cancelled',
      reason: `cancel of command ${commandId} was asked for; the node has not confirmed it yet`,
      stdout: '',
    });
}
