import { DataAwsPartition } from '@cdktf/provider-aws/lib/data-aws-partition';
import { Eip } from '@cdktf/provider-aws/lib/eip';
import { Instance } from '@cdktf/provider-aws/lib/instance';
import { NatGateway } from '@cdktf/provider-aws/lib/nat-gateway';
import type { RouteConfig } from '@cdktf/provider-aws/lib/route';
import { SecurityGroup } from '@cdktf/provider-aws/lib/security-group';
import { VpcSecurityGroupIngressRule } from '@cdktf/provider-aws/lib/vpc-security-group-ingress-rule';
import { Construct } from 'constructs';
import type { EgressPort } from '../../environments/egress';
import { acceptFindings } from './accepted-findings';
import type { Alarms } from './alarms';
import { InternetEgress } from './internet-egress';
import { hardened, identifyingTags, rootVolume } from './machine';
import { watchMachine } from './machine-alarms';
import { NodeIdentity } from './node-identity';
import { ubuntuImage } from './ubuntu-image';

/** Where a private route table sends what leaves the VPC. */
export type NatTarget = Pick<RouteConfig, 'natGatewayId'> | Pick<RouteConfig, 'networkInterfaceId'>;

export interface NatGatewayArgs {
  /** Tag `Name` of the gateway and of its address. */
  readonly name: string;
  /** The public subnet it is in. */
  readonly subnetId: string;
}

/**
 * A managed NAT gateway.
 *
 * Cost (ap-northeast-2): about 43 USD a month, 3.65 USD for its public address, and 0.059 USD for each GB.
 */
export class ManagedNat extends Construct {
  readonly target: NatTarget;

  constructor(scope: Construct, id: string, args: NatGatewayArgs) {
    super(scope, id);
    const address = new Eip(this, 'address', { domain: 'vpc', tags: { Name: args.name } });
    const gateway = new NatGateway(this, 'gateway', {
      allocationId: address.id,
      subnetId: args.subnetId,
      tags: { Name: args.name },
    });
    this.target = { natGatewayId: gateway.id };
  }
}

export interface NatInstanceArgs extends NatGatewayArgs {
  /** Name of the project, a tag of the instance. */
  readonly project: string;
  /** Name of the environment, a tag of the instance. */
  readonly environment: string;
  /** The VPC that its subnet is in. */
  readonly vpcId: string;
  /** Block of the VPC: whose traffic is forwarded. */
  readonly vpcCidr: string;
  /** Where it forwards to. */
  readonly egress: readonly EgressPort[];
  /** Key of its volume (ARN). */
  readonly keyArn: string;
  /** Region that it is in: part of what its alarms ask AWS to do. */
  readonly region: string;
  /** Where to tell that it fails. Default: nowhere, and then it does not recover by itself either. */
  readonly alarms?: Alarms | undefined;
}

/**
 * One t4g.nano that translates addresses with nftables. AWS moves it to other hardware when its own fails, and starts it
 * again when it does not answer. While it is replaced or reboots, private nodes do not reach the
 * internet; what they already run goes on.
 *
 * Cost (ap-northeast-2): about 3.80 USD a month, 3.65 USD for its public address, 0.75 USD for its volume; traffic at
 * the usual rates only; its alarms 0.30 USD.
 */
export class NatInstance extends Construct {
  readonly target: NatTarget;

