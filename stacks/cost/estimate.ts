import type { Resource, TerraformConfiguration } from '../terraform/configuration';
import type { Charge, Estimators } from './estimator';
import { compute } from './estimators/compute';
import { data } from './estimators/data';
import { edge } from './estimators/edge';
import { network } from './estimators/network';
import { operations } from './estimators/operations';
import { whyFree } from './free';
import { type Price, type PriceBook, priceBook } from './prices';
import type { Usage } from './usage';

export interface PricedCharge extends Charge {
  /** Undefined: the table has no such price. */
  readonly unitPrice: Price | undefined;
  readonly monthlyUsd: number | undefined;
}

/** What a resource costs in a month. */
export type Item = {
  readonly address: string;
  readonly type: string;
  /** Where it is in the tree of constructs. */
  readonly path: string;
  readonly region: string;
} & (
  | { readonly status: 'priced'; readonly charges: readonly PricedCharge[]; readonly monthlyUsd: number }
  | { readonly status: 'free'; readonly why: string }
  /** Some charges may be known, but not all: what the resource costs is not. */
  | { readonly status: 'unknown'; readonly charges: readonly PricedCharge[]; readonly why: string }
);

/** What an environment costs in a month, in US dollars before tax. */
export interface Estimate {
  readonly name: string;
  readonly region: string;
  readonly items: readonly Item[];
  /** Sum of all that is known; with unknown items the environment costs more. */
  readonly monthlyUsd: number;
  readonly unknown: number;
  readonly usage: Usage;
}

export interface EstimateArgs {
  /** Heading of the estimate: the name of the environment. */
  readonly name: string;
  /** Region of everything that does not say another. */
  readonly region: string;
  readonly stack: TerraformConfiguration;
  readonly usage: Usage;
}

const estimators: Estimators = { ...compute, ...network, ...edge, ...data, ...operations };

/** Resource types that have a price. */
export const pricedTypes: readonly string[] = Object.keys(estimators);

/** Estimates every resource of a stack. What is neither priced nor known to be free is unknown, never 0. */
export function estimate({ name, region, stack, usage }: EstimateArgs): Estimate {
  const items = stack.resources.map((resource) => {
    const own = stack.regionOf(resource) ?? region;
    return { ...identityOf(resource, own), ...assess(resource, { stack, usage, prices: priceBook(own) }) };
  });
  return {
    name,
    region,
    items,
    monthlyUsd: items.reduce((sum, item) => sum + knownUsd(item), 0),
    unknown: items.filter(({ status }) => status === 'unknown').length,
    usage,
  };
}

/** What is known of an item's price. */
export function knownUsd(item: Item): number {
  if (item.status === 'free') return 0;
  return item.charges.reduce((sum, { monthlyUsd }) => sum + (monthlyUsd ?? 0), 0);
}

function identityOf({ address, type, path }: Resource, region: string) {
  return { address, type, path, region };
}

interface Context {
  readonly stack: TerraformConfiguration;
  readonly usage: Usage;
  readonly prices: PriceBook;
}

function assess(resource: Resource, context: Context) {
  const estimator = Object.hasOwn(estimators, resource.type) ? estimators[resource.type] : undefined;
  if (estimator === undefined) {
    const why = whyFree(resource.type);
    if (why !== undefined) return { status: 'free', why } as const;
    return { status: 'unknown', charges: [], why: 'no price is known for this type' } as const;
  }
  const result = estimator(resource, context);
  if (typeof result === 'string') return { status: 'free', why: result } as const;
  const charges = result.map((charge) => priced(charge, context.prices));
  const missing = charges.filter(({ monthlyUsd }) => monthlyUsd === undefined);
  if (missing.length > 0)
    return { status: 'unknown', charges, why: missingPrices(missing, context.prices) } as const;
  const monthlyUsd = charges.reduce((sum, charge) => sum + (charge.monthlyUsd ?? 0), 0);
  return { status: 'priced', charges, monthlyUsd } as const;
}

function priced(charge: Charge, prices: PriceBook): PricedCharge {
  const unitPrice = prices.find(charge.price);
  const monthlyUsd = unitPrice && unitPrice.usd * charge.quantity * (charge.share ?? 1);
  return { ...charge, unitPrice, monthlyUsd };
}

function missingPrices(charges: readonly PricedCharge[], { region }: PriceBook): string {
  return `no price of ${charges.map(({ price }) => price).join(', ')} is known in ${region}`;
}
