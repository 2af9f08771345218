import { join } from 'node:path';
import { DynamodbTable } from '@cdktf/provider-aws/lib/dynamodb-table';
import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket';
import { S3BucketPublicAccessBlock } from '@cdktf/provider-aws/lib/s3-bucket-public-access-block';
import { S3BucketServerSideEncryptionConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration';
import { S3BucketVersioningA } from '@cdktf/provider-aws/lib/s3-bucket-versioning';
import { Testing } from 'cdktf';
import { loadEnvironment } from '../../environments';
import { stateBackend } from '../../environments/backend';
import { defineEnvironment, type EnvironmentInput } from '../../environments/schema';
import { bootstrapArgs } from '../../stacks/bootstrap-args';
import { BootstrapStack } from '../../stacks/bootstrap-stack';
import { resources, statements } from './synthesized';

Testing.setupJest();

describe('the bootstrap stack', () => {
  const environments = [loadEnvironment('dev'), loadEnvironment('prod')];
  const json = Testing.synth(new BootstrapStack(Testing.app(), bootstrapArgs(environments)), true);

  it('makes the bucket and the table that the environments keep their states in', () => {
    for (const environment of environments) {
      const { bucket, dynamodbTable } = stateBackend(environment);
      expect(json).toHaveResourceWithProperties(S3Bucket, { bucket });
      expect(json).toHaveResourceWithProperties(DynamodbTable, { name: dynamodbTable });
    }
  });

  it('makes the bucket versioned, encrypted, closed and hard to lose', () => {
    expect(json).toHaveResourceWithProperties(S3Bucket, { lifecycle: { prevent_destroy: true } });
    expect(json).toHaveResourceWithProperties(S3BucketVersioningA, {
      versioning_configuration: { status: 'Enabled' },
    });
    expect(json).toHaveResourceWithProperties(S3BucketServerSideEncryptionConfigurationA, {
      rule: [{ apply_server_side_encryption_by_default: { sse_algorithm: 'AES256' } }],
    });
    expect(json).toHaveResourceWithProperties(S3BucketPublicAccessBlock, {
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    });
  });

  it('refuses requests to the bucket without TLS', () => {
    const [policy] = resources(json, 'aws_s3_bucket_policy');
    expect(statements(policy?.policy)).toEqual([
      {
        Sid: 'TlsOnly',
        Effect: 'Deny',
        Principal: '*',
        Action: ['s3:*'],
        Resource: [expect.stringMatching(/\.arn\}$/), expect.stringMatching(/\.arn\}\/\*$/)],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ]);
  });

  it('makes a lock table that bills by request and can be restored', () => {
    expect(json).toHaveResourceWithProperties(DynamodbTable, {
      billing_mode: 'PAY_PER_REQUEST',
      hash_key: 'LockID',
      point_in_time_recovery: { enabled: true },
      deletion_protection_enabled: true,
      lifecycle: { prevent_destroy: true },
    });
  });

  function backendOf(stateIn: 'file' | 'bucket') {
    const args = { ...bootstrapArgs(environments), stateIn };
    return JSON.parse(Testing.synth(new BootstrapStack(Testing.app(), args))).terraform.backend;
  }

  it('keeps its own state in a file of the project, for the bucket is not there yet', () => {
    expect(JSON.parse(json).terraform.backend).toEqual(backendOf('file'));
    expect(backendOf('file')).toEqual({
      local: { path: join(process.cwd(), 'terraform.bootstrap.tfstate') },
    });
  });

  it('can move its own state into the bucket that it has made', () => {
    const [bucket] = resources(json, 'aws_s3_bucket');
    expect(backendOf('bucket')).toEqual({
      s3: {
        bucket: bucket?.bucket,
        key: 'stagecraft/bootstrap.tfstate',
        region: 'ap-northeast-2',
        dynamodb_table: 'stagecraft-tfstate-locks',
        encrypt: true,
      },
    });
  });

  it('takes later releases of the provider', () => {
    expect(JSON.parse(json).terraform.required_providers).toMatchObject({ aws: { version: '~> 6.25' } });
  });
});

describe('where states are kept', () => {
  function argsOf(...inputs: readonly EnvironmentInput[]) {
    return bootstrapArgs(inputs.map((input) => defineEnvironment(input, 'test')));
  }

  it('is one place', () => {
    expect(() =>
      argsOf({ name: 'dev', accountId: '111111111111' }, { name: 'qa', accountId: '222222222222' }),
    ).toThrow(
      /different places[\s\S]*dev\.ts: bucket stagecraft-tfstate-111111111111[\s\S]*qa\.ts[\s\S]*state\.bucket/,
    );
  });

  it('can be one account for environments in several', () => {
    const state = { bucket: 'all-states' };
    const args = argsOf(
      { name: 'dev', accountId: '111111111111', state },
      { name: 'qa', accountId: '222222222222', state },
    );
    expect(args).toMatchObject({ bucket: 'all-states' });
    expect(args.accountId).toBeUndefined();
  });
});
