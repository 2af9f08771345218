import { type Command, Option } from 'commander';
import { stringify } from 'yaml';
import { environmentNames, loadEnvironment } from '../../environments';
import { exitCodes, UserError } from '../errors';
import { ansibleHost, ansibleInventory } from '../inventory/ansible';
import { loadInventory } from '../inventory/load-inventory';
import type { Inventory } from '../inventory/schema';
import { inventoryTable } from '../inventory/table';
import { addExamples } from './examples';
import { inventorySource } from './inventory-source';
import { suggestion } from './suggest';

const formats = ['table', 'json', 'yaml', 'ansible'] as const;

interface InventoryOptions {
  readonly env: string;
  readonly inventory?: string;
  readonly format: (typeof formats)[number];
  readonly list?: true;
  readonly host?: string;
}

/** `inventory`: shows an environment's nodes, exports them, and serves as an Ansible inventory script. */
export function registerInventory(program: Command): void {
  const command = program
    .command('inventory')
    .description("Show or export an environment's nodes.")
    .requiredOption('--env <name>', `environment: ${environmentNames.join(', ')}`)
    .option(
      '-i, --inventory <file>',
      'read this file (terraform output -json, cdktf --outputs-file) instead of the remote state; - is standard input',
    )
    .addOption(new Option('--format <format>', 'how to print it').choices(formats).default('table'))
    .option('--list', 'same as --format ansible: what Ansible asks an inventory script')
    .option('--host <name>', "one host's variables as JSON: what Ansible asks an inventory script")
    .action(async (options: InventoryOptions) => {
      process.stdout.write(`${await showInventory(options)}\n`);
    });
  addExamples(command, [
    ['npm run inventory -- --env prod', 'a table'],
    ['npm run -s inventory -- --env prod --format json', 'for programs'],
    [
      'npm run -s inventory -- --env prod --host prod-server-1',
      "one host's variables, as Ansible asks for them",
    ],
  ]);
}

async function showInventory({
  env,
  inventory: file,
  format,
  list,
  host,
}: InventoryOptions): Promise<string> {
  const { name } = loadEnvironment(env);
  const source = await inventorySource({ environment: name, file });
  const inventory = await loadInventory(source);
  if (host !== undefined) return json(hostVariables(inventory, host));
  if (list) return json(ansibleInventory(inventory));
  switch (format) {
    case 'table':
      return inventoryTable(inventory, source.where);
    case 'json':
      return json(inventory);
    case 'yaml':
      return stringify(inventory).trimEnd();
    case 'ansible':
      return json(ansibleInventory(inventory));
  }
}

function hostVariables(inventory: Inventory, name: string): unknown {
  const variables = ansibleHost(inventory, name);
  if (variables !== undefined) return variables;
  const names = inventory.nodes.map((node) => node.name);
  throw new UserError(
    `There is no host '${name}' in ${inventory.environment}.`,
    suggestion(name, names),
    exitCodes.usage,
  );
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
