import { z } from 'zod';
import type { Checkout } from './checkout';

export interface Plan {
  /** What would change: `address: argument`, or `address: create`; outputs as `output.NAME`. */
  readonly changes: readonly string[];
  /** The summaries of what terraform warns of. */
  readonly warnings: readonly string[];
}

/** What terraform would change in a stack that is deployed. */
export async function planOf(
  checkout: Checkout,
  stack: string,
  ...options: readonly string[]
): Promise<Plan> {
  const flags = ['-input=false', '-json', '-out=plan.bin', ...options];
  const planned = await checkout.terraform(stack, 'plan', ...flags);
  const warnings = diagnosticsOf(planned.stdout);
  if (planned.status !== 0) throw new Error(`terraform plan in ${stack}:\n${planned.output}`);
  if (isEmpty(planned.stdout)) return { changes: [], warnings };
  const shown = await checkout.terraform(stack, 'show', '-json', 'plan.bin');
  if (shown.status !== 0) throw new Error(`terraform show in ${stack}:\n${shown.output}`);
  const plan = planSchema.parse(JSON.parse(shown.stdout));
  const changes = plan.resource_changes.flatMap(({ address, change }) =>
    change.actions.every((action) => action === 'no-op' || action === 'read')
      ? []
      : differences(change).map((difference) => `${address}: ${difference}`),
  );
  const outputs = Object.entries(plan.output_changes)
    .filter(([, { actions }]) => actions.some((action) => action !== 'no-op'))
    .map(([name]) => `output.${name}`);
  return { changes: [...changes, ...outputs], warnings };
}

/** The summaries of the warnings and errors in what terraform printed with `-json`: a JSON object a line. */
export function diagnosticsOf(lines: string): readonly string[] {
  return messagesOf(lines).flatMap(({ diagnostic }) =>
    diagnostic === undefined ? [] : [diagnostic.summary],
  );
}

/** Whether a plan says by itself that it does nothing: spares a look into it. */
function isEmpty(lines: string): boolean {
  const messages = messagesOf(lines);
  const counts = messages.flatMap(({ type, changes }) => (type === 'change_summary' ? [changes] : []));
  const outputs = messages.flatMap(({ type, outputs }) => (type === 'outputs' ? Object.values(outputs) : []));
  return (
    counts.length === 1 &&
    counts.every((count) => count !== undefined && count.add + count.change + count.remove === 0) &&
    outputs.every(({ action }) => action === undefined || action === 'noop')
  );
}

function messagesOf(lines: string) {
  return lines
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => messageSchema.parse(JSON.parse(line)));
}

function differences({ actions, before, after }: Change): readonly string[] {
  if (before === null || after === null || !actions.includes('update')) return [actions.join(' and ')];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names]
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((name) => `${name}: ${JSON.stringify(before[name])} -> ${JSON.stringify(after[name])}`);
}

const values = z.record(z.string(), z.unknown()).nullable();
const changeSchema = z.object({ actions: z.array(z.string()), before: values, after: values });
type Change = z.infer<typeof changeSchema>;

const planSchema = z.object({
  resource_changes: z.array(z.object({ address: z.string(), change: changeSchema })).default([]),
  output_changes: z.record(z.string(), z.object({ actions: z.array(z.string()) })).default({}),
});

const messageSchema = z.object({
  type: z.string().optional(),
  diagnostic: z.object({ summary: z.string() }).optional(),
  changes: z.object({ add: z.number(), change: z.number(), remove: z.number() }).optional(),
  outputs: z.record(z.string(), z.object({ action: z.string().optional() })).default({}),
});
