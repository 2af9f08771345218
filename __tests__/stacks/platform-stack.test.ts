import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity';
import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { Testing } from 'cdktf';
import { loadEnvironment } from '../../environments';
import { type Inventory, inventorySchema } from '../../provisioner/inventory/schema';
import { PlatformStack } from '../../stacks/platform-stack';
import { platform } from './synthesized';

Testing.setupJest();

describe('the platform stack', () => {
  it('takes later releases of the provider, not the one that the bindings pin', () => {
    expect(terraform(platform())).toMatchObject({
      required_providers: { aws: { source: 'aws', version: '~> 6.25' } },
    });
  });

  it('keeps its state in S3, encrypted and locked, one key for each environment', () => {
    const backend = (name: string) =>
      Reflect.get(Object(terraform(platform({ name, accountId: '123456789012' }))), 'backend');
    expect(backend('dev')).toEqual({
      s3: {
        bucket: 'stagecraft-tfstate-123456789012',
        key: 'stagecraft/dev.tfstate',
        region: 'ap-northeast-2',
        dynamodb_table: 'stagecraft-tfstate-locks',
        encrypt: true,
      },
    });
    expect(backend('qa').s3.key).toBe('stagecraft/qa.tfstate');
  });

  it('tags everything', () => {
    expect(platform({ costCentre: 'shows' })).toHaveProviderWithProperties(AwsProvider, {
      region: 'ap-northeast-2',
      default_tags: [
        {
          tags: {
            project: 'stagecraft',
            environment: 'test',
            'managed-by': 'cdktf',
            'cost-centre': 'shows',
          },
        },
      ],
    });
  });

  it('refuses other accounts where the environment names one', () => {
    expect(platform({ accountId: '123456789012' })).toHaveProviderWithProperties(AwsProvider, {
      allowed_account_ids: ['123456789012'],
    });
    expect(platform()).not.toHaveProviderWithProperties(AwsProvider, {
      allowed_account_ids: expect.anything(),
    });
  });

  describe('behind an endpoint of its own', () => {
    const before = process.env.AWS_ENDPOINT_URL;
    afterEach(() => {
      if (before === undefined) delete process.env.AWS_ENDPOINT_URL;
      else process.env.AWS_ENDPOINT_URL = before;
    });

    it('addresses buckets by path', () => {
      process.env.AWS_ENDPOINT_URL = 'http://127.0.0.1:1';
      const json = platform();
      expect(json).toHaveProviderWithProperties(AwsProvider, { s3_use_path_style: true });
      expect(terraform(json)).toMatchObject({ backend: { s3: { use_path_style: true } } });
    });
  });
});

describe('the inventory output', () => {
  it.each(['dev', 'prod', 'sandbox'])(
    'of %s is what the provisioner parses, once Terraform has filled it in',
    (name) => {
      const json = Testing.synth(new PlatformStack(Testing.app(), loadEnvironment(name)));
      const inventory = inventorySchema.parse(filledIn(output(json).value));
      expect(inventory.environment).toBe(name);
      expect(inventory.nodes[0]).toMatchObject({ name: `${name}-server-1`, role: 'server', groups: [] });
    },
  );

  it('is not sensitive: the provisioner reads it from the state, people read it in the terminal', () => {
    expect(output(platform())).not.toHaveProperty('sensitive');
    expect(platform()).toHaveDataSource(DataAwsCallerIdentity);
  });

  it('says what the environment says', () => {
    const inventory = inventoryOf({
      project: 'tickets',
      servers: { count: 3 },
      nodeGroups: {
        database: { labels: { 'node-role': 'db' }, taints: [{ key: 'dedicated', effect: 'NoSchedule' }] },
      },
      domains: { zone: 'example.com', site: 'example.com', api: 'api.example.com' },
      artifactMirror: 'https://mirror.example.com',
    });
    expect(inventory.nodes.map(({ name }) => name)).toEqual([
      'test-server-1',
      'test-server-2',
      'test-server-3',
      'test-database-1',
    ]);
    expect(inventory.nodes.at(-1)).toMatchObject({
      role: 'agent',
      zone: 'ap-northeast-2a',
      arch: 'amd64',
      labels: { 'node-role': 'db' },
      taints: [{ key: 'dedicated', value: '', effect: 'NoSchedule' }],
      groups: ['database'],
    });
    expect(inventory.endpoints).toEqual({
      kubernetesApi: 'api.test.tickets.internal:6443',
      site: 'example.com',
      api: 'api.example.com',
      redis: 'redis.example:6379',
      artifacts: 'https://mirror.example.com',
    });
    expect(inventory.buckets).toEqual({ backups: 'bucket-of-database', site: 'bucket-of-edge' });
    expect(inventory.sessionDocument).toBe('tickets-test-session');
    expect(inventory.redis).toEqual({
      userId: 'stagecraft-test-app',
      userName: 'stagecraft-test-app',
      passwordParameter: '/tickets/test/redis/password',
    });
    expect(inventory.workloadIdentity).toEqual({
      issuer: 'https://bucket-of-workloads.s3.example',
      bucket: 'bucket-of-workloads',
      services: {
        'reserve-service': {
          namespace: 'app',
          serviceAccount: 'reserve-service',
          roleArn: 'arn:aws:iam::123456789012:role/reserve-service',
        },
      },
    });
    expect(inventory.secrets).toMatchObject({
      parameterPrefix: '/tickets/test',
      k3sToken: '/tickets/test/k3s/token',
    });
    expect(inventory.secrets.kmsKeyArn).toMatch(/^arn:/);
  });
});

