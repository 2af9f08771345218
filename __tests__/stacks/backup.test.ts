import { BackupPlan } from '@cdktf/provider-aws/lib/backup-plan';
import { BackupVault } from '@cdktf/provider-aws/lib/backup-vault';
import { BackupVaultLockConfiguration } from '@cdktf/provider-aws/lib/backup-vault-lock-configuration';
import { Testing } from 'cdktf';
import { dataStores } from './data-stores';
import { resources } from './synthesized';

Testing.setupJest();

describe('backups of volumes', () => {
  const dev = dataStores();
  const prod = dataStores({ name: 'prod', production: true });

  it('are daily, at night where the environment is, and kept longer in production', () => {
    const rule = (deleteAfter: number) =>
      expect.objectContaining({
        schedule: 'cron(0 3 * * ? *)',
        schedule_expression_timezone: 'Asia/Seoul',
        lifecycle: { delete_after: deleteAfter },
      });
    expect(dev).toHaveResourceWithProperties(BackupPlan, { rule: [rule(7)] });
    expect(prod).toHaveResourceWithProperties(BackupPlan, { rule: [rule(35)] });
    expect(dataStores({ backup: { retentionDays: 100 } })).toHaveResourceWithProperties(BackupPlan, {
      rule: [rule(100)],
    });
  });

  it('are of the volumes that carry all three tags, and of no other environment’s', () => {
    const [selection] = resources(dev, 'aws_backup_selection');
    expect(selection?.condition).toEqual([
      {
        string_equals: [
          { key: 'aws:ResourceTag/stagecraft:backup', value: 'daily' },
          { key: 'aws:ResourceTag/project', value: 'stagecraft' },
          { key: 'aws:ResourceTag/environment', value: 'test' },
        ],
      },
    ]);
    expect(selection).not.toHaveProperty('selection_tag');
    expect(selection?.resources).toEqual([expect.stringMatching(/:ec2:\*:\*:volume\/\*$/)]);
  });

  it('are in a vault with the environment’s key, which production keeps', () => {
    expect(dev).toHaveResourceWithProperties(BackupVault, {
      kms_key_arn: expect.stringMatching(/^\$\{aws_kms_key\.secrets/),
      force_destroy: true,
      lifecycle: { prevent_destroy: false },
    });
    expect(prod).toHaveResourceWithProperties(BackupVault, {
      force_destroy: false,
      lifecycle: { prevent_destroy: true },
    });
  });

  it('are copied to another region by choice, with a key of that region', () => {
    expect(resources(prod, 'aws_backup_vault')).toHaveLength(1);
    const copied = dataStores({ name: 'prod', production: true, backup: { copyToRegion: 'ap-northeast-1' } });
    expect(copied).toHaveResourceWithProperties(BackupVault, {
      region: 'ap-northeast-1',
      kms_key_arn: expect.stringContaining('copy-key'),
    });
    expect(resources(copied, 'aws_kms_key')).toContainEqual(
      expect.objectContaining({ region: 'ap-northeast-1', enable_key_rotation: true }),
    );
    expect(copied).toHaveResourceWithProperties(BackupPlan, {
      rule: [
        expect.objectContaining({
          copy_action: [
            {
              destination_vault_arn: expect.stringContaining('copy-vault'),
              lifecycle: { delete_after: 35 },
            },
          ],
        }),
      ],
    });
  });

  it('are locked by choice, the copies too; for good only with compliance', () => {
    expect(prod).not.toHaveResource(BackupVaultLockConfiguration);
    const governance = dataStores({ backup: { vaultLock: 'governance', retentionDays: 3 } });
    const [lock] = resources(governance, 'aws_backup_vault_lock_configuration');
    expect(lock).toMatchObject({ min_retention_days: 3 });
    expect(lock).not.toHaveProperty('changeable_for_days');
    expect(governance).toHaveResourceWithProperties(BackupVault, { force_destroy: false });
    const compliance = dataStores({ backup: { vaultLock: 'compliance', copyToRegion: 'us-west-2' } });
    expect(resources(compliance, 'aws_backup_vault_lock_configuration')).toEqual([
      expect.objectContaining({ region: 'us-west-2', changeable_for_days: 3, min_retention_days: 7 }),
      expect.objectContaining({ changeable_for_days: 3 }),
    ]);
  });

  it('alarm when one fails and when there is none', () => {
    const alarms = resources(dev, 'aws_cloudwatch_metric_alarm').filter(
      ({ namespace }) => namespace === 'AWS/Backup',
    );
    expect(alarms.map(({ metric_name, treat_missing_data }) => [metric_name, treat_missing_data])).toEqual(
      expect.arrayContaining([
        ['NumberOfBackupJobsFailed', 'notBreaching'],
        ['NumberOfBackupJobsCompleted', 'breaching'],
      ]),
    );
  });

  it('have names that fit AWS at their longest', () => {
    const json = dataStores({ project: 'p'.repeat(20), name: 'e'.repeat(11) });
    for (const { name } of resources(json, 'aws_backup_vault')) expect(name).toMatch(/^[\w-]{2,50}$/);
    for (const { name } of resources(json, 'aws_backup_plan')) expect(name).toMatch(/^[\w.-]{1,50}$/);
  });
});
