import { ElasticacheParameterGroup } from '@cdktf/provider-aws/lib/elasticache-parameter-group';
import { ElasticacheReplicationGroup } from '@cdktf/provider-aws/lib/elasticache-replication-group';
import { Testing } from 'cdktf';
import { dataStores } from './data-stores';
import { recorder } from './recorder';
import { resources } from './synthesized';

Testing.setupJest();

describe('the cache', () => {
  const dev = dataStores();
  const prod = dataStores({ name: 'prod', production: true });

  it('is one node in development, which may be destroyed', () => {
    expect(dev).toHaveResourceWithProperties(ElasticacheReplicationGroup, {
      num_node_groups: 1,
      replicas_per_node_group: 0,
      multi_az_enabled: false,
      apply_immediately: true,
      lifecycle: { prevent_destroy: false },
    });
    expect(resources(dev, 'aws_elasticache_replication_group')[0]).not.toHaveProperty(
      'final_snapshot_identifier',
    );
  });

  it('is two nodes in two zones in production, one of which takes over', () => {
    expect(prod).toHaveResourceWithProperties(ElasticacheReplicationGroup, {
      num_node_groups: 1,
      replicas_per_node_group: 1,
      multi_az_enabled: true,
      automatic_failover_enabled: true,
      snapshot_retention_limit: 7,
      final_snapshot_identifier: 'stagecraft-prod-redis-final',
      apply_immediately: false,
      lifecycle: { prevent_destroy: true },
    });
  });

  it('has as many replicas as are asked for', () => {
    const json = dataStores({ name: 'prod', production: true, redis: { replicas: 0, snapshotDays: 0 } });
    expect(json).toHaveResourceWithProperties(ElasticacheReplicationGroup, {
      replicas_per_node_group: 0,
      multi_az_enabled: false,
      snapshot_retention_limit: 0,
    });
  });

  it('is in cluster mode, of either engine', () => {
    const cluster = { name: 'cluster-enabled', value: 'yes' };
    expect(dev).toHaveResourceWithProperties(ElasticacheReplicationGroup, {
      engine: 'redis',
      engine_version: '7.1',
      cluster_mode: 'enabled',
    });
    expect(dev).toHaveResourceWithProperties(ElasticacheParameterGroup, {
      family: 'redis7',
      parameter: expect.arrayContaining([cluster, { name: 'maxmemory-policy', value: 'noeviction' }]),
    });
    const valkey = dataStores({ redis: { engine: 'valkey' } });
    expect(valkey).toHaveResourceWithProperties(ElasticacheReplicationGroup, {
      engine: 'valkey',
      engine_version: '8.0',
    });
    expect(valkey).toHaveResourceWithProperties(ElasticacheParameterGroup, {
      family: 'valkey8',
      parameter: expect.arrayContaining([cluster]),
    });
  });

  it('encrypts in transit and at rest, with the environment’s key', () => {
    expect(dev).toHaveResourceWithProperties(ElasticacheReplicationGroup, {
      transit_encryption_enabled: true,
      transit_encryption_mode: 'required',
      at_rest_encryption_enabled: 'true',
      kms_key_id: expect.stringMatching(/^\$\{aws_kms_key\./),
    });
  });

  it('is reached by the nodes at its port, by nobody else, and reaches nothing', () => {
    const [group] = resources(dev, 'aws_elasticache_replication_group');
    const rules = resources(dev, 'aws_vpc_security_group_ingress_rule').filter(
      ({ from_port }) => from_port === 6379,
    );
    expect(rules).toEqual([
      expect.objectContaining({
        to_port: 6379,
        ip_protocol: 'tcp',
        referenced_security_group_id: expect.stringContaining('firewall_nodes'),
      }),
    ]);
    const [member] = [group?.security_group_ids].flat();
    expect(rules[0]?.security_group_id).toBe(member);
    const out = resources(dev, 'aws_vpc_security_group_egress_rule').map((rule) => rule.security_group_id);
    expect(out).not.toContain(member);
  });

  it('watches every node', () => {
    const watched = (json: string) =>
      new Set(
        resources(json, 'aws_cloudwatch_metric_alarm')
          .filter(({ namespace }) => namespace === 'AWS/ElastiCache')
          .map(({ dimensions }) => Reflect.get(Object(dimensions), 'CacheClusterId').replace(/.*\}/, '')),
      );
    expect(watched(dev)).toEqual(new Set(['-0001-001']));
    expect(watched(dataStores({ redis: { shards: 2, replicas: 1 } }))).toEqual(
      new Set(['-0001-001', '-0001-002', '-0002-001', '-0002-002']),
    );
  });
});

describe('the users of the cache', () => {
  const json = dataStores();
  const users = resources(json, 'aws_elasticache_user');

  it('have no secret in the configuration, so that none is in the state', () => {
    expect(json).not.toMatch(/auth_token|"passwords"|random_password/);
    for (const user of users) expect(user).not.toHaveProperty('passwords');
  });

  it('are all that the cache lets in', () => {
    const [group] = resources(json, 'aws_elasticache_user_group');
    expect([group?.user_ids].flat()).toHaveLength(2);
    const [cache] = resources(json, 'aws_elasticache_replication_group');
    expect([cache?.user_group_ids].flat()).toEqual([
      expect.stringMatching(/^\$\{aws_elasticache_user_group\./),
    ]);
  });

  it('do not include the one without a name', () => {
    const nobody = users.find((user) => user.user_name === 'default');
    expect(nobody).toMatchObject({ access_string: 'off -@all' });
  });

  it('start with IAM, and keep the password that they are given elsewhere', () => {
    const services = users.find((user) => user.user_name !== 'default');
    expect(services).toMatchObject({
      user_id: 'stagecraft-test-app',
      user_name: 'stagecraft-test-app',
      access_string: expect.stringMatching(/^on .*-@dangerous/),
      authentication_mode: { type: 'iam' },
      lifecycle: { ignore_changes: ['authentication_mode'] },
    });
  });

  it('can be given a password, and neither none nor another kind of authentication', () => {
    const server = recorder();
    dataStores({}, ({ cache }) => cache.grantSetPassword(server));
    const [see, set] = server.granted('set-cache-password');
    expect(see).toMatchObject({ actions: ['elasticache:DescribeUsers'] });
    expect(set).toMatchObject({
      actions: ['elasticache:ModifyUser'],
      resources: [expect.any(String)],
      condition: { StringEquals: { 'elasticache:UserAuthenticationMode': 'password' } },
    });
  });
});

describe('names of the cache', () => {
  it.each([
    ['long', { project: 'p'.repeat(20), name: 'e'.repeat(11) }],
    ['with hyphens in a row', { project: 'a--b---c', name: 'd--e' }],
  ])('fit ElastiCache: %s', (_, names) => {
    const json = dataStores(names);
    const ids = [
      ...resources(json, 'aws_elasticache_replication_group').map((group) => group.replication_group_id),
      ...resources(json, 'aws_elasticache_user').flatMap((user) => [user.user_id]),
      ...resources(json, 'aws_elasticache_user_group').map((group) => group.user_group_id),
    ];
    expect(ids).toHaveLength(4);
    for (const id of ids) {
      expect(id).toMatch(/^[a-z][a-z0-9-]{0,39}$/);
      expect(id).not.toMatch(/--|-$/);
    }
  });
});
