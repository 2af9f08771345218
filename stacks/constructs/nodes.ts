import { Instance, type InstanceConfig } from '@cdktf/provider-aws/lib/instance';
import { DataResource } from 'cdktf';
import { Construct } from 'constructs';
import type { PlannedNode } from '../../environments/fleet';
import type { Architecture } from '../../environments/instance-types';
import { acceptFindings } from './accepted-findings';
import type { Alarms } from './alarms';
import { DataVolume } from './data-volume';
import { cpuCredits, hardened, identifyingTags, rootVolume } from './machine';
import { watchMachine } from './machine-alarms';
import type { Network } from './network';
import type { NodeFirewall } from './node-firewall';
import type { NodeIdentity } from './node-identity';
import { NodeTemplate } from './node-template';
import { ubuntuImage } from './ubuntu-image';

export interface NodesArgs {
  /** Start of the templates' names, and a tag of each node. */
  readonly project: string;
  /** Name of the environment: a tag of each node, by which the provisioner knows its own. */
  readonly environment: string;
  /** The nodes that the environment asks for. */
  readonly planned: readonly PlannedNode[];
  /** Where they are: in the private subnet of their zone. */
  readonly network: Network;
  /** Who reaches them, by role. */
  readonly firewall: NodeFirewall;
  /** Whom they are in AWS. */
  readonly identity: NodeIdentity;
  /** Key of the volumes (ARN). */
  readonly keyArn: string;
  /** Production: termination protection, and CPU bursts that are billed rather than throttled. */
  readonly production: boolean;
  /** Region of the nodes, in which EC2 recovers them. */
  readonly region: string;
  /** Tags of everything in the environment. */
  readonly tags: Readonly<Record<string, string>>;
  /** Where the alarms go: two for each node. */
  readonly alarms: Alarms;
}

/** A planned node and what exists of it once it is deployed; ids and addresses are tokens until then. */
export interface DeployedNode {
  readonly planned: PlannedNode;
  readonly instanceId: string;
  readonly privateIp: string;
  /** Undefined where the node has no data volume. */
  readonly dataVolumeId: string | undefined;
}

/**
 * The EC2 instances of the cluster: Ubuntu 24.04 LTS, without a key pair. They are in private subnets, which give out no
 * public address. What runs on them is the provisioner's business, so they have no user data. AWS moves a node whose hardware
 * fails (but for spot), and groups that keep data have volumes of their own, which outlive their node.
 *
 * Cost (ap-northeast-2, on demand, a month): t3.medium about 38 USD, t3.large 76 USD; spot 60 to 70 % less; gp3
 * 0.091 USD for each GiB; alarms 0.20 USD a node.
 */
export class Nodes extends Construct {
  readonly deployed: readonly DeployedNode[];
  readonly #templates = new Map<string, NodeTemplate>();
  readonly #images = new Map<Architecture, string>();

  constructor(scope: Construct, id: string, args: NodesArgs) {
    super(scope, id);
    this.deployed = args.planned.map((planned) => {
      const instance = new Instance(this, planned.name, this.#instance(planned, args));
      acceptFindings(instance, {
        CKV_AWS_126:
          'metrics every five minutes are enough: Prometheus looks closer, and status checks come every minute',
      });
      this.#watch(planned, instance.id, args);
      return {
        planned,
        instanceId: instance.id,
        privateIp: instance.privateIp,
        dataVolumeId: this.#keepData(planned, instance.id, args),
      };
    });
  }

  #keepData(planned: PlannedNode, instanceId: string, args: NodesArgs): string | undefined {
    const { name, zone, dataGiB } = planned;
    if (dataGiB === undefined) return undefined;
    const { keyArn, production } = args;
    return new DataVolume(this, `${name}-data`, {
      name: `${name}-data`,
      zone,
      sizeGiB: dataGiB,
      keyArn,
      production,
      instanceId,
    }).volumeId;
  }

  #watch({ name, spot, role }: PlannedNode, instanceId: string, { alarms, region }: NodesArgs): void {
    watchMachine(alarms, {
      id: `node-${name}`,
      region,
      instanceId,
      what: `The node ${name}`,
      consequence:
        role === 'server' ? 'the Kubernetes API may be away' : 'its pods move to other nodes where they can',
      recover: !spot,
      // A node that hangs may hold a database: whoever restarts it should look first.
      restart: false,
    });
  }

  #instance(planned: PlannedNode, args: NodesArgs): InstanceConfig {
    const { name, instanceType } = planned;
    const { project, environment, keyArn, production } = args;
    const tags = identifyingTags({ name, project, environment });
    return {
      launchTemplate: this.#template(planned, args).reference,
      // Said here as well, so that it can change on a running instance: the template is read at a launch only.
      ...hardened,
      ...cpuCredits({ instanceType, production }),
      instanceType,
      rootBlockDevice: { ...rootVolume({ sizeGiB: planned.diskGiB, keyArn }), tags },
      vpcSecurityGroupIds: args.firewall.groupsOf(planned.role),
      iamInstanceProfile: args.identity.profileName,
      disableApiTermination: isProtected(planned, args),
      ...(planned.spot ? spare : {}),
      subnetId: args.network.privateSubnetId(planned.zone),
      tags,
      lifecycle: {
        // A new image or template must not replace a running node: nodes are updated in place, and replaced on purpose.
        ignoreChanges: ['launch_template'],
        replaceTriggeredBy: [this.#purchase(planned)],
      },
    };
  }

  /**
   * How a node is bought, whose change replaces it. The provider plans nothing when an instance stops being spot
   * (hashicorp/terraform-provider-aws#38141), and the type of a spot instance cannot change while it is stopped (EC2 user
   * guide, "Behavior of Spot Instance interruptions").
   */
  #purchase({ name, spot, instanceType }: PlannedNode): string {
    const purchase = new DataResource(this, `${name}-purchase`, {
      input: spot ? { market: 'spot', instanceType } : { market: 'on demand' },
    });
    // Terraform takes a bare reference here, and none in ${}, which is what cdktf makes of a resource.
    return `${DataResource.tfResourceType}.${purchase.friendlyUniqueId}`;
  }

  /** One for all nodes of a group. */
  #template(planned: PlannedNode, args: NodesArgs): NodeTemplate {
    const group = planned.group ?? planned.role;
    const known = this.#templates.get(group);
    if (known !== undefined) return known;
    const template = new NodeTemplate(this, `template-${group}`, {
      ...args,
      ...planned,
      group,
      image: this.#image(planned.arch),
      securityGroupIds: args.firewall.groupsOf(planned.role),
      profileName: args.identity.profileName,
      // One template for all: where one node cannot have it, the others have it from their instance.
      isProtected: args.planned
        .filter((node) => node.group === planned.group)
        .every((node) => isProtected(node, args)),
    });
    this.#templates.set(group, template);
    return template;
  }

  #image(arch: Architecture): string {
    const known = this.#images.get(arch);
    if (known !== undefined) return known;
    const image = ubuntuImage(this, `image-${arch}`, arch);
    this.#images.set(arch, image);
    return image;
  }
}

/** A persistent request that stops the instance: when AWS has capacity again, the same node comes back with its disk. */
const spare = {
  instanceMarketOptions: {
    marketType: 'spot',
    spotOptions: { spotInstanceType: 'persistent', instanceInterruptionBehavior: 'stop' },
  },
} satisfies InstanceConfig;

/** EC2 knows no termination protection for spot instances: it takes them back itself. */
function isProtected({ spot }: PlannedNode, { production }: NodesArgs): boolean {
  return production && !spot;
}
