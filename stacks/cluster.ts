import type { Construct } from 'constructs';
import { internetEgress } from '../environments/egress';
import type { PlannedNode } from '../environments/fleet';
import type { Environment } from '../environments/schema';
import { tagsOfAll } from './aws-provider';
import type { Alarms } from './constructs/alarms';
import { ApiAddress } from './constructs/api-address';
import type { Network } from './constructs/network';
import { NodeFirewall } from './constructs/node-firewall';
import { NodeIdentity } from './constructs/node-identity';
import { Nodes } from './constructs/nodes';
import type { Secrets } from './constructs/secrets';

export interface ClusterArgs {
  readonly environment: Environment;
  /** `<project>-<environment>`: the start of every name. */
  readonly name: string;
  readonly planned: readonly PlannedNode[];
  readonly network: Network;
  readonly secrets: Secrets;
  readonly alarms: Alarms;
}

/** The nodes, what they are, and who may talk to them. */
export interface Cluster {
  readonly firewall: NodeFirewall;
  readonly identity: NodeIdentity;
  readonly nodes: Nodes;
  /** Where clients in the VPC find the Kubernetes API: host:port. */
  readonly apiAddress: string;
}

/** The machines that Kubernetes runs on. */
export function cluster(scope: Construct, args: ClusterArgs): Cluster {
  const { environment, name, network, secrets } = args;
  const firewall = new NodeFirewall(scope, 'firewall', {
    name,
    vpcId: network.vpcId,
    highlyAvailable: environment.servers.count > 1,
    flannelBackend: environment.k3s.flannelBackend,
    egress: internetEgress(environment),
    ipv6: environment.network.ipv6,
  });
  const identity = new NodeIdentity(scope, 'identity', { name: `${name}-node` });
  secrets.grantRead(identity);
  const nodes = new Nodes(scope, 'nodes', {
    project: environment.project,
    environment: environment.name,
    planned: args.planned,
    network,
    firewall,
    identity,
    production: environment.production,
    keyArn: secrets.keyArn,
    region: environment.region,
    tags: tagsOfAll({ ...environment, environment: environment.name }),
    alarms: args.alarms,
  });
  return { firewall, identity, nodes, apiAddress: apiAddress(scope, args, nodes) };
}

/** That of the server; for several, a name that survives the loss of one. */
function apiAddress(scope: Construct, { environment, network }: ClusterArgs, nodes: Nodes): string {
  const servers = nodes.deployed.filter(({ planned }) => planned.role === 'server');
  const [only, ...others] = servers.map(({ privateIp }) => privateIp);
  if (only === undefined) throw new Error('a fleet without a server: parse the environment first');
  if (others.length === 0) return `${only}:6443`;
  return new ApiAddress(scope, 'api-address', {
    project: environment.project,
    environment: environment.name,
    vpcId: network.vpcId,
    servers: [only, ...others],
  }).address;
}
