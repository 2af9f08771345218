import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import type { TerraformStack } from 'cdktf';

export interface AwsArgs {
  /** Region of everything in the stack. */
  readonly region: string;
  /** The only account that may be deployed to. Default: whichever the credentials belong to. */
  readonly accountId?: string | undefined;
  /** Tags of everything in the stack that can have tags. */
  readonly tags: DefaultTags;
}

export interface DefaultTags {
  readonly project: string;
  readonly environment: string;
  readonly costCentre: string;
}

/**
 * Sets up the AWS provider of a stack. The prebuilt bindings pin one exact release; the stacks take its patch releases
 * and later minors too (`~> 6.25`), for security fixes do not wait for bindings.
 */
export function useAws(stack: TerraformStack, args: AwsArgs): void {
  new AwsProvider(stack, 'aws', {
    region: args.region,
    ...(args.accountId === undefined ? {} : { allowedAccountIds: [args.accountId] }),
    ...(usesPathStyle() ? { s3UsePathStyle: true } : {}),
    defaultTags: [{ tags: tagsOfAll(args.tags) }],
  });
  stack.addOverride('terraform.required_providers.aws.version', '~> 6.25');
  stack.addOverride('terraform.required_version', '>= 1.6');
}

/** The tags themselves, for what AWS makes from a template, which the provider's default tags do not reach. */
export function tagsOfAll({ project, environment, costCentre }: DefaultTags): Record<string, string> {
  return { project, environment, 'managed-by': 'cdktf', 'cost-centre': costCentre };
}

/** What every backend in S3 has in common. */
export function s3BackendOptions() {
  return { encrypt: true, ...(usesPathStyle() ? { usePathStyle: true } : {}) };
}

/** Behind an endpoint other than AWS's own, host names made of bucket names rarely resolve. */
function usesPathStyle(): boolean {
  return ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3'].some((name) => (process.env[name] ?? '') !== '');
}
