import { compileFacts } from './compile';
import { dispatch, newNonce } from './dispatch';
import { DISRUPTED, type Facts, parseFacts } from './facts';
import { type Fleet, markUnreachable } from './fleet';
import type { Host } from './play';
import { decodeFacts, ProtocolError } from './protocol';
import { inlineChars, type RunOptions, type Stop } from './run-options';

/**
 * One command for the facts of all nodes. Returns why the run must not go on, if a node has to be refused.
 *
 * @param more `witnesses`: hosts that the run is not about, and that are asked along; `beside`: do not wait for a run that
 *   is at work on a node, this one is about facts only
 */
export async function gatherFacts<Context>(
  options: RunOptions<Context>,
  hosts: readonly Host[],
  fleet: Fleet,
  {
    witnesses = [],
    beside = false,
  }: { readonly witnesses?: readonly Host[]; readonly beside?: boolean } = {},
): Promise<Stop | undefined> {
  if (hosts.length === 0) return undefined;
  const { transport, runId } = options;
  const nonce = newNonce();
  const asked = [...hosts, ...witnesses];
  const bundle = compileFacts(options.factSources, {
    hosts: asked,
    runId: `${runId}-facts`,
    nonce,
    inlineChars: inlineChars(transport),
    streams: transport.limits.streams,
    fits: transport.limits.fits,
    beside,
  });
  const refusals: string[] = [];
  const found = new Map<string, Facts>();
  const witnessed = new Map<string, Facts>();
  await dispatch(transport, {
    script: bundle.script,
    hosts: asked,
    nonce,
    comment: `stagecraft ${runId}: facts`,
    forks: options.forks,
    timeoutSeconds: 120,
    signal: options.signal,
    mostRecords: 1,
    onDelivery: (host, delivery) => {
      if (witnesses.includes(host)) {
        const facts = delivery.kind === 'answered' ? factsIn(delivery.frame) : '';
        if (typeof facts !== 'string') witnessed.set(host.name, facts);
        return;
      }
      if (delivery.kind === 'cancelled') {
        fleet.leave(host);
        options.emit({ type: 'node-cancelled', node: host.name, reason: delivery.reason });
        return;
      }
      const facts = delivery.kind === 'answered' ? factsIn(delivery.frame) : delivery.reason;
      if (typeof facts === 'string') {
        markUnreachable(options.emit, fleet, host, facts);
        return;
      }
      options.emit({ type: 'facts', node: host.name, facts: Object.fromEntries(facts) });
      found.set(host.name, facts);
      const disruptedBy = facts.get(DISRUPTED);
      if (disruptedBy !== undefined) fleet.leftOutOfService(host, disruptedBy);
      const refusal = options.refuse(host, facts);
      if (refusal !== undefined) refusals.push(`${host.name}: ${refusal}`);
    },
  });
  refusals.push(...(options.refuseAll?.(new Map([...witnessed, ...found])) ?? []));
  if (refusals.length === 0) {
    for (const warning of options.warn?.(found) ?? []) {
      fleet.warnings.push(warning);
      options.emit({ type: 'warning', ...warning });
    }
    return undefined;
  }
  return { kind: 'refused', reason: `nothing was changed, because of ${refusals.join('; ')}` };
}

function factsIn(frame: Parameters<typeof decodeFacts>[0]): Facts | string {
  try {
    return parseFacts(decodeFacts(frame));
  } catch (error) {
    if (error instanceof ProtocolError) return error.message;
    throw error;
  }
}