  constructor(scope: Construct, id: string, args: NatInstanceArgs) {
    super(scope, id);
    const instance = new Instance(this, 'instance', {
      ...hardened,
      rootBlockDevice: rootVolume({ sizeGiB: 8, keyArn: args.keyArn }),
      ami: ubuntuImage(this, 'image', 'arm64'),
      instanceType: 't4g.nano',
      // The default, unlimited, bills for what a busy network uses beyond the credits.
      creditSpecification: { cpuCredits: 'standard' },
      subnetId: args.subnetId,
      vpcSecurityGroupIds: [this.#firewall(args)],
      sourceDestCheck: false,
      iamInstanceProfile: this.#identity(args.name).profileName,
      userData: forwarder(args.vpcCidr),
      userDataReplaceOnChange: true,
      tags: identifyingTags(args),
      lifecycle: { ignoreChanges: ['ami'] },
    });
    acceptFindings(instance, {
      CKV_AWS_126: 'metrics every five minutes are enough; status checks come every minute',
    });
    new Eip(this, 'address', { domain: 'vpc', instance: instance.id, tags: { Name: args.name } });
    this.target = { networkInterfaceId: instance.primaryNetworkInterfaceId };
    if (args.alarms === undefined) return;
    watchMachine(args.alarms, {
      id: this.node.id,
      region: args.region,
      instanceId: instance.id,
      what: 'The NAT instance',
      consequence: 'private nodes do not reach the internet: no images, no AWS, no sessions',
      // It keeps nothing: to start it again is always right.
      restart: true,
      recover: true,
    });
    this.#watchCredits(args.alarms, instance.id);
  }

  /**
   * An instance without credits computes at a twentieth of its speed, and forwards as slowly: nothing fails, everything
   * waits. A new one has none, and earns six an hour (EC2, "Burstable performance instances").
   */
  #watchCredits(alarms: Alarms, instanceId: string): void {
    alarms.add(`${this.node.id}-credits`, {
      description:
        'The NAT instance has used up its CPU credits: what private nodes fetch and send comes slowly. Find out what they fetch (images, backups past the S3 endpoint); network.nat: "gateway" has no such limit.',
      namespace: 'AWS/EC2',
      metric: 'CPUCreditBalance',
      dimensions: { InstanceId: instanceId },
      statistic: 'Maximum',
      comparison: 'LessThanThreshold',
      threshold: 1,
      // EC2 says it every five minutes.
      period: 300,
      periods: 6,
    });
  }

  /** It needs none of the secrets that AmazonSSMManagedInstanceCore allows every instance to read (see `Secrets`). */
  #identity(name: string): NodeIdentity {
    const identity = new NodeIdentity(this, 'identity', { name });
    const { partition } = new DataAwsPartition(this, 'partition');
    identity.addPolicy('read-no-secrets', [
      {
        sid: 'NoParametersButPublicOnes',
        effect: 'Deny',
        actions: ['ssm:GetParameter*'],
        notResources: [`arn:${partition}:ssm:*::parameter/aws/*`],
      },
    ]);
    return identity;
  }

  #firewall(args: NatInstanceArgs): string {
    const group = new SecurityGroup(this, 'firewall', {
      name: args.name,
      // For good: a group is replaced with its description.
      description: 'NAT instance: from the VPC to anywhere',
      vpcId: args.vpcId,
      tags: { Name: args.name },
    });
    new VpcSecurityGroupIngressRule(this, 'from-vpc', {
      securityGroupId: group.id,
      description: 'What private nodes send to the internet',
      cidrIpv4: args.vpcCidr,
      ipProtocol: '-1',
    });
    // What it needs itself, Systems Manager and packages, is part of what nodes need.
    new InternetEgress(this, 'out', { securityGroupId: group.id, ports: args.egress });
    return group.id;
  }
}

/** Runs once, at the first start; the files it writes make the following starts come up the same. */
function forwarder(vpcCidr: string): string {
  return `#!/bin/sh
set -eu
# The image has nft; should one come without, the address that apt needs is attached only after the start.
until command -v nft >/dev/null; do
  if ! { apt-get update && apt-get install -y --no-install-recommends nftables; }; then sleep 5; fi
done
printf 'net.ipv4.ip_forward = 1\\n' >/etc/sysctl.d/90-nat.conf
sysctl -p /etc/sysctl.d/90-nat.conf
cat >/etc/nftables.conf <<'RULES'
#!/usr/sbin/nft -f
flush ruleset
table ip nat {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr ${vpcCidr} ip daddr != ${vpcCidr} masquerade
  }
}
RULES
systemctl enable nftables.service
systemctl restart nftables.service
`;
}
