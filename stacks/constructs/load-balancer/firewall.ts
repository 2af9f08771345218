import { DataAwsEc2ManagedPrefixList } from '@cdktf/provider-aws/lib/data-aws-ec2-managed-prefix-list';
import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group';
import { VpcSecurityGroupEgressRule } from '@cdktf/provider-aws/lib/vpc-security-group-egress-rule';
import {
  VpcSecurityGroupIngressRule,
  type VpcSecurityGroupIngressRuleConfig,
} from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule';
import { Construct } from 'constructs';
import { acceptFindings } from '../accepted-findings';
import type { NodeFirewall } from '../node-firewall';

/** Who may connect: anyone, or CloudFront and the blocks of `also`. */
export type Admission =
  | { readonly who: 'anyone' }
  | {
      readonly who: 'cloudfront';
      /** IPv4 blocks, at most 5. */
      readonly also: readonly string[];
    };

export interface LoadBalancerFirewallArgs {
  /** Name of the security group. */
  readonly name: string;
  /** The VPC of the load balancer. */
  readonly vpcId: string;
  /** Who may connect. */
  readonly admission: Admission;
  /** The listener that serves: 443, or 80 without a certificate. */
  readonly port: 80 | 443;
  /** The nodes' firewall, which has to let it through. */
  readonly nodes: NodeFirewall;
  /** The port of the nodes that requests go to. */
  readonly nodePort: number;
}

type Source = Pick<VpcSecurityGroupIngressRuleConfig, 'cidrIpv4' | 'prefixListId'>;

/**
 * The load balancer's security group: in from whom it is meant for, out to one port of the nodes and nothing else.
 *
 * Cost: none.
 */
export class LoadBalancerFirewall extends Construct {
  readonly #args: LoadBalancerFirewallArgs;
  readonly #group: SecurityGroup;

  constructor(scope: Construct, id: string, args: LoadBalancerFirewallArgs) {
    super(scope, id);
    this.#args = args;
    this.#group = new SecurityGroup(this, 'group', {
      name: args.name,
      description: 'Load balancer',
      vpcId: args.vpcId,
      tags: { Name: args.name },
    });
    this.#comeIn();
    this.#goOut();
  }

  /** The security group (id). */
  get groupId(): string {
    return this.#group.id;
  }

  #comeIn(): void {
    const { admission, port } = this.#args;
    if (admission.who === 'anyone') {
      this.#allow('anyone', 'Anyone', port, { cidrIpv4: '0.0.0.0/0' });
      if (port === 443)
        this.#allow('anyone-http', 'Anyone, to be sent on to HTTPS', 80, { cidrIpv4: '0.0.0.0/0' });
      return;
    }
    // One port only: the list counts as 55 of the 60 rules that a group may have.
    const list = new DataAwsEc2ManagedPrefixList(this, 'cloudfront-addresses', {
      name: 'com.amazonaws.global.cloudfront.origin-facing',
    });
    this.#allow('cloudfront', 'CloudFront', port, { prefixListId: list.id });
    for (const block of admission.also) {
      this.#allow(`also-${block.replace('/', '-')}`, 'Admitted beside CloudFront', port, { cidrIpv4: block });
    }
  }

  #goOut(): void {
    const { nodes, nodePort } = this.#args;
    nodes.admit('load-balancer', {
      securityGroupId: this.#group.id,
      description: 'Requests and health checks of the load balancer',
      port: nodePort,
    });
    new VpcSecurityGroupEgressRule(this, 'nodes', {
      securityGroupId: this.#group.id,
      description: 'Requests and health checks',
      referencedSecurityGroupId: nodes.nodesGroupId,
      ipProtocol: 'tcp',
      fromPort: nodePort,
      toPort: nodePort,
    });
  }

  #allow(id: string, description: string, port: number, source: Source): void {
    const rule = new VpcSecurityGroupIngressRule(this, id, {
      securityGroupId: this.#group.id,
      description,
      ipProtocol: 'tcp',
      fromPort: port,
      toPort: port,
      ...source,
    });
    if (port !== 80) return;
    acceptFindings(rule, {
      CKV_AWS_260:
        source.cidrIpv4 === undefined
          ? 'its source is the prefix list of CloudFront, which checkov takes for everybody'
          : 'who comes over plain HTTP is sent on to HTTPS, or was admitted by name',
    });
  }
}
