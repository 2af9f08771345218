import type { SSMClient } from '@aws-sdk/client-ssm';
import { inParallel } from '../engine/in-parallel';
import type { Host } from '../engine/play';
import type { Clock } from './clock';
import { follow } from './ssm-follow';
import { NODES_PER_COMMAND, ssmLimits } from './ssm-limits';
import { pingStatuses, reachability } from './ssm-pings';
import { ssmProblem } from './ssm-problem';
import { sendTo } from './ssm-send';
import type { SsmService } from './ssm-service';
import type { Outcome, Reachability, RunRequest, Transport, TransportUsage } from './transport';
import { Unsettled } from './unsettled';

/** Runs scripts through AWS Systems Manager: SendCommand, then polling by command, never by node. */
export class SsmTransport implements Transport {
  readonly name = 'ssm';
  readonly limits = ssmLimits;

  private readonly service: SsmService;
  private commands = 0;

  /**
   * @param calls counts what the client sends, retries included: see `ssm-client.ts`
   */
  constructor(
    client: SSMClient,
    private readonly calls: { readonly apiCalls: number; readonly throttles: number },
    clock: Clock,
  ) {
    this.service = { client, clock };
  }

  get usage(): TransportUsage {
    return { commands: this.commands, apiCalls: this.calls.apiCalls, throttles: this.calls.throttles };
  }

  async reachable(hosts: readonly Host[], signal: AbortSignal): Promise<ReadonlyMap<string, Reachability>> {
    const found = new Map<string, Reachability>();
    for (const group of chunks(hosts, NODES_PER_COMMAND)) {
      const statuses = await explained(pingStatuses(this.service, group, signal));
      for (const host of group) found.set(host.name, reachability(host, statuses.get(host.id)));
    }
    return found;
  }

  async run(request: RunRequest): Promise<void> {
    const groups = chunks(request.hosts, Math.min(NODES_PER_COMMAND, request.forks));
    const atOnce = Math.max(1, Math.floor(request.forks / NODES_PER_COMMAND));
    await explained(inParallel(groups, atOnce, (group) => this.runCommand(request, group)));
  }

  async close(): Promise<void> {}

  private async runCommand(request: RunRequest, hosts: readonly Host[]): Promise<void> {
    const unsettled = new Unsettled(hosts, request.onOutcome);
    if (request.signal.aborted) {
      for (const id of unsettled.ids) unsettled.settle(id, notSent);
      return;
    }
    const commandId = await sendTo(this.service, request, unsettled);
    if (commandId === undefined) return;
    this.commands += 1;
    await follow(this.service, commandId, request, unsettled);
  }
}

const notSent: Outcome = { kind: 'cancelled', reason: 'interrupted before it was sent', stdout: '' };

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

async function explained<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw ssmProblem(error);
  }
}
