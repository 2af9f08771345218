import { DbInstance } from '@cdktf/provider-aws/lib/db-instance';
import { DbParameterGroup } from '@cdktf/provider-aws/lib/db-parameter-group';
import { S3BucketObjectLockConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-object-lock-configuration';
import { Testing } from 'cdktf';
import { hasPerformanceInsights } from '../../stacks/constructs/managed-mysql';
import { dataStores } from './data-stores';
import { recorder } from './recorder';
import { resources } from './synthesized';

Testing.setupJest();

describe('a database in the cluster', () => {
  const dev = dataStores();

  it('has a bucket for dumps and nothing of RDS', () => {
    expect(resources(dev, 'aws_s3_bucket')).toEqual([
      expect.objectContaining({ bucket: expect.stringMatching(/^stagecraft-test-dumps-\$\{/) }),
    ]);
    expect(dev).not.toHaveResource(DbInstance);
    expect(dataStores({ database: { mode: 'replicated' } })).not.toHaveResource(DbInstance);
  });

  it('loses its dumps with the environment in development, not in production', () => {
    expect(resources(dev, 'aws_s3_bucket')[0]).toMatchObject({ force_destroy: true });
    const prod = dataStores({ name: 'prod', production: true });
    expect(resources(prod, 'aws_s3_bucket')[0]).toMatchObject({
      force_destroy: false,
      lifecycle: { prevent_destroy: true },
    });
  });

  it.each([
    [30, []],
    [90, ['STANDARD_IA']],
    [365, ['STANDARD_IA', 'GLACIER_IR']],
  ])('moves dumps that stay %i days to %j', (retentionDays, classes) => {
    const json = dataStores({ database: { dumps: { retentionDays } } });
    const [lifecycle] = resources(json, 'aws_s3_bucket_lifecycle_configuration');
    const aging = [lifecycle?.rule].flat().find((rule) => Reflect.get(Object(rule), 'id') === 'aging');
    const { transition, expiration } = Object(aging);
    expect((transition ?? []).map((step: { readonly storage_class: string }) => step.storage_class)).toEqual(
      classes,
    );
    expect(expiration).toEqual([{ days: retentionDays }]);
  });

  it('locks dumps by choice', () => {
    expect(dev).not.toHaveResource(S3BucketObjectLockConfigurationA);
    const json = dataStores({ database: { dumps: { objectLock: 'governance', lockDays: 14 } } });
    expect(json).toHaveResourceWithProperties(S3BucketObjectLockConfigurationA, {
      rule: { default_retention: { mode: 'GOVERNANCE', days: 14 } },
    });
  });

  it('lets nodes add dumps and read them, and delete none; of snapshots of etcd K3s keeps the last itself', () => {
    const nodes = recorder();
    dataStores({}, ({ database }) => database.grantBackup(nodes, 'test/etcd'));
    expect(nodes.actions('back-up-database')).toEqual(
      expect.arrayContaining(['s3:PutObject', 's3:GetObject', 's3:ListBucket', 'kms:GenerateDataKey']),
    );
    const deleting = nodes
      .granted('back-up-database')
      .filter(({ actions }) => /Delete|\*/.test(String(actions)));
    // Not DeleteObjectVersion: what is deleted stays as an old version.
    expect(deleting).toEqual([
      {
        sid: 'Prune',
        actions: ['s3:DeleteObject'],
        resources: [expect.stringMatching(/\/test\/etcd\/\*$/)],
      },
    ]);
  });

  it('tells no endpoint and no secret, and grants none', () => {
    const reader = recorder();
    dataStores({}, ({ database }) => {
      expect(database.endpoint).toBeUndefined();
      expect(database.masterSecretArn).toBeUndefined();
      database.grantReadMasterSecret(reader);
    });
    expect(() => reader.granted('read-database-secret')).toThrow();
  });
});

describe('a database of RDS', () => {
  const dev = dataStores({ database: { mode: 'rds' } });
  const prod = dataStores({ name: 'prod', production: true, database: { mode: 'rds', storageGiB: 100 } });

  it('is MySQL 8.4 in two zones, on gp3 that grows', () => {
    expect(prod).toHaveResourceWithProperties(DbInstance, {
      engine: 'mysql',
      engine_version: '8.4',
      multi_az: true,
      storage_type: 'gp3',
      allocated_storage: 100,
      max_allocated_storage: 200,
      db_name: 'stage',
    });
  });

  it('is encrypted, not public, and in the subnets it is given', () => {
    expect(dev).toHaveResourceWithProperties(DbInstance, {
      storage_encrypted: true,
      kms_key_id: expect.stringMatching(/^\$\{aws_kms_key\./),
      publicly_accessible: false,
    });
    expect(resources(dev, 'aws_db_subnet_group')[0]?.subnet_ids).toHaveLength(2);
  });

  it('lets RDS make the password: none is in the configuration', () => {
    const [instance] = resources(dev, 'aws_db_instance');
    expect(instance).toMatchObject({ manage_master_user_password: true });
    expect(instance).not.toHaveProperty('password');
    expect(dev).not.toContain('random_password');
  });

  it('requires TLS, speaks utf8mb4 and logs what is slow', () => {
    expect(dev).toHaveResourceWithProperties(DbParameterGroup, {
      family: 'mysql8.4',
      parameter: expect.arrayContaining([
        { name: 'require_secure_transport', value: '1' },
        { name: 'character_set_server', value: 'utf8mb4' },
        { name: 'slow_query_log', value: '1' },
      ]),
    });
    const kept = resources(dev, 'aws_cloudwatch_log_group').map(({ name, retention_in_days }) => [
      name,
      retention_in_days,
    ]);
    expect(kept).toEqual([
      ['/aws/rds/instance/stagecraft-test-mysql/error', 30],
      ['/aws/rds/instance/stagecraft-test-mysql/slowquery', 30],
    ]);
  });

  it('is protected in production', () => {
    expect(prod).toHaveResourceWithProperties(DbInstance, {
      deletion_protection: true,
      skip_final_snapshot: false,
      final_snapshot_identifier: 'stagecraft-prod-mysql-final',
      delete_automated_backups: false,
      apply_immediately: false,
      lifecycle: { prevent_destroy: true },
    });
  });

  it('goes without a trace in development', () => {
    expect(dev).toHaveResourceWithProperties(DbInstance, {
      deletion_protection: false,
      skip_final_snapshot: true,
      delete_automated_backups: true,
      lifecycle: { prevent_destroy: false },
    });
  });

  it('can be restored to any second of as many days as are asked for', () => {
    expect(dev).toHaveResourceWithProperties(DbInstance, { backup_retention_period: 7 });
    expect(dataStores({ database: { mode: 'rds', rds: { restoreDays: 35 } } })).toHaveResourceWithProperties(
      DbInstance,
      { backup_retention_period: 35 },
    );
  });

  it('has Performance Insights where its class has it', () => {
    expect(dev).toHaveResourceWithProperties(DbInstance, {
      performance_insights_enabled: true,
      performance_insights_retention_period: 7,
      // The advanced mode is billed by vCPU.
      database_insights_mode: 'standard',
    });
    const small = dataStores({ database: { mode: 'rds', rds: { instanceClass: 'db.t4g.micro' } } });
    expect(resources(small, 'aws_db_instance')[0]).not.toHaveProperty('performance_insights_enabled');
    expect(
      ['db.t4g.small', 'db.t3.medium', 'db.t2.large', 'db.m7g.large', 'db.r6g.xlarge'].map(
        hasPerformanceInsights,
      ),
    ).toEqual([false, true, false, true, true]);
  });

  it('keeps the bucket of dumps, so that a change of mode destroys none', () => {
    expect(resources(prod, 'aws_s3_bucket')).toHaveLength(1);
  });

  it('is watched', () => {
    const watched = resources(prod, 'aws_cloudwatch_metric_alarm')
      .filter(({ namespace }) => namespace === 'AWS/RDS')
      .map(({ metric_name, threshold }) => [metric_name, threshold]);
    expect(watched).toEqual(
      expect.arrayContaining([
        ['FreeStorageSpace', 5 * 2 ** 30],
        ['CPUUtilization', 80],
        ['FreeableMemory', 100 * 2 ** 20],
      ]),
    );
  });

  it('lets its master secret be read, that secret alone', () => {
    const reader = recorder();
    dataStores({ database: { mode: 'rds' } }, ({ database }) => database.grantReadMasterSecret(reader));
    expect(reader.actions('read-database-secret')).toEqual([
      'secretsmanager:GetSecretValue',
      'secretsmanager:DescribeSecret',
      'kms:Decrypt',
    ]);
    expect(reader.granted('read-database-secret')[0]?.resources).not.toContain('*');
  });
});

describe('names of the database', () => {
  it('fit AWS, however long those of project and environment are', () => {
    const json = dataStores({
      project: 'p'.repeat(20),
      name: 'e'.repeat(11),
      production: true,
      database: { mode: 'rds' },
    });
    const account = /\$\{[^}]*\}/g;
    for (const { bucket } of resources(json, 'aws_s3_bucket'))
      expect(String(bucket).replaceAll(account, '123456789012')).toMatch(/^[a-z][a-z0-9-]{1,61}[a-z0-9]$/);
    for (const { identifier } of resources(json, 'aws_db_instance'))
      expect(String(identifier).length).toBeLessThanOrEqual(63);
    for (const { name } of resources(json, 'aws_iam_role'))
      expect(String(name).length).toBeLessThanOrEqual(64);
    const hyphens = dataStores({ project: 'a--b', database: { mode: 'rds' } });
    expect(resources(hyphens, 'aws_db_instance')[0]?.identifier).toBe('a-b-test-mysql');
  });
});
