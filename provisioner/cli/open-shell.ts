import { isSandbox } from '../../environments';
import { quote } from '../engine/shell';
import { exitCodes, UserError } from '../errors';
import type { InventoryNode } from '../inventory/schema';
import { handOver } from './hand-over';
import { type Fleet, openFleet } from './open-fleet';
import type { EnvironmentFlags } from './options';
import { enterSandboxNode } from './sandbox-shell';
import { requireSessionManager, sessionArguments } from './session-manager';
import { suggestion } from './suggest';

/** The flags of `shell`, as commander gives them. */
export interface ShellOptions extends EnvironmentFlags {
  readonly print?: true;
}

/** A program that opens a terminal on a node. */
interface WayIn {
  readonly words: readonly [program: string, ...args: string[]];
  /** @throws UserError when something that it needs is not on this machine */
  readonly check?: () => void;
  readonly enter: () => Promise<number>;
}

/** Runs `shell`. @throws UserError or EnvironmentError for everything that the operator can mend */
export async function openShell(name: string, options: ShellOptions): Promise<number> {
  const fleet = await openFleet(options);
  const way = wayInto(fleet, nodeNamed(fleet, name));
  if (options.print) {
    process.stdout.write(`${way.words.map(quote).join(' ')}\n`);
    return exitCodes.done;
  }
  way.check?.();
  return way.enter();
}

function nodeNamed({ inventory }: Fleet, name: string): InventoryNode {
  const node = inventory.nodes.find((one) => one.name === name || one.instanceId === name);
  if (node !== undefined) return node;
  throw new UserError(
    `There is no node "${name}" in ${inventory.environment}.`,
    suggestion(
      name,
      inventory.nodes.map((one) => one.name),
    ),
    exitCodes.usage,
  );
}

function wayInto({ environment, inventory }: Fleet, node: InventoryNode): WayIn {
  if (isSandbox(environment.name))
    return {
      words: ['npm', 'run', 'sandbox', '--', 'shell', node.name],
      enter: () => enterSandboxNode(node.name, []),
    };
  const args = sessionArguments({ region: inventory.region, instanceId: node.instanceId });
  const words = ['aws', ...args] as const;
  return {
    words,
    check: () => requireSessionManager(words.map(quote).join(' ')),
    enter: () => handOver('aws', args),
  };
}
