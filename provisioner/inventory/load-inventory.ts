import { parseInventory } from './parse-inventory';
import type { Inventory } from './schema';
import type { InventorySource } from './source';

/**
 * Reads an environment's inventory from wherever it is kept and proves that it is one.
 *
 * @throws UserError when it can't be read, is not an inventory, is of another environment or of another version of the schema.
 */
export async function loadInventory(source: InventorySource): Promise<Inventory> {
  return parseInventory(await source.read(), source);
}
