import type { Estimate } from './estimate';

/** On how many prices estimates rest, and how far these are from memory. */
export interface Basis {
  /** Different prices that were used, each once for each region. */
  readonly used: number;
  /** Those of them that nobody looked up. */
  readonly recalled: number;
  /** Percent of all the money that was estimated with recalled prices. */
  readonly percentRecalled: number;
}

/** What estimates rest on. A reader has to know how much of a total was never read in a publication. */
export function basisOf(estimates: readonly Estimate[]): Basis {
  const used = new Map<string, boolean>();
  let all = 0;
  let recalled = 0;
  for (const item of estimates.flatMap(({ items }) => items)) {
    if (item.status === 'free') continue;
    for (const { unitPrice, monthlyUsd = 0 } of item.charges) {
      if (unitPrice === undefined) continue;
      const fromMemory = unitPrice.basis === 'recalled';
      used.set(`${item.region} ${unitPrice.key}`, fromMemory);
      all += monthlyUsd;
      if (fromMemory) recalled += monthlyUsd;
    }
  }
  return {
    used: used.size,
    recalled: [...used.values()].filter(Boolean).length,
    percentRecalled: all === 0 ? 0 : (recalled / all) * 100,
  };
}
