import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group';
import { VpcEndpoint } from '@cdktf/provider-aws/lib/vpc-endpoint';
import { VpcSecurityGroupIngressRule } from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule';
import { Construct } from 'constructs';

export interface SsmEndpointsArgs {
  /** Name of their security group, and start of their tags. */
  readonly name: string;
  /** Region that the VPC is in: part of the services' names. */
  readonly region: string;
  /** The VPC that gets them. */
  readonly vpcId: string;
  /** Block of the VPC: who may ask. */
  readonly vpcCidr: string;
  /** One private subnet a zone (ids). */
  readonly subnetIds: readonly string[];
}

/** What the agent of Systems Manager calls (Systems Manager, "Create VPC endpoints"); `ec2messages` is for old agents. */
const services = ['ssm', 'ssmmessages', 'ec2messages'] as const;

/**
 * Private addresses of Systems Manager: nodes can be provisioned and opened a session on while the NAT is down.
 *
 * Cost (ap-northeast-2): 9.49 USD a month for each of the three in each zone (56.94 USD in two zones), 0.01 USD a GB.
 */
export class SsmEndpoints extends Construct {
  constructor(scope: Construct, id: string, args: SsmEndpointsArgs) {
    super(scope, id);
    const group = new SecurityGroup(this, 'firewall', {
      name: args.name,
      description: 'Endpoints of Systems Manager: HTTPS from the VPC',
      vpcId: args.vpcId,
      tags: { Name: args.name },
    });
    new VpcSecurityGroupIngressRule(this, 'from-vpc', {
      securityGroupId: group.id,
      description: 'Agents of Systems Manager',
      cidrIpv4: args.vpcCidr,
      ipProtocol: 'tcp',
      fromPort: 443,
      toPort: 443,
    });
    for (const service of services) {
      new VpcEndpoint(this, service, {
        vpcId: args.vpcId,
        vpcEndpointType: 'Interface',
        serviceName: `com.amazonaws.${args.region}.${service}`,
        subnetIds: [...args.subnetIds],
        securityGroupIds: [group.id],
        privateDnsEnabled: true,
        tags: { Name: `${args.name}-${service}` },
      });
    }
  }
}
