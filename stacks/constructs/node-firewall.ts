import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group';
import { VpcSecurityGroupEgressRule } from '@cdktf/provider-aws/lib/vpc-security-group-egress-rule';
import {
  VpcSecurityGroupIngressRule,
  type VpcSecurityGroupIngressRuleConfig,
} from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule';
import { Construct } from 'constructs';
import type { EgressPort } from '../../environments/egress';
import { InternetEgress } from './internet-egress';

export interface NodeFirewallArgs {
  /** Start of the groups' names: `<project>-<environment>`. */
  readonly name: string;
  /** The VPC that the groups are in (id). */
  readonly vpcId: string;
  /** Whether several servers form an etcd cluster. */
  readonly highlyAvailable: boolean;
  /** The pod network, whose traffic between nodes is let through. */
  readonly flannelBackend: 'vxlan' | 'wireguard-native';
  /** Where nodes may go outside the VPC. */
  readonly egress: readonly EgressPort[];
  /** Whether the VPC has IPv6. */
  readonly ipv6: boolean;
}

/** A group in the VPC that nodes reach at one port. */
export interface ReachedGroup {
  readonly securityGroupId: string;
  /** What it protects. */
  readonly description: string;
  /** TCP port. */
  readonly port: number;
}

/** Who reaches which port of the nodes from outside the cluster. */
export interface AdmittedGroup {
  readonly securityGroupId: string;
  /** What the traffic is. */
  readonly description: string;
  /** TCP port of the node. */
  readonly port: number;
}

type Ports = Pick<VpcSecurityGroupIngressRuleConfig, 'ipProtocol' | 'fromPort' | 'toPort'>;

/**
 * Which node may talk to which, by role (K3s documentation, "Requirements: Inbound rules"), and who collects metrics. Nothing is open to anything
 * but nodes; there is no port for SSH, for nodes are managed over Systems Manager, which they call themselves. Outgoing
 * connections are limited in the same way: to each other, to the data stores, and to few ports outside the VPC. Answers,
 * to the load balancer for instance, need no rule: security groups know connections.
 *
 * Cost: none.
 */
export class NodeFirewall extends Construct {
  readonly #nodes: SecurityGroup;
  readonly #servers: SecurityGroup;

  constructor(scope: Construct, id: string, args: NodeFirewallArgs) {
    super(scope, id);
    this.#nodes = this.#group('nodes', 'All K3s nodes', args);
    this.#servers = this.#group('servers', 'K3s servers', args);
    this.#allow('kubelet', 'Kubelet: metrics and logs', this.#nodes, this.#nodes, tcp(10_250));
    // kube-prometheus-stack gives it the node's own network; Prometheus comes to it from another node.
    this.#allow('node-exporter', 'Node exporter: metrics', this.#nodes, this.#nodes, tcp(9100));
    this.#allow('pods', 'Pod network', this.#nodes, this.#nodes, podNetwork[args.flannelBackend]);
    this.#allow('api', 'Kubernetes API', this.#nodes, this.#servers, tcp(6443));
    if (args.highlyAvailable) {
      this.#allow('etcd', 'etcd: clients and peers', this.#servers, this.#servers, tcp(2379, 2380));
    }
    new InternetEgress(this, 'out', {
      securityGroupId: this.#nodes.id,
      ports: args.egress,
      ipv6: args.ipv6,
    });
  }

  /** The security groups of a node of that role (ids). */
  groupsOf(role: 'server' | 'agent'): string[] {
    return role === 'server' ? [this.#nodes.id, this.#servers.id] : [this.#nodes.id];
  }

  /** The group that every node is in (id): where a load balancer sends to. */
  get nodesGroupId(): string {
    return this.#nodes.id;
  }

  /** Lets nodes reach a port of members of another security group. @param id unique among what is reached */
  reach(id: string, to: ReachedGroup): void {
    new VpcSecurityGroupEgressRule(this, `to-${id}`, {
      securityGroupId: this.#nodes.id,
      referencedSecurityGroupId: to.securityGroupId,
      ...tcp(to.port),
      description: to.description,
      tags: { Name: id },
    });
  }

  /** Lets members of another security group reach a port of every node. @param id unique among what is admitted */
  admit(id: string, from: AdmittedGroup): void {
    new VpcSecurityGroupIngressRule(this, `from-${id}`, {
      securityGroupId: this.#nodes.id,
      referencedSecurityGroupId: from.securityGroupId,
      ...tcp(from.port),
      description: from.description,
      tags: { Name: id },
    });
  }

  #group(id: string, description: string, args: NodeFirewallArgs): SecurityGroup {
    const name = `${args.name}-${id}`;
    return new SecurityGroup(this, id, { name, description, vpcId: args.vpcId, tags: { Name: name } });
  }

  #allow(id: string, name: string, from: SecurityGroup, to: SecurityGroup, ports: Ports): void {
    const rule = { ...ports, description: name, tags: { Name: name } };
    new VpcSecurityGroupIngressRule(this, id, {
      securityGroupId: to.id,
      referencedSecurityGroupId: from.id,
      ...rule,
    });
    new VpcSecurityGroupEgressRule(this, `${id}-out`, {
      securityGroupId: from.id,
      referencedSecurityGroupId: to.id,
      ...rule,
    });
  }
}

const podNetwork: Readonly<Record<NodeFirewallArgs['flannelBackend'], Ports>> = {
  vxlan: { ipProtocol: 'udp', fromPort: 8472, toPort: 8472 },
  'wireguard-native': { ipProtocol: 'udp', fromPort: 51_820, toPort: 51_820 },
};

function tcp(fromPort: number, toPort = fromPort): Ports {
  return { ipProtocol: 'tcp', fromPort, toPort };
}
