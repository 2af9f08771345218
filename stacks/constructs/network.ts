import { DefaultSecurityGroup } from '@cdktf/provider-aws/lib/default-security-group';
import { InternetGateway } from '@cdktf/provider-aws/lib/internet-gateway';
import { Route } from '@cdktf/provider-aws/lib/route';
import { RouteTable } from '@cdktf/provider-aws/lib/route-table';
import { RouteTableAssociation } from '@cdktf/provider-aws/lib/route-table-association';
import { Subnet } from '@cdktf/provider-aws/lib/subnet';
import { Vpc } from '@cdktf/provider-aws/lib/vpc';
import { VpcEndpoint } from '@cdktf/provider-aws/lib/vpc-endpoint';
import { Construct } from 'constructs';
import type { EgressPort } from '../../environments/egress';
import { layOutSubnets, type SubnetPlan, type ZoneSubnets } from '../../environments/subnets';
import type { Alarms } from './alarms';
import { FlowLogs } from './flow-logs';
import { Ipv6, type SubnetKind } from './ipv6';
import { ManagedNat, NatInstance, type NatTarget } from './nat';
import { SsmEndpoints } from './ssm-endpoints';

export interface NetworkArgs extends SubnetPlan {
  /** Name of the project, the start of every name. */
  readonly project: string;
  /** Name of the environment, which follows the project in every name. */
  readonly environment: string;
  /** Region that the zones are in. */
  readonly region: string;
  /** How private nodes reach the internet. */
  readonly nat: 'instance' | 'gateway' | 'gateway-per-az';
  /** Where nodes may go outside the VPC: what a NAT instance forwards. */
  readonly egress: readonly EgressPort[];
  /** Key of the NAT instance's volume and of the flow logs (ARN). */
  readonly keyArn: string;
  /** Reach Systems Manager without the NAT: three interface endpoints in each zone. Default: false. */
  readonly ssmEndpoints?: boolean;
  /** Which traffic is logged, and for how many days. Default: none. */
  readonly flowLogs?: { readonly traffic: 'none' | 'rejected' | 'all'; readonly days: number };
  /** Give the VPC and its subnets IPv6 blocks of Amazon's, and private nodes a way out over IPv6. Default: false. */
  readonly ipv6?: boolean;
  /** Where to tell that the NAT instance fails. Default: nowhere. */
  readonly alarms?: Alarms;
}

interface Zone {
  readonly name: string;
  readonly publicSubnet: Subnet;
  readonly privateSubnet: Subnet;
  readonly dataSubnet: Subnet;
  readonly privateRoutes: RouteTable;
}

interface SharedRoutes {
  readonly public: RouteTable;
  readonly data: RouteTable;
}

/**
 * A VPC with a public, a private and a data subnet in each zone. Nodes live in the private ones, data stores in the data
 * subnets, which have no way out of the VPC; nothing gets a public address by itself, and the default security group lets nothing through (CIS AWS Foundations 5.4).
 *
 * With IPv6 the subnets have blocks and private ones a way out, but instances take no address by themselves: K3s runs on
 * one family, and the day it changes nothing of the network has to.
 *
 * Cost: that of the NAT (see `ManagedNat`, `NatInstance`), of the interface endpoints (`SsmEndpoints`) and of the flow logs
 * (`FlowLogs`); the rest, the S3 gateway endpoint included, is free.
 */
export class Network extends Construct {
  readonly #args: NetworkArgs;
  readonly #vpc: Vpc;
  readonly #ipv6: Ipv6 | undefined;
  readonly #zones: readonly Zone[];

