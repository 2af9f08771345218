import { createHash } from 'node:crypto';
import { z } from 'zod';
import { formatAddress, parseCidr } from '../../environments/cidr';
import { plannedNodes } from '../../environments/fleet';
import type { Environment } from '../../environments/schema';
import { layOutSubnets } from '../../environments/subnets';
import { workloadsOf } from '../../environments/workloads';
import { inventoryNode } from '../inventory/schema';

/** What the sandbox has to stand in for: the part of an environment that the daemon goes by. */
export const sandboxPlan = z.strictObject({
  project: z.string(),
  environment: z.string(),
  region: z.string(),
  accountId: z.string(),
  nodes: z.array(z.strictObject({ ...inventoryNode.shape, instanceType: z.string() })).min(1),
  /** Services that have a role in AWS. */
  workloads: z.array(z.strictObject({ name: z.string(), namespace: z.string(), serviceAccount: z.string() })),
});

export type SandboxPlan = z.infer<typeof sandboxPlan>;
export type PlannedSandboxNode = SandboxPlan['nodes'][number];

/** Stands for an account where the environment names none. */
const NO_ACCOUNT = '000000000000';

/** The fleet of an environment with the ids and addresses that AWS would give it, the same in every run. */
export function planOf(environment: Environment): SandboxPlan {
  const countIn = new Map<string, number>();
  const nodes = plannedNodes(environment).map((node) => {
    const index = countIn.get(node.zone) ?? 0;
    countIn.set(node.zone, index + 1);
    return {
      name: node.name,
      role: node.role,
      instanceId: instanceIdOf(environment, node.name),
      privateIp: addressOf(environment, node.zone, index),
      zone: node.zone,
      // The scripts run on this machine, whatever the environment would rent.
      arch: hostArchitecture(),
      labels: { ...node.labels },
      taints: node.taints.map((taint) => ({ ...taint })),
      groups: node.group === undefined ? [] : [node.group],
      ...(node.spot && { spot: true }),
      instanceType: node.instanceType,
    };
  });
  return {
    project: environment.project,
    environment: environment.name,
    region: environment.region,
    accountId: environment.accountId ?? NO_ACCOUNT,
    nodes,
    workloads: workloadsOf(environment).map(({ name, namespace, serviceAccount }) => ({
      name,
      namespace,
      serviceAccount,
    })),
  };
}

export function hostArchitecture(): 'amd64' | 'arm64' {
  return process.arch === 'arm64' ? 'arm64' : 'amd64';
}

function instanceIdOf(environment: Environment, name: string): string {
  const digest = createHash('sha256')
    .update(`${environment.project}/${environment.name}/${name}`)
    .digest('hex');
  return `i-0${digest.slice(0, 16)}`;
}

/** In the zone's private subnet; AWS keeps the first four addresses of one for itself, and load balancers take some. */
function addressOf(environment: Environment, zone: string, index: number): string {
  const subnet = layOutSubnets(environment.network)?.find((candidate) => candidate.zone === zone);
  const block = parseCidr(subnet?.privateCidr ?? environment.network.cidr);
  return formatAddress((block?.first ?? 0) + FIRST_HOST + index);
}

const FIRST_HOST = 10;
