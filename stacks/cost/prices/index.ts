import { z } from 'zod';
import seoul from './ap-northeast-2.json';
import everywhere from './global.json';
import virginia from './us-east-1.json';

const group = z.strictObject({
  /** Which publication of AWS the prices are from, and by what way they got here. */
  source: z.string().min(1),
  /** Where AWS shows the current ones. */
  page: z.url({ protocol: /^https$/ }),
  /** When the prices were current: the day of the publication, or of what its authors know. */
  date: z.iso.date(),
  /** `quoted`: a dated publication, as others quote it. `recalled`: known to the authors, not looked up. */
  basis: z.enum(['quoted', 'recalled']),
  /** What one price is for. */
  unit: z.enum([
    'hour',
    'month',
    'GB',
    'GB-month',
    'IOPS-month',
    'MiB/s-month',
    '1,000 requests',
    '10,000 requests',
    'million requests',
  ]),
  /** US dollars, before tax and without free tiers, commitments and volume discounts. */
  prices: z.record(z.string().regex(/^[a-z][A-Za-z0-9]*(\.[A-Za-z0-9]+)+$/), z.number().positive()),
});

/** A file of prices of one region. */
export const priceTable = z.strictObject({
  region: z.string(),
  currency: z.literal('USD'),
  groups: z.array(group),
});

type Group = z.output<typeof group>;

export interface Price {
  /** What it is the price of: `ec2.t3.medium`. */
  readonly key: string;
  readonly usd: number;
  readonly unit: Group['unit'];
  readonly source: string;
  readonly page: string;
  readonly date: string;
  readonly basis: Group['basis'];
}

/** The prices of a region, with those that are the same everywhere. */
export interface PriceBook {
  readonly region: string;
  readonly prices: readonly Price[];
  /** Undefined when the table does not know it; that is not 0. */
  find(key: string): Price | undefined;
}

const worldwide = pricesOf(everywhere);
const regional: Readonly<Record<string, readonly Price[]>> = {
  'ap-northeast-2': pricesOf(seoul),
  'us-east-1': pricesOf(virginia),
};

/** Regions whose prices are in the repository. */
export const pricedRegions: readonly string[] = Object.keys(regional);

/** The prices that are known for a region: in one without a table, only those that are the same everywhere. */
export function priceBook(region: string): PriceBook {
  const prices = [...worldwide, ...(regional[region] ?? [])];
  const byKey = new Map(prices.map((price) => [price.key, price]));
  return { region, prices, find: (key) => byKey.get(key) };
}

function pricesOf(file: unknown): readonly Price[] {
  return priceTable
    .parse(file)
    .groups.flatMap(({ prices, ...origin }) =>
      Object.entries(prices).map(([key, usd]) => ({ ...origin, key, usd })),
    );
}
