import type { InstanceLaunchTemplate } from '@cdktf/provider-aws/lib/instance';
import { LaunchTemplate } from '@cdktf/provider-aws/lib/launch-template';
import { Construct } from 'constructs';
import { cpuCredits, hardened, identifyingTags, rootVolume } from './machine';

export interface NodeTemplateArgs {
  /** Start of the template's name, and the tag `stagecraft:project` of what is launched. */
  readonly project: string;
  /** Second part of the name, and the tag `stagecraft:environment`, by which the provisioner knows its nodes. */
  readonly environment: string;
  /** The node group, or `server`: the end of the template's name. */
  readonly group: string;
  /** Id of the image. A new one makes a new version of the template. */
  readonly image: string;
  /** EC2 type, of the architecture of `image`. */
  readonly instanceType: string;
  /** Root volume, in GiB. */
  readonly diskGiB: number;
  /** Key of the volumes (ARN). */
  readonly keyArn: string;
  /** Security groups of the node (ids). */
  readonly securityGroupIds: readonly string[];
  /** Instance profile by which the node is somebody in AWS (name). */
  readonly profileName: string;
  /** Termination protection. */
  readonly isProtected: boolean;
  /** Production: CPU bursts are billed rather than throttled. */
  readonly production: boolean;
  /** Tags of everything in the environment: the provider's default tags do not reach what is launched from a template. */
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * What a new node of a group is like, in one place: whether Terraform launches it or somebody by hand, at night, it is
 * hardened, encrypted and tagged the same. An instance is launched from the default version, which is the last one.
 *
 * It is read when an instance is launched and never again, so what can be changed on a running instance is said by the
 * instance as well (docs/decisions/0009-launch-templates-and-spot.md).
 *
 * Cost: none.
 */
export class NodeTemplate extends Construct {
  readonly #template: LaunchTemplate;

  constructor(scope: Construct, id: string, args: NodeTemplateArgs) {
    super(scope, id);
    const name = `${args.project}-${args.environment}-${args.group}`;
    this.#template = new LaunchTemplate(this, 'template', {
      name,
      description: `A node of the group ${args.group} in ${args.environment}`,
      updateDefaultVersion: true,
      imageId: args.image,
      instanceType: args.instanceType,
      vpcSecurityGroupIds: [...args.securityGroupIds],
      iamInstanceProfile: { name: args.profileName },
      ebsOptimized: String(hardened.ebsOptimized),
      metadataOptions: hardened.metadataOptions,
      disableApiTermination: args.isProtected,
      ...cpuCredits(args),
      blockDeviceMappings: [{ deviceName: ROOT_DEVICE, ebs: rootMapping(args) }],
      tagSpecifications: tagged(args),
      tags: { Name: name },
    });
  }

  /** For the instance that is launched from it. */
  get reference(): InstanceLaunchTemplate {
    return { id: this.#template.id, version: '$Default' };
  }
}

/** What Canonical's images call their root volume. */
const ROOT_DEVICE = '/dev/sda1';

/** The same root volume as an instance's own, in a template's spelling. */
function rootMapping({ diskGiB, keyArn }: NodeTemplateArgs) {
  const { encrypted, deleteOnTermination, ...volume } = rootVolume({ sizeGiB: diskGiB, keyArn });
  return { ...volume, encrypted: String(encrypted), deleteOnTermination: String(deleteOnTermination) };
}

function tagged({ project, environment, group, tags }: NodeTemplateArgs) {
  const own = identifyingTags({ name: `${environment}-${group}`, project, environment });
  return ['instance', 'volume', 'network-interface'].map((resourceType) => ({
    resourceType,
    tags: { ...tags, ...own },
  }));
}