describe('what an environment has', () => {
  const types = (json: string) => Object.keys(JSON.parse(json).resource);

  it('is everything by default', () => {
    expect(types(platform())).toEqual(
      expect.arrayContaining([
        'aws_lb',
        'aws_cloudfront_distribution',
        'aws_wafv2_web_acl',
        'aws_elasticache_replication_group',
        'aws_sns_topic',
        'aws_sqs_queue',
        'aws_backup_plan',
        'aws_budgets_budget',
        'aws_flow_log',
        'aws_ssm_document',
      ]),
    );
    expect(types(platform())).not.toContain('aws_db_instance');
  });

  it('has nodes on spare capacity, which the inventory tells', () => {
    const except = { 2: { spot: false } };
    const { nodes } = inventoryOf({ nodeGroups: { general: { count: 2, spot: true, except } } });
    expect(nodes.map(({ name, spot }) => [name, spot])).toEqual([
      ['test-server-1', undefined],
      ['test-general-1', true],
      ['test-general-2', undefined],
    ]);
  });

  it('is on a volume of its own, which the inventory names', () => {
    const { nodes } = inventoryOf({ nodeGroups: { general: {}, database: {} } });
    expect(nodes.map(({ name, dataVolumeId }) => [name, dataVolumeId])).toEqual([
      ['test-server-1', undefined],
      ['test-general-1', undefined],
      ['test-database-1', 'vol-0123456789abcdef0'],
    ]);
  });

  it('is RDS by choice, which the inventory names', () => {
    const json = platform({ database: { mode: 'rds' } });
    expect(types(json)).toContain('aws_db_instance');
    expect(inventoryOf({ database: { mode: 'rds' } }).endpoints.database).toBe('database.example:3306');
    expect(JSON.parse(json).output.database_master_secret.value).toContain('aws_db_instance');
  });

  it('is less where it says so', () => {
    const json = platform({
      edge: { enabled: false },
      messaging: { enabled: false },
      backup: { enabled: false },
    });
    for (const type of ['aws_lb', 'aws_cloudfront_distribution', 'aws_sqs_queue', 'aws_backup_plan']) {
      expect(types(json)).not.toContain(type);
    }
    expect(Object.keys(JSON.parse(json).output)).not.toContain('site_url');
  });

  it('sends alarms to the addresses of the budget', () => {
    const json = platform({ budget: { alertEmails: ['ops@example.com'] } });
    expect(JSON.stringify(JSON.parse(json).resource.aws_sns_topic_subscription)).toContain('ops@example.com');
  });
});

function inventoryOf(input: Parameters<typeof platform>[0]): Inventory {
  return inventorySchema.parse(filledIn(output(platform(input)).value));
}

function terraform(json: string): unknown {
  return Reflect.get(Object(JSON.parse(json)), 'terraform');
}

function output(json: string): { readonly value: unknown } {
  return JSON.parse(json).output.inventory;
}

/** Puts what AWS would answer in the place of every reference, as an apply does. */
function filledIn(value: unknown): unknown {
  const text = JSON.stringify(value)
    .replaceAll(/\$\{data\.aws_caller_identity\.[^}]*\.account_id\}/g, '123456789012')
    .replaceAll(/\$\{aws_instance\.[^}]*\.id\}/g, 'i-0123456789abcdef0')
    .replaceAll(/\$\{aws_instance\.[^}]*\.private_ip\}/g, '10.0.0.4')
    .replaceAll(/\$\{aws_ebs_volume\.[^}]*\.id\}/g, 'vol-0123456789abcdef0')
    .replaceAll(/\$\{aws_s3_bucket\.([a-z]+)_[^}]*\.id\}/g, 'bucket-of-$1')
    .replaceAll(
      /\$\{aws_s3_bucket\.([a-z]+)_[^}]*\.bucket_regional_domain_name\}/g,
      'bucket-of-$1.s3.example',
    )
    .replaceAll(
      /\$\{aws_iam_role\.workloads_([a-z-]+)-role_[^}]*\.arn\}/g,
      'arn:aws:iam::123456789012:role/$1',
    )
    .replaceAll(
      /\$\{aws_elasticache_replication_group\.[^}]*\.configuration_endpoint_address\}/g,
      'redis.example',
    )
    .replaceAll(/\$\{aws_db_instance\.[^}]*\.endpoint\}/g, 'database.example:3306')
    .replaceAll(/\$\{aws_elasticache_user\.[^}]*\.user_(id|name)\}/g, 'stagecraft-test-app')
    .replaceAll(/\$\{aws_ssm_document\.[^}]*\.name\}/g, 'tickets-test-session')
    .replaceAll(/\$\{aws_kms_key\.[^}]*\.arn\}/g, 'arn:aws:kms:ap-northeast-2:123456789012:key/1');
  expect(text).not.toContain('${');
  return JSON.parse(text);
}
