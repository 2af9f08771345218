import { VpcSecurityGroupEgressRule } from '@cdktf/provider-aws/lib/vpc-security-group-egress-rule';
import { Construct } from 'constructs';
import type { EgressPort } from '../../environments/egress';

export interface InternetEgressArgs {
  /** Whose members may go out (id of a security group). */
  readonly securityGroupId: string;
  /** Where to. */
  readonly ports: readonly EgressPort[];
  /** Over IPv6 too, where the way is open to any address. Default: false. */
  readonly ipv6?: boolean;
}

/**
 * The ways out of the VPC that a security group has, and no others: what breaks into a container finds no port of its
 * choice to call home by.
 *
 * Cost: none. AWS takes 60 rules a group for each family of addresses.
 */
export class InternetEgress extends Construct {
  constructor(scope: Construct, id: string, args: InternetEgressArgs) {
    super(scope, id);
    for (const { id: rule, description, protocol, port, cidr } of args.ports) {
      const ports = { ipProtocol: protocol, fromPort: port, toPort: port };
      const common = { securityGroupId: args.securityGroupId, description, ...ports };
      new VpcSecurityGroupEgressRule(this, rule, { ...common, cidrIpv4: cidr });
      if (args.ipv6 === true && cidr === '0.0.0.0/0')
        new VpcSecurityGroupEgressRule(this, `${rule}-ipv6`, { ...common, cidrIpv6: '::/0' });
    }
  }
}
