import { BackupPlan, type BackupPlanRule } from '@cdktf/provider-aws/lib/backup-plan';
import { BackupSelection } from '@cdktf/provider-aws/lib/backup-selection';
import { BackupVault } from '@cdktf/provider-aws/lib/backup-vault';
import { BackupVaultLockConfiguration } from '@cdktf/provider-aws/lib/backup-vault-lock-configuration';
import { DataAwsPartition } from '@cdktf/provider-aws/lib/data-aws-partition';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment';
import { KmsKey } from '@cdktf/provider-aws/lib/kms-key';
import { Construct } from 'constructs';
import { backupRetentionDays } from '../../environments/defaults';
import type { Environment } from '../../environments/schema';
import type { Alarms } from './alarms';
import { policyDocument } from './policy';

/** The tag of a volume that is backed up. The tags `project` and `environment`, which every volume has, say by which plan. */
export const backedUp = { 'stagecraft:backup': 'daily' } as const;

export interface BackupArgs {
  /** `<project>-<environment>`, up to 32 characters: the start of every name. */
  readonly name: string;
  /** Value of the tag `project`, which every volume has. */
  readonly project: string;
  /** Value of the tag `environment`, which every volume has. */
  readonly environment: string;
  /** The account that is deployed to. */
  readonly accountId: string;
  /** What the environment asks for, section `backup`. */
  readonly settings: Environment['backup'];
  /** Time zone of `settings.hour`, by its tz database name. */
  readonly timezone: string;
  /** Key that encrypts the vault (ARN); a snapshot of an encrypted volume keeps the volume's key. */
  readonly keyArn: string;
  /** Production: the vault refuses to be destroyed, and snapshots are kept longer by default. */
  readonly production: boolean;
  /** Whether any volume carries the tag. Where none does, a day without a backup is no alarm. Default: true. */
  readonly volumes?: boolean;
  /** Where its alarms go. */
  readonly alarms: Alarms;
}

/**
 * Daily snapshots of every volume that is tagged `backedUp`, in a vault of the environment's own, with a copy in another
 * region by choice. docs/operations/backup-and-restore.md says how to get one back.
 *
 * Cost (ap-northeast-2): 0.05 USD a month for each GB of changed blocks; a copy costs the same again in its region, its
 * transfer 0.02 to 0.09 USD a GB, and 1 USD for the key there; the alarms 0.20 USD.
 */
export class Backup extends Construct {
  readonly #args: BackupArgs;
  readonly #partition: string;
  readonly #vault: BackupVault;

