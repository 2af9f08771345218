import { addCounts, type Counts, type Emit, noCounts, type Warning } from './events';
import type { Host } from './play';

/** The state of every node in a run: who is still in it, and its counts. */
export class Fleet {
  private readonly counts: Map<string, Counts>;
  private readonly out = new Set<string>();
  /** What the recap tells beside the counts. */
  readonly warnings: Warning[] = [];
  private readonly disrupted = new Map<string, string>();

  constructor(hosts: readonly Host[]) {
    this.counts = new Map(hosts.map((host) => [host.name, noCounts]));
  }

  get recap(): ReadonlyMap<string, Counts> {
    return this.counts;
  }

  remaining(hosts: readonly Host[]): Host[] {
    return hosts.filter((host) => !this.out.has(host.name));
  }

  /** Whether the run is about this node, whatever became of it. */
  knows(host: Host): boolean {
    return this.counts.has(host.name);
  }

  /** An earlier run broke off while it had the node out of service. */
  leftOutOfService(host: Host, mark: string): void {
    this.disrupted.set(host.name, mark);
  }

  isLeftOutOfService(host: Host, mark: string): boolean {
    return this.disrupted.get(host.name) === mark;
  }

  /** Takes a node out without a verdict on it. */
  leave(host: Host): void {
    this.out.add(host.name);
  }

  count(host: Host, counts: Partial<Counts>): void {
    const total = addCounts(this.counts.get(host.name) ?? noCounts, { ...noCounts, ...counts });
    this.counts.set(host.name, total);
    if (counts.failed || counts.unreachable) this.out.add(host.name);
  }
}

/** Takes a node out of the run and tells why. */
export function markUnreachable(emit: Emit, fleet: Fleet, host: Host, reason: string): void {
  fleet.count(host, { unreachable: 1 });
  emit({ type: 'node-unreachable', node: host.name, reason });
}
