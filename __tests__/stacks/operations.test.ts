import { instance, platform, resources, statements } from './synthesized';

describe('sessions', () => {
  const json = platform();

  it('are logged, encrypted, and end when nobody types', () => {
    const [document] = resources(json, 'aws_ssm_document');
    expect(document).toMatchObject({ document_type: 'Session', name: 'stagecraft-test-session' });
    expect(JSON.parse(String(document?.content)).inputs).toMatchObject({
      cloudWatchEncryptionEnabled: true,
      cloudWatchLogGroupName: expect.stringContaining('sessions_log'),
      idleSessionTimeout: '20',
      maxSessionDuration: '480',
    });
    const group = resources(json, 'aws_cloudwatch_log_group').find(
      ({ name }) => name === '/stagecraft-test/sessions',
    );
    expect(group).toMatchObject({
      kms_key_id: expect.stringContaining('aws_kms_key'),
      retention_in_days: 90,
    });
  });

  it('do not take the document that all environments of an account share', () => {
    expect(JSON.stringify(resources(json, 'aws_ssm_document'))).not.toContain('SSM-SessionManagerRunShell');
  });
});

describe('the budget', () => {
  it('is of the environment, and tells before and after it is spent', () => {
    const [budget] = resources(platform({ budget: { monthlyUsd: 123 } }), 'aws_budgets_budget');
    expect(budget).toMatchObject({
      limit_amount: '123',
      cost_filter: [{ name: 'TagKeyValue', values: ['user:environment$test'] }],
    });
    const told = [budget?.notification].flat().map((one) => Object(one));
    expect(told.map((one) => [one.threshold, one.notification_type])).toEqual([
      [80, 'ACTUAL'],
      [100, 'ACTUAL'],
      [100, 'FORECASTED'],
    ]);
    for (const one of told) expect(one.subscriber_sns_topic_arns).toHaveLength(1);
  });

  it('may publish on the topic of the alarms, which is encrypted, as nobody else but CloudWatch', () => {
    const json = platform();
    const policy = resources(json, 'aws_sns_topic_policy').find(({ arn }) => String(arn).includes('alarms'));
    expect(statements(policy?.policy).map(({ Principal }) => Principal)).toEqual([
      { Service: 'cloudwatch.amazonaws.com' },
      { Service: 'budgets.amazonaws.com' },
    ]);
    const topic = resources(json, 'aws_sns_topic').find(({ name }) => name === 'stagecraft-test-alarms');
    expect(topic).toMatchObject({ kms_master_key_id: expect.stringContaining('aws_kms_key') });
  });
});

describe('data volumes', () => {
  const groups = { general: {}, database: {}, monitoring: {} };

  it('are those of the groups that keep data, in the zone of their node, encrypted and backed up', () => {
    const json = platform({ nodeGroups: groups, database: { storageGiB: 40 } });
    const volumes = resources(json, 'aws_ebs_volume');
    expect(volumes.map(({ tags, size }) => [Reflect.get(Object(tags), 'Name'), size]).sort()).toEqual([
      ['test-database-1-data', 50],
      ['test-monitoring-1-data', 25],
    ]);
    for (const volume of volumes) {
      expect(volume).toMatchObject({
        availability_zone: 'ap-northeast-2a',
        type: 'gp3',
        encrypted: true,
        kms_key_id: expect.stringContaining('aws_kms_key'),
        tags: { 'stagecraft:backup': 'daily' },
      });
    }
  });

  it('do not belong to the instance: its replacement gets the same volume', () => {
    const json = platform({ nodeGroups: groups });
    expect(instance(json, 'test-database-1')).not.toHaveProperty('ebs_block_device');
    expect(resources(json, 'aws_volume_attachment')).toHaveLength(2);
  });

  it('are protected in production alone', () => {
    for (const production of [true, false]) {
      const [volume] = resources(platform({ nodeGroups: { database: {} }, production }), 'aws_ebs_volume');
      expect(volume).toMatchObject({
        final_snapshot: production,
        lifecycle: { prevent_destroy: production },
      });
    }
  });

  it('are what a group asks for, none with 0, and none of the database where RDS has it', () => {
    const sizes = (input: Parameters<typeof platform>[0]) =>
      resources(platform(input), 'aws_ebs_volume').map(({ size }) => size);
    expect(sizes({ nodeGroups: { database: { dataGiB: 0 } } })).toEqual([]);
    expect(sizes({ nodeGroups: { files: { dataGiB: 300, count: 2 } } })).toEqual([300, 300]);
    expect(sizes({ nodeGroups: { database: {} }, database: { mode: 'rds' } })).toEqual([]);
  });

  it('are missed by the backup’s alarm only where there are any', () => {
    const missing = (input: Parameters<typeof platform>[0]) =>
      resources(platform(input), 'aws_cloudwatch_metric_alarm').filter(({ alarm_name }) =>
        String(alarm_name).endsWith('backup-missing'),
      );
    expect(missing({})).toEqual([]);
    expect(missing({ nodeGroups: { database: {} } })).toHaveLength(1);
  });
});

describe('the status of nodes', () => {
  const alarms = resources(
    platform({ nodeGroups: { cheap: { spot: true } } }),
    'aws_cloudwatch_metric_alarm',
  );
  const actions = (name: string) =>
    alarms.find(({ alarm_name }) => alarm_name === `stagecraft-test-node-${name}`)?.alarm_actions;

  it('is told, and failed hardware is left behind', () => {
    expect(actions('test-server-1-system')).toEqual([
      expect.stringContaining('aws_sns_topic'),
      expect.stringMatching(/:automate:ap-northeast-2:ec2:recover$/),
    ]);
    expect(actions('test-server-1-instance')).toEqual([expect.stringContaining('aws_sns_topic')]);
  });

  it('is told of a node that is stopped or gone, which has no status; AWS stops spot nodes as a matter of course', () => {
    const named = (name: string) => alarms.find(({ alarm_name }) => alarm_name === `stagecraft-test-${name}`);
    expect(named('node-test-server-1-instance')).toMatchObject({
      treat_missing_data: 'breaching',
      alarm_description: expect.stringContaining('or is stopped or terminated'),
    });
    expect(named('node-test-cheap-1-instance')).toMatchObject({ treat_missing_data: 'missing' });
    // AWS would restart it in the middle of its first start.
    expect(named('nat-instance')).toMatchObject({ treat_missing_data: 'missing' });
    expect(named('nat-absent')).toMatchObject({
      treat_missing_data: 'breaching',
      comparison_operator: 'LessThanThreshold',
      threshold: 0,
      alarm_actions: [expect.stringContaining('aws_sns_topic')],
    });
  });

  it('of a spot instance is told only: AWS recovers none', () => {
    expect(actions('test-cheap-1-system')).toEqual([expect.stringContaining('aws_sns_topic')]);
  });
});
