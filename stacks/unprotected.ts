import { type IAspect, TerraformResource } from 'cdktf';
import type { IConstruct } from 'constructs';

/**
 * Takes off everything that keeps an environment from being destroyed, for the deployment before its end: Terraform's
 * `prevent_destroy`, the deletion protection of AWS, buckets that are not emptied. Nothing else of the environment changes:
 * last snapshots of volumes, the database and the cache are still taken, and stay until somebody deletes them.
 */
export class Unprotected implements IAspect {
  visit(node: IConstruct): void {
    if (!TerraformResource.isTerraformResource(node)) return;
    if (node.lifecycle?.preventDestroy === true)
      node.lifecycle = { ...node.lifecycle, preventDestroy: false };
    for (const [argument, value] of Object.entries(off[node.terraformResourceType] ?? {}))
      node.addOverride(argument, value);
  }
}

/** By type of resource, the arguments that protect it, and their value when they do not. */
const off: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  aws_db_instance: { deletion_protection: false },
  aws_instance: { disable_api_termination: false },
  aws_launch_template: { disable_api_termination: false },
  aws_lb: { enable_deletion_protection: false },
  aws_route53_zone: { force_destroy: true },
  aws_s3_bucket: { force_destroy: true },
  aws_backup_vault: { force_destroy: true },
};