  constructor(scope: Construct, id: string, args: BackupArgs) {
    super(scope, id);
    this.#args = args;
    this.#partition = new DataAwsPartition(this, 'partition').partition;
    this.#vault = this.#lockable('vault', { kmsKeyArn: args.keyArn });
    const plan = new BackupPlan(this, 'plan', { name: `${args.name}-volumes`, rule: [this.#rule()] });
    new BackupSelection(this, 'volumes', {
      name: 'tagged-volumes',
      planId: plan.id,
      iamRoleArn: this.#role(),
      resources: [`arn:${this.#partition}:ec2:*:*:volume/*`],
      // All of them: `selectionTag` would take any.
      condition: [
        {
          stringEquals: Object.entries({
            ...backedUp,
            project: args.project,
            environment: args.environment,
          }).map(([tag, value]) => ({ key: `aws:ResourceTag/${tag}`, value })),
        },
      ],
    });
    this.#watch();
  }

  get #retentionDays(): number {
    return backupRetentionDays(this.#args.settings.retentionDays, this.#args.production);
  }

  #rule(): BackupPlanRule {
    const { settings, timezone } = this.#args;
    const lifecycle = { deleteAfter: this.#retentionDays };
    return {
      ruleName: 'daily',
      targetVaultName: this.#vault.name,
      schedule: `cron(0 ${settings.hour} * * ? *)`,
      scheduleExpressionTimezone: timezone,
      // Minutes: it starts within the hour, and has the rest of the night.
      startWindow: 60,
      completionWindow: 360,
      lifecycle,
      ...(settings.copyToRegion === undefined
        ? {}
        : { copyAction: [{ destinationVaultArn: this.#copyVault(settings.copyToRegion), lifecycle }] }),
    };
  }

  /** A key does not leave its region, so the copies have one of their own. */
  #copyVault(region: string): string {
    const { name, accountId, production } = this.#args;
    const key = new KmsKey(this, 'copy-key', {
      region,
      description: `Copies of the backups of ${name}`,
      enableKeyRotation: true,
      deletionWindowInDays: production ? 30 : 7,
      policy: policyDocument([
        {
          sid: 'AccountDecidesByIam',
          principal: { AWS: `arn:${this.#partition}:iam::${accountId}:root` },
          actions: ['kms:*'],
          resources: ['*'],
        },
      ]),
      lifecycle: { preventDestroy: production },
    });
    return this.#lockable('copy-vault', { kmsKeyArn: key.arn, region }).arn;
  }

  /** A vault, with the lock that was asked for. */
  #lockable(id: string, place: { readonly kmsKeyArn: string; readonly region?: string }): BackupVault {
    const { name, settings, production } = this.#args;
    const vault = new BackupVault(this, id, {
      ...place,
      name: `${name}-volumes`,
      forceDestroy: !production && settings.vaultLock === 'none',
      lifecycle: { preventDestroy: production },
    });
    if (settings.vaultLock === 'none') return vault;
    new BackupVaultLockConfiguration(this, `${id}-lock`, {
      ...(place.region === undefined ? {} : { region: place.region }),
      backupVaultName: vault.name,
      // Not the retention itself: it may be chosen shorter later, and the lock cannot.
      minRetentionDays: Math.min(this.#retentionDays, 7),
      // Days to think again; with them the lock is for good (AWS Backup: 3 at least).
      ...(settings.vaultLock === 'compliance' ? { changeableForDays: 3 } : {}),
    });
    return vault;
  }

  #role(): string {
    const role = new IamRole(this, 'role', {
      name: `${this.#args.name}-backup`,
      assumeRolePolicy: policyDocument([
        {
          sid: 'Backup',
          principal: { Service: 'backup.amazonaws.com' },
          actions: ['sts:AssumeRole'],
          condition: { StringEquals: { 'aws:SourceAccount': this.#args.accountId } },
        },
      ]),
    });
    for (const what of ['Backup', 'Restores']) {
      new IamRolePolicyAttachment(this, `role-${what.toLowerCase()}`, {
        role: role.name,
        policyArn: `arn:${this.#partition}:iam::aws:policy/service-role/AWSBackupServiceRolePolicyFor${what}`,
      });
    }
    return role.arn;
  }

  #watch(): void {
    const { alarms, volumes } = this.#args;
    const daily = {
      namespace: 'AWS/Backup',
      dimensions: { BackupVaultName: this.#vault.name },
      statistic: 'Sum',
      period: 24 * 3600,
      periods: 1,
    } as const;
    alarms.add('backup-failed', {
      ...daily,
      description:
        'A backup of a volume failed. AWS Backup, Jobs, says why; start it again by hand ("Create on-demand backup").',
      metric: 'NumberOfBackupJobsFailed',
      comparison: 'GreaterThanThreshold',
      threshold: 0,
      missingData: 'notBreaching',
    });
    if (volumes === false) return;
    alarms.add('backup-missing', {
      ...daily,
      // The start moves within its hour: one day from start to start may have none.
      periods: 2,
      description:
        'No volume was backed up for two days. Do the volumes still carry the tag stagecraft:backup=daily? Is the plan there? Take a backup by hand first.',
      metric: 'NumberOfBackupJobsCompleted',
      comparison: 'LessThanThreshold',
      threshold: 1,
      missingData: 'breaching',
    });
  }
}
