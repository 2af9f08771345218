import { isSandbox } from '../../environments';
import { quote } from '../engine/shell';
import { exitCodes, UserError } from '../errors';
import type { InventoryNode } from '../inventory/schema';
import type { SshTarget } from '../transports/ssh-target';
import { handOver } from './hand-over';
import { type Fleet, openFleet } from './open-fleet';
import type { EnvironmentFlags, FleetFlags } from './options';
import { requireSessionManager, requireSsh } from './required-programs';
import { enterSandboxNode } from './sandbox-shell';
import { sessionArguments } from './session-manager';
import { supportedArguments } from './ssh-arguments';
import { suggestion } from './suggest';

/** The flags of `shell`, as commander gives them. */
export interface ShellOptions extends EnvironmentFlags, Pick<FleetFlags, 'transport'> {
  readonly print?: true;
}

/** A program that opens a terminal on a node. */
interface WayIn {
  readonly words: readonly [program: string, ...args: string[]];
  /** @throws UserError when something that it needs is not on this machine */
  readonly check?: (commandLine: string) => void;
  readonly enter: () => Promise<number>;
}

/** Runs `shell`. @throws UserError or EnvironmentError for everything that the operator can mend */
export async function openShell(name: string, options: ShellOptions): Promise<number> {
  const fleet = await openFleet(options);
  const way = wayInto(fleet, nodeNamed(fleet, name));
  const commandLine = way.words.map(quote).join(' ');
  if (options.print) {
    process.stdout.write(`${commandLine}\n`);
    return exitCodes.done;
  }
  way.check?.(commandLine);
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

function wayInto(fleet: Fleet, node: InventoryNode): WayIn {
  if (fleet.sshTargetOf !== undefined) return bySsh(fleet.sshTargetOf(node));
  if (isSandbox(fleet.environment.name))
    return {
      words: ['npm', 'run', 'sandbox', '--', 'shell', node.name],
      enter: () => enterSandboxNode(node.name, []),
    };
  // The one node that this machine is.
  if (fleet.transport.name === 'local') return through(process.env.SHELL ?? 'sh', []);
  const { region, sessionDocument } = fleet.inventory;
  const args = sessionArguments({ region, instanceId: node.instanceId, document: sessionDocument });
  return { ...through('aws', args), check: requireSessionManager };
}

function bySsh(target: SshTarget): WayIn {
  return { ...through('ssh', supportedArguments(target)), check: requireSsh };
}

function through(program: string, args: readonly string[]): WayIn {
  return { words: [program, ...args], enter: () => handOver(program, args) };
}
