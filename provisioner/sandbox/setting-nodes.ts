/** Which nodes a setting of the sandbox is about: it names them, or their instance ids. */
import { UserError } from '../errors';
import { nodesNamedBy, sandboxSettings } from './endpoint';
import type { PlannedSandboxNode, SandboxPlan } from './plan';

export type NodeNames = Pick<PlannedSandboxNode, 'name' | 'instanceId'>;

export function isOneOf(named: readonly string[], { name, instanceId }: NodeNames): boolean {
  return named.includes(name) || named.includes(instanceId);
}

/** @throws UserError when a setting names a node that there isn't, or that it can't be about */
export function refuseWrongNodes({ nodes }: SandboxPlan, settings: object): void {
  const unknown = nodesNamedBy(settings).find((name) => !nodes.some((node) => isOneOf([name], node)));
  if (unknown !== undefined)
    throw new UserError(
      `the sandbox has no node "${unknown}"`,
      `It has ${nodes.map(({ name }) => name).join(', ')}.`,
    );
  const { spotNotice = [] } = sandboxSettings.partial().safeParse(settings).data ?? {};
  const kept = nodes.find((node) => !node.spot && isOneOf(spotNotice, node));
  if (kept !== undefined)
    throw new UserError(
      `${kept.name} is no spot node: AWS takes no other back`,
      'Make it one, for instance with --set nodeGroups.general.spot=true.',
    );
}
