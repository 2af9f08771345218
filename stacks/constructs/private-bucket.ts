import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket';
import {
  S3BucketLifecycleConfiguration,
  type S3BucketLifecycleConfigurationRule,
} from '@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration';
import { S3BucketObjectLockConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-object-lock-configuration';
import { S3BucketOwnershipControls } from '@cdktf/provider-aws/lib/s3-bucket-ownership-controls';
import { S3BucketPolicy } from '@cdktf/provider-aws/lib/s3-bucket-policy';
import { S3BucketPublicAccessBlock } from '@cdktf/provider-aws/lib/s3-bucket-public-access-block';
import { S3BucketServerSideEncryptionConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration';
import { S3BucketVersioningA } from '@cdktf/provider-aws/lib/s3-bucket-versioning';
import { type ITerraformDependable, Lazy } from 'cdktf';
import { Construct } from 'constructs';
import { acceptFindings } from './accepted-findings';
import type { Grantee } from './grantee';
import { policyDocument, type Statement } from './policy';

export interface PrivateBucketArgs {
  /** Name of the bucket; names are global to AWS. 3 to 63 characters (S3 limit). */
  readonly name: string;
  /**
   * Key that encrypts it (ARN). Default: SSE-S3, a key of S3's own, which some services insist on (access logs of load
   * balancers).
   */
  readonly keyArn?: string;
  /** Refuse to be destroyed. Default: false, and then destroying the bucket deletes what is in it. */
  readonly protect?: boolean;
  /** Days after which a version that was overwritten or deleted goes for good. Default: 30. */
  readonly oldVersionDays?: number;
  /** What becomes of current objects with age. Default: they stay. */
  readonly aging?: Aging;
  /** Versions nobody can delete or overwrite for a time, from now on: older ones have none. It can't be taken back. Default: none. */
  readonly objectLock?: ObjectLock;
  /**
   * Keys of objects that everybody may read, without an account of AWS; no other object, and no list. Not together with
   * `keyArn`, for KMS decrypts for nobody without an account. Default: none, and nobody outside sees anything.
   */
  readonly publicKeys?: readonly string[];
}

export interface Aging {
  /** Days after which an object moves to a cheaper class; in S3 objects under 128 KiB stay where they are. */
  readonly transitions?: readonly {
    readonly days: number;
    readonly storageClass: 'STANDARD_IA' | 'GLACIER_IR';
  }[];
  /** Days after which an object is deleted. Default: never. */
  readonly expireDays?: number;
}

export interface ObjectLock {
  /** `governance`: who has `s3:BypassGovernanceRetention` can still delete. `compliance`: nobody can, root included. */
  readonly mode: 'governance' | 'compliance';
  /** How long each version is locked, from when it was written. */
  readonly days: number;
}

/**
 * A bucket nobody outside can see, but for single objects where they are named: versioned, encrypted, no ACLs, no public
 * access, no plain HTTP (CIS AWS Foundations 2.1.1 and 2.1.4).
 *
 * Cost (ap-northeast-2): 0.025 USD a month for each GB, old versions included; with a key 0.03 USD for each 10,000
 * requests to it, of which a bucket key leaves few.
 */
export class PrivateBucket extends Construct {
  readonly #args: PrivateBucketArgs;
  readonly #bucket: S3Bucket;
  readonly #statements: Statement[] = [];
  readonly #policy: S3BucketPolicy;

  constructor(scope: Construct, id: string, args: PrivateBucketArgs) {
    super(scope, id);
    this.#args = args;
    this.#bucket = new S3Bucket(this, 'bucket', {
      bucket: args.name,
      forceDestroy: args.protect !== true,
      lifecycle: { preventDestroy: args.protect === true },
    });
    acceptFindings(this.#bucket, {
      CKV_AWS_18:
        'who reads what is private is in CloudTrail where it is asked for; access logs of logs never end',
      CKV_AWS_144:
        'versions and backups protect the data; a second region doubles its price, by choice of backup.copyToRegion',
      CKV2_AWS_62: 'nothing waits for new objects',
      ...(args.keyArn === undefined
        ? {
            CKV_AWS_145: 'encrypted with a key of S3, which CloudFront and the delivery of logs can use',
          }
        : {}),
      ...(this.#publicObjects.length > 0
        ? { CKV2_AWS_6: 'what it has for everybody is in its policy; ACLs are blocked' }
        : {}),
    });
    const access = this.#closeToPublic();
    this.#encrypt();
    this.#keepVersions();
    this.#showPublicObjects();
    this.#policy = this.#refusePlainHttp(access);
  }

  /** Name of the bucket; whoever uses it comes after it. */
  get name(): string {
    return this.#bucket.id;
  }

  get arn(): string {
    return this.#bucket.arn;
  }

  /** Host name for an origin of CloudFront. */
  get domainName(): string {
    return this.#bucket.bucketRegionalDomainName;
  }

  /** For `dependsOn` of a service that is told to write here, and tries at once: the policy that lets it. */
  get writable(): ITerraformDependable {
    return this.#policy;
  }

  /** Adds to the bucket's policy: for services, which have no role of ours. Roles of ours are granted. */
  addToPolicy(statement: Statement): void {
    this.#statements.push(statement);
  }

  /**
   * Lets somebody list, read and write, but not delete: what is overwritten stays as an old version, so that a stolen
   * identity destroys nothing. Deleting is left to the lifecycle, but for a folder in which the grantee keeps the last few
   * itself: what it deletes there stays as an old version too.
   *
   * @param id what for, unique for the grantee
   * @param pruned the folder, such as `dev/etcd`. Default: none
   */
  grantAppend(id: string, grantee: Grantee, pruned?: string): void {
    grantee.addPolicy(id, [
      this.#list(),
      this.#objects('ReadAndAddObjects', [
        's3:GetObject',
        's3:GetObjectVersion',
        's3:PutObject',
        's3:AbortMultipartUpload',
        's3:ListMultipartUploadParts',
      ]),
      ...(pruned === undefined
        ? []
        : [{ sid: 'Prune', actions: ['s3:DeleteObject'], resources: [`${this.arn}/${pruned}/*`] }]),
      ...this.#useKey(['kms:Decrypt', 'kms:GenerateDataKey']),
    ]);
  }

  /** Lets somebody write the public objects, and no other. @param id what for, unique for the grantee */
  grantPublish(id: string, grantee: Grantee): void {
    grantee.addPolicy(id, [
      { sid: 'WritePublicObjects', actions: ['s3:PutObject'], resources: this.#publicObjects },
    ]);
  }

  get #publicObjects(): readonly string[] {
    return (this.#args.publicKeys ?? []).map((key) => `${this.arn}/${key}`);
  }

  #list(): Statement {
    return {
      sid: 'ListObjects',
      actions: ['s3:ListBucket', 's3:ListBucketVersions', 's3:GetBucketLocation'],
      resources: [this.arn],
    };
  }

  #objects(sid: string, actions: readonly string[]): Statement {
    return { sid, actions, resources: [`${this.arn}/*`] };
  }

  /** Only through S3, and only for this bucket: with a bucket key, its ARN is the encryption context. */
  #useKey(actions: readonly string[]): readonly Statement[] {
    const { keyArn } = this.#args;
    if (keyArn === undefined) return [];
    return [
      {
        sid: 'UseKey',
        actions,
        resources: [keyArn],
        condition: {
          StringLike: { 'kms:ViaService': 's3.*.amazonaws.com' },
          StringEquals: { 'kms:EncryptionContext:aws:s3:arn': this.arn },
        },
      },
    ];
  }

  /** ACLs make nothing public in any case; the policy does where there are public objects. */
  #closeToPublic(): S3BucketPublicAccessBlock {
    const closed = this.#publicObjects.length === 0;
    const access = new S3BucketPublicAccessBlock(this, 'public-access', {
      bucket: this.name,
      blockPublicAcls: true,
      blockPublicPolicy: closed,
      ignorePublicAcls: true,
      restrictPublicBuckets: closed,
    });
    if (!closed)
      acceptFindings(access, {
        CKV_AWS_54: 'the policy makes single objects public, which are meant for everybody',
        CKV_AWS_56: 'everybody reads those single objects: that is what they are for',
      });
    new S3BucketOwnershipControls(this, 'ownership', {
      bucket: this.name,
      rule: { objectOwnership: 'BucketOwnerEnforced' },
    });
    return access;
  }

  #showPublicObjects(): void {
    if (this.#publicObjects.length === 0) return;
    this.addToPolicy({
      sid: 'PublicObjects',
      principal: '*',
      actions: ['s3:GetObject'],
      resources: this.#publicObjects,
    });
  }

  #encrypt(): void {
    const { keyArn } = this.#args;
    new S3BucketServerSideEncryptionConfigurationA(this, 'encryption', {
      bucket: this.name,
      rule: [
        keyArn === undefined
          ? { applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }
          : {
              applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: keyArn },
              bucketKeyEnabled: true,
            },
      ],
    });
  }

  /** Rules and locks count versions, so they come after versioning. */
  #keepVersions(): void {
    const { objectLock } = this.#args;
    const versioning = new S3BucketVersioningA(this, 'versioning', {
      bucket: this.name,
      versioningConfiguration: { status: 'Enabled' },
    });
    new S3BucketLifecycleConfiguration(this, 'lifecycle', {
      bucket: this.name,
      dependsOn: [versioning],
      rule: [this.#oldVersions(), ...this.#aging()],
    });
    if (objectLock === undefined) return;
    // This turns the lock on in a bucket that there is as well; `object_lock_enabled` of the bucket would replace it.
    new S3BucketObjectLockConfigurationA(this, 'object-lock', {
      bucket: this.name,
      dependsOn: [versioning],
      rule: { defaultRetention: { mode: objectLock.mode.toUpperCase(), days: objectLock.days } },
    });
  }

  #oldVersions(): S3BucketLifecycleConfigurationRule {
    const { oldVersionDays, aging } = this.#args;
    return {
      id: 'old-versions',
      status: 'Enabled',
      filter: [{ prefix: '' }],
      noncurrentVersionExpiration: [{ noncurrentDays: oldVersionDays ?? 30 }],
      abortIncompleteMultipartUpload: [{ daysAfterInitiation: 7 }],
      // A delete marker without versions behind it goes too. S3 refuses this beside an expiration in days of the same rule.
      ...(aging?.expireDays === undefined ? {} : { expiration: [{ expiredObjectDeleteMarker: true }] }),
    };
  }

  #aging(): readonly S3BucketLifecycleConfigurationRule[] {
    const { aging } = this.#args;
    if (aging === undefined) return [];
    return [
      {
        id: 'aging',
        status: 'Enabled',
        filter: [{ prefix: '' }],
        transition: (aging.transitions ?? []).map((transition) => ({ ...transition })),
        ...(aging.expireDays === undefined ? {} : { expiration: [{ days: aging.expireDays }] }),
      },
    ];
  }

  /** S3 refuses a policy that makes anything public until the bucket's public access block lets it. */
  #refusePlainHttp(access: S3BucketPublicAccessBlock): S3BucketPolicy {
    this.addToPolicy({
      sid: 'TlsOnly',
      effect: 'Deny',
      principal: '*',
      actions: ['s3:*'],
      resources: [this.arn, `${this.arn}/*`],
      condition: { Bool: { 'aws:SecureTransport': 'false' } },
    });
    const isPublic = this.#publicObjects.length > 0;
    const policy = new S3BucketPolicy(this, 'policy', {
      bucket: this.name,
      ...(isPublic ? { dependsOn: [access] } : {}),
      // What others add later is in it too.
      policy: Lazy.stringValue({ produce: () => policyDocument(this.#statements) }),
    });
    if (isPublic)
      acceptFindings(policy, { CKV_AWS_70: 'everybody may read single objects, and nothing else' });
    return policy;
  }
}
