import { S3BucketObjectLockConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-object-lock-configuration';
import { S3BucketPublicAccessBlock } from '@cdktf/provider-aws/lib/s3-bucket-public-access-block';
import { S3BucketVersioningA } from '@cdktf/provider-aws/lib/s3-bucket-versioning';
import { TerraformStack, Testing } from 'cdktf';
import { PrivateBucket, type PrivateBucketArgs } from '../../stacks/constructs/private-bucket';
import { recorder } from './recorder';
import { resources, statements } from './synthesized';

Testing.setupJest();

function bucket(
  args: Partial<PrivateBucketArgs> = {},
  use: (made: PrivateBucket) => void = () => undefined,
): string {
  const stack = new TerraformStack(Testing.app(), 'test');
  use(new PrivateBucket(stack, 'things', { name: 'things', ...args }));
  return Testing.synth(stack);
}

function rules(json: string): unknown {
  return resources(json, 'aws_s3_bucket_lifecycle_configuration')[0]?.rule;
}

describe('a private bucket', () => {
  it('is closed to the public, keeps versions and takes no plain HTTP', () => {
    const json = bucket();
    expect(json).toHaveResourceWithProperties(S3BucketPublicAccessBlock, {
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    });
    expect(json).toHaveResourceWithProperties(S3BucketVersioningA, {
      versioning_configuration: { status: 'Enabled' },
    });
    expect(statements(resources(json, 'aws_s3_bucket_policy')[0]?.policy)).toEqual([
      expect.objectContaining({
        Effect: 'Deny',
        Principal: '*',
        Action: ['s3:*'],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    ]);
  });

  it('has one policy, with what is added to it later', () => {
    const json = bucket({}, (made) => {
      made.addToPolicy({
        sid: 'Logs',
        principal: { Service: 'logdelivery.elasticloadbalancing.amazonaws.com' },
        actions: ['s3:PutObject'],
        resources: [`${made.arn}/*`],
      });
    });
    const policies = resources(json, 'aws_s3_bucket_policy');
    expect(policies).toHaveLength(1);
    expect(statements(policies[0]?.policy).map(({ Sid }) => Sid)).toEqual(['TlsOnly', 'Logs']);
  });

  it('shows single objects to everybody where they are named, and nothing else', () => {
    const json = bucket({ publicKeys: ['a/b', 'c'] });
    expect(json).toHaveResourceWithProperties(S3BucketPublicAccessBlock, {
      block_public_acls: true,
      block_public_policy: false,
      ignore_public_acls: true,
      restrict_public_buckets: false,
    });
    const [policy] = resources(json, 'aws_s3_bucket_policy');
    expect(policy?.depends_on).toEqual([expect.stringContaining('aws_s3_bucket_public_access_block.')]);
    expect(statements(policy?.policy).filter(({ Effect }) => Effect === 'Allow')).toEqual([
      expect.objectContaining({
        Principal: '*',
        Action: ['s3:GetObject'],
        Resource: [expect.stringMatching(/\.arn\}\/a\/b$/), expect.stringMatching(/\.arn\}\/c$/)],
      }),
    ]);
  });

  it('is encrypted with the key it is given, else with one of S3’s', () => {
    const rule = (json: string) =>
      resources(json, 'aws_s3_bucket_server_side_encryption_configuration')[0]?.rule;
    expect(rule(bucket())).toEqual([
      { apply_server_side_encryption_by_default: { sse_algorithm: 'AES256' } },
    ]);
    expect(rule(bucket({ keyArn: 'arn:key' }))).toEqual([
      {
        apply_server_side_encryption_by_default: { sse_algorithm: 'aws:kms', kms_master_key_id: 'arn:key' },
        bucket_key_enabled: true,
      },
    ]);
  });

  it('refuses to be destroyed where it is protected, else goes with what is in it', () => {
    const [open] = resources(bucket(), 'aws_s3_bucket');
    expect(open).toMatchObject({ force_destroy: true, lifecycle: { prevent_destroy: false } });
    const [kept] = resources(bucket({ protect: true }), 'aws_s3_bucket');
    expect(kept).toMatchObject({ force_destroy: false, lifecycle: { prevent_destroy: true } });
  });

  it('lets old versions and unfinished uploads go', () => {
    expect(rules(bucket({ oldVersionDays: 90 }))).toEqual([
      expect.objectContaining({
        noncurrent_version_expiration: [{ noncurrent_days: 90 }],
        abort_incomplete_multipart_upload: [{ days_after_initiation: 7 }],
      }),
    ]);
  });

  it('moves and deletes objects with age', () => {
    const aging = { transitions: [{ days: 30, storageClass: 'STANDARD_IA' as const }], expireDays: 90 };
    expect(rules(bucket({ aging }))).toEqual([
      expect.objectContaining({ expiration: [{ expired_object_delete_marker: true }] }),
      expect.objectContaining({
        transition: [{ days: 30, storage_class: 'STANDARD_IA' }],
        expiration: [{ days: 90 }],
      }),
    ]);
  });

  it('locks versions by choice', () => {
    expect(bucket()).not.toHaveResource(S3BucketObjectLockConfigurationA);
    const json = bucket({ objectLock: { mode: 'compliance', days: 14 } });
    expect(json).toHaveResourceWithProperties(S3BucketObjectLockConfigurationA, {
      depends_on: [expect.stringContaining('aws_s3_bucket_versioning.')],
      rule: { default_retention: { mode: 'COMPLIANCE', days: 14 } },
    });
  });
});

describe('the lock of versions', () => {
  it('comes to a bucket that there is, which stays the same: nothing of it replaces the bucket', () => {
    const locked = bucket({ objectLock: { mode: 'governance', days: 7 } });
    expect(resources(locked, 'aws_s3_bucket')).toEqual(resources(bucket(), 'aws_s3_bucket'));
  });
});

describe('grants on a private bucket', () => {
  it('use the key for this bucket and through S3 alone', () => {
    const writer = recorder();
    bucket({ keyArn: 'arn:key' }, (made) => made.grantAppend('append', writer));
    expect(writer.granted('append').at(-1)).toMatchObject({
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: ['arn:key'],
      condition: {
        StringLike: { 'kms:ViaService': 's3.*.amazonaws.com' },
        StringEquals: { 'kms:EncryptionContext:aws:s3:arn': expect.any(String) },
      },
    });
  });

  it('append: also writes, but deletes nothing', () => {
    const writer = recorder();
    bucket({}, (made) => made.grantAppend('append', writer));
    expect(writer.actions('append')).toContain('s3:PutObject');
    expect(writer.actions('append').filter((action) => /Delete|\*|Bypass|kms/.test(action))).toEqual([]);
  });

  it('publish: writes the public objects, and no others', () => {
    const writer = recorder();
    bucket({ publicKeys: ['c'] }, (made) => made.grantPublish('publish', writer));
    expect(writer.granted('publish')).toEqual([
      {
        sid: 'WritePublicObjects',
        actions: ['s3:PutObject'],
        resources: [expect.stringMatching(/\/c$/)],
      },
    ]);
  });
});
