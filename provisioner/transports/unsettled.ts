import type { Host } from '../engine/play';
import type { Outcome, RunRequest } from './transport';

/** The hosts of a command that have no outcome yet, by id. Each gets one. */
export class Unsettled {
  private readonly byId: Map<string, Host>;

  constructor(
    hosts: readonly Host[],
    private readonly onOutcome: RunRequest['onOutcome'],
  ) {
    this.byId = new Map(hosts.map((host) => [host.id, host]));
  }

  get size(): number {
    return this.byId.size;
  }

  get ids(): string[] {
    return [...this.byId.keys()];
  }

  get hosts(): Host[] {
    return [...this.byId.values()];
  }

  has(id: string | undefined): id is string {
    return id !== undefined && this.byId.has(id);
  }

  settle(id: string, outcome: Outcome): void {
    const host = this.byId.get(id);
    if (host === undefined) return;
    this.byId.delete(id);
    this.onOutcome(host, outcome);
  }
}
