import { EgressOnlyInternetGateway } from '@cdktf/provider-aws/lib/egress-only-internet-gateway';
import { Route } from '@cdktf/provider-aws/lib/route';
import type { Vpc } from '@cdktf/provider-aws/lib/vpc';
import { Fn } from 'cdktf';
import { Construct } from 'constructs';

export type SubnetKind = 'public' | 'private' | 'data';

export interface Ipv6Args {
  /** Tag `Name` of the gateway. */
  readonly name: string;
  /** A VPC with a /56 of Amazon's. */
  readonly vpc: Vpc;
}

/**
 * IPv6 of a VPC: which /64 a subnet has, and the way out for private ones, which lets nothing in.
 *
 * Cost: none; egress-only gateways bill traffic at the usual rates.
 */
export class Ipv6 extends Construct {
  readonly #vpc: Vpc;
  readonly #gateway: EgressOnlyInternetGateway;

  constructor(scope: Construct, id: string, args: Ipv6Args) {
    super(scope, id);
    this.#vpc = args.vpc;
    this.#gateway = new EgressOnlyInternetGateway(this, 'out', {
      vpcId: args.vpc.id,
      tags: { Name: args.name },
    });
  }

  /** The /64 of a subnet: sixteen for each kind, so that a zone that is appended moves no other. */
  block(kind: SubnetKind, zone: number): string {
    return Fn.cidrsubnet(this.#vpc.ipv6CidrBlock, 8, kinds.indexOf(kind) * 16 + zone);
  }

  /** Lets a route table's subnets call out. @param id unique among the route tables */
  routeOut(id: string, routeTableId: string): void {
    new Route(this, id, {
      routeTableId,
      destinationIpv6CidrBlock: '::/0',
      egressOnlyGatewayId: this.#gateway.id,
    });
  }
}

const kinds: readonly SubnetKind[] = ['public', 'private', 'data'];
