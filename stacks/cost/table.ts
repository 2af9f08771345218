import { basisOf } from './basis';
import { categoryOf, categoryTitles } from './categories';
import { choiceTitles, spotNote } from './choices';
import { type Item, knownUsd } from './estimate';
import type { CostedDesign, CostReport, Saving } from './report';

/** The report for people. One design: its resources. Several: side by side. */
export function costTable(report: CostReport): string {
  const [only, ...others] = report.designs;
  if (only === undefined) return '';
  const parts = others.length === 0 ? [resources(only)] : [comparison(report.designs)];
  return [
    ...parts,
    ...report.savings.map(savingLines),
    ...report.designs.flatMap(unknownLines),
    footer(report),
  ].join('\n\n');
}

function resources(design: CostedDesign): string {
  const billed = design.items.filter(({ status }) => status !== 'free');
  const rows = categoryTitles.flatMap((title) =>
    grouped(billed.filter((item) => categoryOf(item) === title)).map((group) => rowOf(title, group)),
  );
  const total = ['', 'TOTAL', '', withUnknown(usd(design.monthlyUsd), design.unknown)];
  const heading = `${design.name} (${design.region}), US dollars a month`;
  return [
    heading,
    '',
    table(['', 'RESOURCE', 'BILLED FOR', 'USD'], [...rows, total], [3]),
    '',
    freeLine(design),
  ].join('\n');
}

type Group = readonly [first: Item, ...others: Item[]];

/** Resources of one type that are billed for the same are one row: nobody reads forty lines of 0.10. */
function grouped(items: readonly Item[]): readonly Group[] {
  const groups = new Map<string, [Item, ...Item[]]>();
  for (const item of items) {
    const key = `${item.type} ${item.status} ${billedFor(item)}`;
    const found = groups.get(key);
    if (found === undefined) groups.set(key, [item]);
    else found.push(item);
  }
  return [...groups.values()];
}

function rowOf(title: string, group: Group): readonly string[] {
  const [first] = group;
  const name = group.length === 1 ? first.path : `${group.length} × ${first.type}`;
  const amount = group.reduce((sum, item) => sum + knownUsd(item), 0);
  return [title, name, billedFor(first), first.status === 'unknown' ? unknownAmount(first) : usd(amount)];
}

function billedFor(item: Item): string {
  if (item.status === 'free') return '';
  if (item.charges.length === 0) return item.status === 'unknown' ? item.why : '';
  return item.charges.map(({ what, assumed }) => (assumed ? `${what} *` : what)).join('; ');
}

function unknownAmount(item: Item): string {
  const known = knownUsd(item);
  return known === 0 ? 'unknown' : `${usd(known)} + unknown`;
}

function freeLine(design: CostedDesign): string {
  const counts = new Map<string, number>();
  for (const { status, type } of design.items)
    if (status === 'free') counts.set(type, (counts.get(type) ?? 0) + 1);
  const list = [...counts].sort().map(([type, count]) => (count === 1 ? type : `${type} × ${count}`));
  return list.length === 0 ? 'Free: nothing.' : `Free: ${list.join(', ')}.`;
}

function comparison(designs: readonly CostedDesign[]): string {
  const names = designs.map(({ name }) => name);
  const rows = categoryTitles
    .map((title) => [title, ...designs.map((design) => categoryAmount(design, title))])
    .filter(([, ...amounts]) => amounts.some((amount) => amount !== '-'));
  const totals = [
    'TOTAL',
    ...designs.map(({ monthlyUsd, unknown }) => withUnknown(usd(monthlyUsd), unknown)),
  ];
  const numeric = designs.map((_, index) => index + 1);
  const choices = (Object.keys(choiceTitles) as (keyof typeof choiceTitles)[]).map((key) => [
    choiceTitles[key],
    ...designs.map((design) => design.choices[key]),
  ]);
  return [
    'US dollars a month',
    '',
    table(['', ...names], [...rows, totals], numeric),
    '',
    table(['WHAT IT BUYS', ...names], choices),
  ].join('\n');
}

function categoryAmount(design: CostedDesign, title: string): string {
  const items = design.items.filter((item) => item.status !== 'free' && categoryOf(item) === title);
  if (items.length === 0) return '-';
  const unknown = items.filter(({ status }) => status === 'unknown').length;
  return withUnknown(usd(items.reduce((sum, item) => sum + knownUsd(item), 0)), unknown);
}

function savingLines(saving: Saving): string {
  const { environment, percentBelow, percentBelowLean, leanUsd } = saving;
  return [
    `${environment} is ${difference(percentBelow)} managed, with the same nodes bought in the same way.`,
    `Without the nodes whose work EKS and RDS take over (servers, database), managed costs ${usd(leanUsd)}: ` +
      `${environment} is ${difference(percentBelowLean)} that.`,
  ].join('\n');
}

function difference(percent: number): string {
  return percent >= 0 ? `${percent.toFixed(1)} % below` : `${(-percent).toFixed(1)} % above`;
}

function unknownLines(design: CostedDesign): readonly string[] {
  const lines = design.items.flatMap((item) =>
    item.status === 'unknown' ? [`  ${item.address}: ${item.why}`] : [],
  );
  return lines.length === 0
    ? []
    : [[`Unknown in ${design.name}, and not in its total:`, ...lines].join('\n')];
}

function footer({ designs }: CostReport): string {
  const usage = designs[0]?.usage;
  return [
    '* depends on use: assumptions in stacks/cost/usage.ts. Prices with source and date: stacks/cost/prices/.',
    basisLine(designs),
    `Before tax, free tiers, commitments and credits${usage === undefined ? '' : `; ${spotNote(usage)}`}. See docs/cost.md.`,
  ].join('\n');
}

function basisLine(designs: readonly CostedDesign[]): string {
  const { used, recalled, percentRecalled } = basisOf(designs);
  if (recalled === 0) return `All ${used} prices are quoted from publications.`;
  return `Of ${used} prices, ${recalled} are recalled, not looked up: ${percentRecalled.toFixed(1)} % of the money. The others are quoted.`;
}

function withUnknown(amount: string, unknown: number): string {
  return unknown === 0 ? amount : `${amount} + ${unknown} unknown`;
}

function usd(amount: number): string {
  return amount.toFixed(2);
}

function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  numeric: readonly number[] = [],
): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return numeric.includes(column) ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
