import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group';
import { VpcSecurityGroupIngressRule } from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule';
import { Construct } from 'constructs';
import type { NodeFirewall } from './node-firewall';

export interface NodesOnlyArgs {
  /** Name of the group, unique in the VPC; up to 255 characters. */
  readonly name: string;
  /** What it protects, in words. */
  readonly description: string;
  /** The VPC of the nodes and of what they reach. */
  readonly vpcId: string;
  /** Whose nodes are let in. */
  readonly firewall: NodeFirewall;
  /** The one TCP port they are let in at. */
  readonly port: number;
}

/**
 * A security group of a data store: the nodes of the cluster reach one port of it, nobody else does, and it reaches
 * nothing. The nodes' own firewall lets them.
 *
 * Cost: none.
 */
export class NodesOnly extends Construct {
  readonly groupId: string;

  constructor(scope: Construct, id: string, args: NodesOnlyArgs) {
    super(scope, id);
    const { name, description, vpcId, port } = args;
    const group = new SecurityGroup(this, 'group', { name, description, vpcId, tags: { Name: name } });
    this.groupId = group.id;
    new VpcSecurityGroupIngressRule(this, 'nodes', {
      securityGroupId: group.id,
      referencedSecurityGroupId: args.firewall.nodesGroupId,
      description: 'Nodes',
      ipProtocol: 'tcp',
      fromPort: port,
      toPort: port,
      tags: { Name: name },
    });
    args.firewall.reach(name, { securityGroupId: group.id, description, port });
  }
}
