import { z } from 'zod';
import { allowedByDefault, describeMistakes } from '../../environments/mistakes';
import { exitCodes, UserError } from '../errors';
import { INVENTORY_VERSION, type Inventory, inventorySchema } from './schema';
import type { InventorySource } from './source';

/** What is asked first, so that one clear answer comes before any list of wrong fields. */
const preamble = z.object({
  schemaVersion: z.int().optional().catch(undefined),
  environment: z.string().optional().catch(undefined),
  nodes: z.array(z.unknown()).optional().catch(undefined),
});

/**
 * Turns what a source holds into an inventory.
 *
 * @throws UserError for another schema version, another environment, no nodes, wrong fields (one line each) and duplicates.
 */
export function parseInventory(found: unknown, source: Omit<InventorySource, 'read'>): Inventory {
  refuseOtherKind(found, source);
  const parsed = inventorySchema.safeParse(found, { error: allowed, reportInput: true });
  if (!parsed.success) {
    const lines = describeMistakes(parsed.error.issues, inventorySchema);
    throw invalid(`The inventory in ${source.where} is not valid:`, lines, source);
  }
  const repeated = duplicates(parsed.data);
  if (repeated.length > 0) {
    throw invalid(`The inventory in ${source.where} names the same thing twice:`, repeated, source);
  }
  return parsed.data;
}

function refuseOtherKind(found: unknown, source: Omit<InventorySource, 'read'>): void {
  const known = preamble.safeParse(found).data;
  if (known === undefined) {
    const what = `The output 'inventory' in ${source.where} is not an object: ${JSON.stringify(found).slice(0, 80)}`;
    throw new UserError(what, source.refresh);
  }
  refuseOtherVersion(known.schemaVersion, source);
  if (known.environment !== undefined && known.environment !== source.environment) {
    throw new UserError(
      `The inventory in ${source.where} belongs to environment '${known.environment}', not to '${source.environment}'.`,
      `Name the environment it belongs to (--env ${known.environment}), or the inventory of '${source.environment}'. ` +
        'Nothing was sent to any node.',
      exitCodes.usage,
    );
  }
  if (known.nodes?.length === 0) {
    throw new UserError(
      `The inventory in ${source.where} has no nodes.`,
      `See that a node group of environments/${source.environment}.ts has a count above 0, then: ${source.refresh}`,
    );
  }
}

function refuseOtherVersion(
  version: number | undefined,
  { where, refresh }: Omit<InventorySource, 'read'>,
): void {
  if (version === undefined || version === INVENTORY_VERSION) return;
  const what = `The inventory in ${where} has schema version ${version}; this stagecraft reads version ${INVENTORY_VERSION}.`;
  throw version < INVENTORY_VERSION
    ? new UserError(what, `It was written by an older stagecraft. ${refresh}`)
    : new UserError(
        what,
        'It was written by a newer stagecraft. Update this checkout (git pull, npm ci) and run again.',
      );
}

function duplicates({ nodes }: Inventory): string[] {
  return (['name', 'instanceId'] as const).flatMap((field) => {
    const firstAt = new Map<string, number>();
    return nodes.flatMap((node, index) => {
      const first = firstAt.get(node[field]);
      if (first === undefined) firstAt.set(node[field], index);
      return first === undefined
        ? []
        : [`nodes[${index}].${field}: '${node[field]}' is also that of nodes[${first}]`];
    });
  });
}

/** What is allowed, for the fields whose schema does not say so itself. */
function allowed(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'too_small') return 'text that is not empty';
  if (issue.code !== 'invalid_format') return allowedByDefault(issue);
  if (issue.format === 'ipv4') return 'an IPv4 address such as "10.0.1.15"';
  if (issue.format === 'url') return 'a URL such as "https://mirror.example.com"';
  return 'prefix' in issue ? `text that starts with "${String(issue.prefix)}"` : undefined;
}

function invalid(
  what: string,
  lines: readonly string[],
  { refresh }: Omit<InventorySource, 'read'>,
): UserError {
  return new UserError([what, ...lines.map((line) => `  ${line}`)].join('\n'), refresh);
}
