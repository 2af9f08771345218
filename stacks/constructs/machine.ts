import type { InstanceConfig } from '@cdktf/provider-aws/lib/instance';

/**
 * What all instances have in common. IMDSv2 only (CIS AWS Foundations 5.6), with a hop limit of 1: a pod outside the
 * host's network does not reach the credentials of its node. The tags are readable there, for the provisioner's check
 * that a node belongs to the environment it is about to change.
 */
export const hardened = {
  ebsOptimized: true,
  metadataOptions: {
    httpEndpoint: 'enabled',
    httpTokens: 'required',
    httpPutResponseHopLimit: 1,
    instanceMetadataTags: 'enabled',
  },
} satisfies InstanceConfig;

export interface RootVolumeArgs {
  /** GiB, 8 (what the image needs) to 16384 (gp3). It can grow, never shrink. */
  readonly sizeGiB: number;
  /** Key that encrypts it (ARN). */
  readonly keyArn: string;
}

/** An encrypted gp3 root volume that ends with its instance. */
export function rootVolume({ sizeGiB, keyArn }: RootVolumeArgs) {
  return {
    volumeType: 'gp3',
    volumeSize: sizeGiB,
    encrypted: true,
    kmsKeyId: keyArn,
    deleteOnTermination: true,
  } satisfies InstanceConfig['rootBlockDevice'];
}

/** CPU credits of an instance: those of a type that has none, or the type's own default, are not mentioned. */
export function cpuCredits(args: { readonly instanceType: string; readonly production: boolean }) {
  // A machine that has used up its credits slows down. The default of its types is to go on, and to bill for it.
  const thrifty = /^t\d/.test(args.instanceType) && !args.production;
  return thrifty ? { creditSpecification: { cpuCredits: 'standard' } } : {};
}

/**
 * Tags by which a node says on itself what it is. IMDS shows only tags whose keys have no spaces and no `/`.
 */
export function identifyingTags(args: {
  readonly name: string;
  readonly project: string;
  readonly environment: string;
}) {
  return { Name: args.name, 'stagecraft:project': args.project, 'stagecraft:environment': args.environment };
}