  constructor(scope: Construct, id: string, args: NetworkArgs) {
    super(scope, id);
    this.#args = args;
    this.#vpc = new Vpc(this, 'vpc', {
      cidrBlock: args.cidr,
      ...(args.ipv6 === true ? { assignGeneratedIpv6CidrBlock: true } : {}),
      enableDnsSupport: true,
      enableDnsHostnames: true,
      tags: this.#named(),
    });
    new DefaultSecurityGroup(this, 'closed', { vpcId: this.#vpc.id, tags: this.#named('closed') });
    const subnets = layOutSubnets(args);
    if (subnets === undefined)
      throw new Error(`the subnets do not fit in ${args.cidr}: parse the environment first`);
    this.#ipv6 =
      args.ipv6 === true ? new Ipv6(this, 'ipv6', { name: this.#named().Name, vpc: this.#vpc }) : undefined;
    const routes = { public: this.#publicRoutes(), data: this.#dataRoutes() };
    this.#zones = subnets.map((zone) => this.#zone(zone, routes));
    this.#routeToInternet();
    this.#endpoints();
    this.#log();
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

  /** The isolated subnets of the data stores, one a zone (ids). */
  get dataSubnetIds(): string[] {
    return this.#zones.map(({ dataSubnet }) => dataSubnet.id);
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

  /** Without a route of its own: from a data subnet nothing but the VPC can be reached. */
  #dataRoutes(): RouteTable {
    return new RouteTable(this, 'data', { vpcId: this.#vpc.id, tags: this.#named('data') });
  }

  /** Each zone has private routes of its own in every mode, so that a change of the NAT mode changes routes only. */
  #zone(zone: ZoneSubnets, routes: SharedRoutes): Zone {
    const suffix = zone.zone.slice(this.#args.region.length);
    const publicSubnet = this.#subnet('public', zone, zone.publicCidr);
    const privateSubnet = this.#subnet('private', zone, zone.privateCidr);
    const dataSubnet = this.#subnet('data', zone, zone.dataCidr);
    const privateRoutes = new RouteTable(this, `private-${suffix}-routes`, {
      vpcId: this.#vpc.id,
      tags: this.#named(`private-${suffix}`),
    });
    new RouteTableAssociation(this, `public-${suffix}-association`, {
      subnetId: publicSubnet.id,
      routeTableId: routes.public.id,
    });
    new RouteTableAssociation(this, `private-${suffix}-association`, {
      subnetId: privateSubnet.id,
      routeTableId: privateRoutes.id,
    });
    new RouteTableAssociation(this, `data-${suffix}-association`, {
      subnetId: dataSubnet.id,
      routeTableId: routes.data.id,
    });
    return { name: zone.zone, publicSubnet, privateSubnet, dataSubnet, privateRoutes };
  }

  #subnet(kind: SubnetKind, { zone }: ZoneSubnets, cidrBlock: string): Subnet {
    const id = `${kind}-${zone.slice(this.#args.region.length)}`;
    return new Subnet(this, id, {
      vpcId: this.#vpc.id,
      availabilityZone: zone,
      cidrBlock,
      ...(this.#ipv6 === undefined
        ? {}
        : { ipv6CidrBlock: this.#ipv6.block(kind, this.#args.availabilityZones.indexOf(zone)) }),
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
      this.#ipv6?.routeOut(`private-${suffix}`, zone.privateRoutes.id);
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
      egress: this.#args.egress,
      region: this.#args.region,
      alarms: this.#args.alarms,
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
    if (this.#args.ssmEndpoints !== true) return;
    new SsmEndpoints(this, 'ssm', {
      name: this.#named('ssm').Name,
      region: this.#args.region,
      vpcId: this.#vpc.id,
      vpcCidr: this.#args.cidr,
      subnetIds: this.#zones.map(({ privateSubnet }) => privateSubnet.id),
    });
  }

  #log(): void {
    const { flowLogs, keyArn } = this.#args;
    if (flowLogs === undefined || flowLogs.traffic === 'none') return;
    new FlowLogs(this, 'flow-logs', {
      name: this.#named().Name,
      vpcId: this.#vpc.id,
      traffic: flowLogs.traffic,
      days: flowLogs.days,
      keyArn,
    });
  }

  #named(part?: string): { readonly Name: string } {
    const { project, environment } = this.#args;
    return { Name: [project, environment, ...(part === undefined ? [] : [part])].join('-') };
  }
}

const anywhere = '0.0.0.0/0';
