import { EbsVolume } from '@cdktf/provider-aws/lib/ebs-volume';
import { VolumeAttachment } from '@cdktf/provider-aws/lib/volume-attachment';
import { Construct } from 'constructs';
import { acceptFindings } from './accepted-findings';
import { backedUp } from './backup';

export interface DataVolumeArgs {
  /** Tag `Name`. */
  readonly name: string;
  /** Availability zone: that of the instance, for a volume does not leave its zone. */
  readonly zone: string;
  /** GiB, 1 to 16384 (gp3). It can grow, never shrink. */
  readonly sizeGiB: number;
  /** Key that encrypts it (ARN). */
  readonly keyArn: string;
  /** The instance that has it. */
  readonly instanceId: string;
  /** Production: it is not destroyed, and if it is all the same a last snapshot stays. */
  readonly production: boolean;
}

/**
 * A volume that outlives its instance: when the node is replaced, the next one gets it. The instance sees it as an NVMe
 * device whose serial number is the volume's id.
 *
 * Cost (ap-northeast-2): 0.091 USD a month for each GiB of gp3, with 3,000 IOPS and 125 MiB/s.
 */
export class DataVolume extends Construct {
  /** Id of the volume. */
  readonly volumeId: string;

  constructor(scope: Construct, id: string, args: DataVolumeArgs) {
    super(scope, id);
    const volume = new EbsVolume(this, 'volume', {
      availabilityZone: args.zone,
      type: 'gp3',
      size: args.sizeGiB,
      encrypted: true,
      kmsKeyId: args.keyArn,
      finalSnapshot: args.production,
      tags: { Name: args.name, ...backedUp },
      lifecycle: { preventDestroy: args.production },
    });
    acceptFindings(volume, { CKV2_AWS_9: 'backed up by its tags: the plan names no volume' });
    new VolumeAttachment(this, 'attachment', {
      deviceName: '/dev/sdf',
      volumeId: volume.id,
      instanceId: args.instanceId,
      // File systems are unmounted by the shutdown, not torn off.
      stopInstanceBeforeDetaching: true,
    });
    this.volumeId = volume.id;
  }
}
