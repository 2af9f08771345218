import { passes } from './ssm-client';
import { pingStatuses } from './ssm-pings';
import type { SsmService } from './ssm-service';
import type { Unsettled } from './unsettled';

/** Milliseconds between two looks: a look is one call, and only commands that take longer cost any. */
const LOOK_MS = 15_000;

/** So many looks in a row have to miss a node. */
const MISSES = 2;

const GONE =
  'the node is gone: SSM does not know its instance any more (terminated, a spot instance that was taken back?). Deploy the environment if it is gone for good, then run again: what was done is not done twice';

/**
 * Notices nodes that are terminated while a command is at work on them: SSM goes on saying InProgress until the time limit
 * is over. An agent that has only lost its connection is waited for.
 */
export class Presence {
  private looked: number;
  private readonly misses = new Map<string, number>();

  constructor(private readonly service: SsmService) {
    this.looked = service.clock.now();
  }

  /** Settles those that are gone, when it is time to look. A look that fails ends nothing: the next one may not. */
  async settleGone(unsettled: Unsettled, signal: AbortSignal): Promise<void> {
    const { clock } = this.service;
    if (clock.now() - this.looked < LOOK_MS) return;
    this.looked = clock.now();
    const known = await pingStatuses(this.service, unsettled.hosts, signal).catch((error: unknown) => {
      if (signal.aborted || passes(error)) return undefined;
      throw error;
    });
    if (known === undefined) return;
    for (const id of unsettled.ids) {
      const missed = known.has(id) ? 0 : (this.misses.get(id) ?? 0) + 1;
      this.misses.set(id, missed);
      if (missed >= MISSES) unsettled.settle(id, { kind: 'lost', reason: GONE, stdout: '' });
    }
  }
}
