import { DataAwsSsmParameter } from '@cdktf/provider-aws/lib/data-aws-ssm-parameter';
import type { Construct } from 'constructs';
import type { Architecture } from '../../environments/instance-types';

/**
 * The current image of Ubuntu 24.04 LTS by Canonical, from the public parameter in which Canonical publishes it.
 * It changes with every rebuild: who uses it ignores changes, so that a new image replaces no running node.
 *
 * Cost: none.
 *
 * @returns the image's id
 */
export function ubuntuImage(scope: Construct, id: string, arch: Architecture): string {
  return new DataAwsSsmParameter(scope, id, {
    name: `/aws/service/canonical/ubuntu/server/24.04/stable/current/${arch}/hvm/ebs-gp3/ami-id`,
    // `value` counts as a secret and would hide the image in every plan.
  }).insecureValue;
}
