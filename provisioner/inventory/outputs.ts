import { z } from 'zod';

/** The name of the one output that `stacks/` writes. */
export const OUTPUT = 'inventory';

const terraformOutput = z.object({ value: z.unknown(), type: z.unknown() });
const anyObject = z.record(z.string(), z.unknown());

/**
 * Finds the inventory in what the tools print:
 * - `terraform output -json`: `{"inventory": {"value": …, "type": …, "sensitive": …}}`;
 * - a state (`terraform state pull`, the object in S3): the same below `outputs`;
 * - `cdktf output --outputs-file` and `cdktf deploy --outputs-file`: `{"<stack>": {"inventory": …}}`. CDKTF 0.21 writes
 *   complex outputs as plain JSON, without the type;
 * - `npm run inventory -- --format json`: the inventory itself.
 *
 * @param stack whose outputs count where a file holds those of several stacks
 * @returns undefined where there is no such output
 */
export function inventoryIn(document: unknown, stack: string): unknown {
  const content = anyObject.safeParse(document).data;
  if (content === undefined) return undefined;
  if ('schemaVersion' in content || 'nodes' in content) return content;
  if (OUTPUT in content) return unwrapped(content[OUTPUT]);
  if ('outputs' in content) return inventoryIn(content.outputs, stack);
  return inventoryOfStack(content, stack);
}

function inventoryOfStack(content: Record<string, unknown>, stack: string): unknown {
  const byStack = new Map<string, unknown>();
  for (const [name, outputs] of Object.entries(content)) {
    const found = anyObject.safeParse(outputs).data?.[OUTPUT];
    if (found !== undefined) byStack.set(name, unwrapped(found));
  }
  // Another stack's inventory is better than none: the check of its environment then says whose it is.
  return byStack.get(stack) ?? [...byStack.values()][0];
}

function unwrapped(output: unknown): unknown {
  const wrapped = terraformOutput.safeParse(output);
  return wrapped.success ? wrapped.data.value : output;
}
