import { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table';
import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket';
import { S3BucketOwnershipControls } from '@cdktf/provider-aws/lib/s3-bucket-ownership-controls';
import { S3BucketPolicy } from '@cdktf/provider-aws/lib/s3-bucket-policy';
import { S3BucketPublicAccessBlock } from '@cdktf/provider-aws/lib/s3-bucket-public-access-block';
import { S3BucketServerSideEncryptionConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration';
import { S3BucketVersioningA } from '@cdktf/provider-aws/lib/s3-bucket-versioning';
import { Construct } from 'constructs';
import { acceptFindings } from './accepted-findings';
import { policyDocument } from './policy';

export interface StateStoreArgs {
  /** Name of the bucket; names are global to AWS. */
  readonly bucket: string;
  /** Name of the lock table. */
  readonly table: string;
}

/**
 * A bucket for Terraform states and a table for their locks. Both outlive every environment: Terraform refuses to
 * destroy them, and AWS to delete the table.
 *
 * Cost: cents a month. The table bills by request, and states are small: every version of them stays.
 */
export class StateStore extends Construct {
  readonly #bucket: S3Bucket;

  constructor(scope: Construct, id: string, args: StateStoreArgs) {
    super(scope, id);
    this.#bucket = new S3Bucket(this, 'bucket', { bucket: args.bucket, lifecycle: { preventDestroy: true } });
    acceptFindings(this.#bucket, {
      CKV_AWS_18: 'CloudTrail tells who reads states, where it is asked for',
      CKV_AWS_144: 'every version of a state stays; a second region would need a second lock too',
      CKV_AWS_145:
        'encrypted with a key of S3: a state holds no secret, and has to be readable when keys are in trouble',
      CKV2_AWS_61: 'every version of a state stays',
      CKV2_AWS_62: 'nothing waits for new states',
    });
    this.#keepVersions();
    this.#encrypt();
    this.#closeToPublic();
    this.#refusePlainHttp();
    this.#locks(args.table);
  }

  #keepVersions(): void {
    new S3BucketVersioningA(this, 'versioning', {
      bucket: this.#bucket.id,
      versioningConfiguration: { status: 'Enabled' },
    });
  }

  /** SSE-S3: what the S3 backend asks for too with `encrypt`. */
  #encrypt(): void {
    new S3BucketServerSideEncryptionConfigurationA(this, 'encryption', {
      bucket: this.#bucket.id,
      rule: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }],
    });
  }

  #closeToPublic(): void {
    new S3BucketPublicAccessBlock(this, 'public-access', {
      bucket: this.#bucket.id,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    new S3BucketOwnershipControls(this, 'ownership', {
      bucket: this.#bucket.id,
      rule: { objectOwnership: 'BucketOwnerEnforced' },
    });
  }

  /** CIS AWS Foundations 2.1.1. */
  #refusePlainHttp(): void {
    new S3BucketPolicy(this, 'policy', {
      bucket: this.#bucket.id,
      policy: policyDocument([
        {
          sid: 'TlsOnly',
          effect: 'Deny',
          principal: '*',
          actions: ['s3:*'],
          resources: [this.#bucket.arn, `${this.#bucket.arn}/*`],
          condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ]),
    });
  }

  #locks(name: string): void {
    const table = new DynamodbTable(this, 'locks', {
      name,
      billingMode: 'PAY_PER_REQUEST',
      // The name of the key is Terraform's.
      hashKey: 'LockID',
      attribute: [{ name: 'LockID', type: 'S' }],
      pointInTimeRecovery: { enabled: true },
      serverSideEncryption: { enabled: true },
      deletionProtectionEnabled: true,
      lifecycle: { preventDestroy: true },
    });
    acceptFindings(table, { CKV_AWS_119: 'encrypted with a key of DynamoDB: it holds locks and checksums' });
  }
}
