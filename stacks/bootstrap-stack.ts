import { LocalBackend, S3Backend, TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import type { BootstrapStateIn } from '../environments/backend';
import { s3BackendOptions, useAws } from './aws-provider';
import { GithubTrust } from './constructs/github-trust';
import { StateStore } from './constructs/state-store';

export interface BootstrapArgs {
  readonly project: string;
  /** Region of the bucket and of the table. */
  readonly region: string;
  /** The only account that may be deployed to. Default: whichever the credentials belong to. */
  readonly accountId?: string | undefined;
  readonly costCentre: string;
  /** Name of the bucket. */
  readonly bucket: string;
  /** Name of the lock table. */
  readonly dynamodbTable: string;
  /** Where the stack keeps its own state: a file in the folder of the project, or the bucket. */
  readonly stateIn: BootstrapStateIn;
  /** Whether environments let GitHub Actions deploy, and rely on a provider of its tokens in this account. Default: false. */
  readonly github?: boolean;
}

/**
 * What has to exist before any state can be kept in S3. Its own state is a local file at first: docs/bootstrap.md says
 * how to move it into the bucket that it has made.
 */
export class BootstrapStack extends TerraformStack {
  constructor(scope: Construct, args: BootstrapArgs) {
    super(scope, 'bootstrap');
    useAws(this, {
      region: args.region,
      accountId: args.accountId,
      tags: { project: args.project, environment: 'shared', costCentre: args.costCentre },
    });
    this.#keepState(args);
    new StateStore(this, 'state', { bucket: args.bucket, table: args.dynamodbTable });
    if (args.github === true) new GithubTrust(this, 'github');
    new TerraformOutput(this, 'state_bucket', { value: args.bucket });
    new TerraformOutput(this, 'lock_table', { value: args.dynamodbTable });
  }

  #keepState(args: BootstrapArgs): void {
    if (args.stateIn === 'file') {
      // Without a path: `terraform.bootstrap.tfstate` in the folder that the app runs in. A relative one would end in cdktf.out.
      new LocalBackend(this);
      return;
    }
    const { bucket, dynamodbTable, region } = args;
    const key = `${args.project}/bootstrap.tfstate`;
    new S3Backend(this, { bucket, key, region, dynamodbTable, ...s3BackendOptions() });
  }
}
