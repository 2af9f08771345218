import { DefaultSecurityGroup } from '@cdktf/provider-aws/lib/default-security-group';
import { InternetGateway } from '@cdktf/provider-aws/lib/internet-gateway';
import { Route } from '@cdktf/provider-aws/lib/route';
import { RouteTable } from '@cdktf/provider-aws/lib/route-table';
import { RouteTableAssociation } from '@cdktf/provider-aws/lib/route-table-association';
import { Subnet } from '@cdktf/provider-aws/lib/subnet';
import { Vpc } from '@cdktf/provider-aws/lib/vpc';
import { VpcEndpoint } from '@cdktf/provider-aws/lib/vpc-endpoint';
import { Construct } from 'constructs';
import { layOutSubnets, type SubnetPlan, type ZoneSubnets } from '../../environments/subnets';
import { ManagedNat, NatInstance, type NatTarget } from './nat';

export interface NetworkArgs extends SubnetPlan {
  readonly project: string;
  readonly environment: string;
  readonly region: string;
  /** How private nodes reach the internet. */
  readonly nat: 'instance' | 'gateway' | 'gateway-per-az';
  /** Key of the NAT instance's volume (ARN). */
  readonly keyArn: string;
}

interface Zone {
  readonly name: string;
  readonly publicSubnet: Subnet;
  readonly privateSubnet: Subnet;
  readonly privateRoutes: RouteTable;
}

/**
 * A VPC with a public and a private subnet in each zone. Nodes live in the private ones; nothing gets a public address
 * by itself, and the default security group lets nothing through (CIS AWS Foundations 5.4).
 *
 * Cost: that of the NAT (see `ManagedNat`, `NatInstance`); the rest, the S3 gateway endpoint included, is free.
 */
export class Network extends Construct {
  readonly #args: NetworkArgs;
  readonly #vpc: Vpc;
  readonly #zones: readonly Zone[];

  constructor(scope: Construct, id: string, args: NetworkArgs) {
    super(scope, id);
    this.#args = args;
    this.#vpc = new Vpc(this, 'vpc', {
      cidrBlock: args.cidr,
      enableDnsSupport: true,
      enableDnsHostnames: true,
      tags: this.#named(),
    });
    new DefaultSecurityGroup(this, 'closed', { vpcId: this.#vpc.id, tags: this.#named('closed') });
    const subnets = layOutSubnets(args);
    if (subnets === undefined)
      throw new Error(`the subnets do not fit in ${args.cidr}: parse the environment first`);
    const publicRoutes = this.#publicRoutes();
    this.#zones = subnets.map((zone) => this.#zone(zone, publicRoutes));
    this.#routeToInternet();
    this.#endpoints();
  }

  get vpcId(): string {
    return this.#vpc.id;
  }

  /** The private subnet of a zone (id). */
  privateSubnetId(zone: string): string {
    const found = this.#zones.find(({ name }) => name === zone);
    if (found === undefined) throw new Error(`the network has no zone ${zone}: parse the environment first`);
    return found.privateSubnet.id;
  }

  /** The public subnets, one a zone (ids). */
  get publicSubnetIds(): string[] {
    return this.#zones.map(({ publicSubnet }) => publicSubnet.id);
  }

  #publicRoutes(): RouteTable {
    const gateway = new InternetGateway(this, 'internet', { vpcId: this.#vpc.id, tags: this.#named() });
    const routes = new RouteTable(this, 'public', { vpcId: this.#vpc.id, tags: this.#named('public') });
    new Route(this, 'public-internet', {
      routeTableId: routes.id,
      destinationCidrBlock: anywhere,
      gatewayId: gateway.id,
    });
    return routes;
  }

  /** Each zone has private routes of its own in every mode, so that a change of the NAT mode changes routes only. */
  #zone(zone: ZoneSubnets, publicRoutes: RouteTable): Zone {
    const suffix = zone.zone.slice(this.#args.region.length);
    const publicSubnet = this.#subnet(`public-${suffix}`, zone.zone, zone.publicCidr);
    const privateSubnet = this.#subnet(`private-${suffix}`, zone.zone, zone.privateCidr);
    const privateRoutes = new RouteTable(this, `private-${suffix}-routes`, {
      vpcId: this.#vpc.id,
      tags: this.#named(`private-${suffix}`),
    });
    new RouteTableAssociation(this, `public-${suffix}-association`, {
      subnetId: publicSubnet.id,
      routeTableId: publicRoutes.id,
    });
    new RouteTableAssociation(this, `private-${suffix}-association`, {
      subnetId: privateSubnet.id,
      routeTableId: privateRoutes.id,
    });
    return { name: zone.zone, publicSubnet, privateSubnet, privateRoutes };
  }

  #subnet(id: string, availabilityZone: string, cidrBlock: string): Subnet {
    return new Subnet(this, id, {
      vpcId: this.#vpc.id,
      availabilityZone,
      cidrBlock,
      mapPublicIpOnLaunch: false,
      tags: this.#named(id),
    });
  }

  #routeToInternet(): void {
    const shared = this.#args.nat === 'gateway-per-az' ? undefined : this.#nat('nat', this.#zones[0]);
    for (const zone of this.#zones) {
      const suffix = zone.name.slice(this.#args.region.length);
      new Route(this, `private-${suffix}-internet`, {
        routeTableId: zone.privateRoutes.id,
        destinationCidrBlock: anywhere,
        ...(shared ?? this.#nat(`nat-${suffix}`, zone)),
      });
    }
  }

  #nat(id: string, zone: Zone | undefined): NatTarget {
    if (zone === undefined) throw new Error('a network without zones: parse the environment first');
    const { project, environment, keyArn, cidr } = this.#args;
    const place = { name: `${project}-${environment}-${id}`, subnetId: zone.publicSubnet.id };
    if (this.#args.nat !== 'instance') return new ManagedNat(this, id, place).target;
    return new NatInstance(this, id, {
      ...place,
      project,
      environment,
      keyArn,
      vpcId: this.#vpc.id,
      vpcCidr: cidr,
    }).target;
  }

  /** Keeps traffic to S3 (images, backups) off the NAT, for free. */
  #endpoints(): void {
    new VpcEndpoint(this, 's3', {
      vpcId: this.#vpc.id,
      vpcEndpointType: 'Gateway',
      serviceName: `com.amazonaws.${this.#args.region}.s3`,
      routeTableIds: this.#zones.map((zone) => zone.privateRoutes.id),
      tags: this.#named('s3'),
    });
  }

  #named(part?: string): { readonly Name: string } {
    const { project, environment } = this.#args;
    return { Name: [project, environment, ...(part === undefined ? [] : [part])].join('-') };
  }
}

const anywhere = '0.0.0.0/0';
