import { DataAwsPartition } from '@cdktf/provider-aws/lib/data-aws-partition';
import { KmsAlias } from '@cdktf/provider-aws/lib/kms-alias';
import { KmsKey } from '@cdktf/provider-aws/lib/kms-key';
import { Construct } from 'constructs';
import type { NodeIdentity } from './node-identity';
import { policyDocument, type Statement } from './policy';

export interface SecretsArgs {
  /** Start of the key's alias and of the parameters' paths: `/<project>/<environment>/…`. */
  readonly project: string;
  /** Name of the environment: second part of both. */
  readonly environment: string;
  /** Region of the key and of the services that may use it. */
  readonly region: string;
  /** The account that is deployed to. */
  readonly accountId: string;
  /** Whether spot instances have to be able to use the key for their volumes. */
  readonly spot: boolean;
  /** Production: the key cannot be destroyed, and waits 30 days (else 7) once its deletion is asked for. */
  readonly production: boolean;
}

/**
 * The environment's key and the Parameter Store path under which its secrets live. Values are put there by
 * `secrets push`, never by Terraform: what Terraform writes is in its state.
 *
 * Cost: 1 USD a month for the key; standard parameters are free.
 */
export class Secrets extends Construct {
  readonly #args: SecretsArgs;
  readonly #key: KmsKey;
  readonly #partition: string;

  constructor(scope: Construct, id: string, args: SecretsArgs) {
    super(scope, id);
    this.#args = args;
    this.#partition = new DataAwsPartition(this, 'partition').partition;
    this.#key = new KmsKey(this, 'key', {
      description: `Secrets and volumes of ${args.project} ${args.environment}`,
      enableKeyRotation: true,
      deletionWindowInDays: args.production ? 30 : 7,
      policy: policyDocument(this.#keyPolicy()),
      lifecycle: { preventDestroy: args.production },
    });
    new KmsAlias(this, 'alias', {
      name: `alias/${args.project}-${args.environment}`,
      targetKeyId: this.#key.keyId,
    });
  }

  /** Path of the environment's secrets, `/<project>/<environment>`. */
  get parameterPrefix(): string {
    return `/${this.#args.project}/${this.#args.environment}`;
  }

  /** The key that encrypts the secrets and the volumes (ARN). */
  get keyArn(): string {
    return this.#key.arn;
  }

  /** Lets instances read this environment's secrets, and no other parameter of the account. */
  grantRead(reader: NodeIdentity): void {
    const path = `${this.#parameters}${this.parameterPrefix}`;
    const read = ['ssm:GetParameter', 'ssm:GetParameters', 'ssm:GetParametersByPath'];
    reader.addPolicy('read-secrets', [
      { sid: 'ReadParameters', actions: read, resources: [path, `${path}/*`] },
      {
        // AmazonSSMManagedInstanceCore allows GetParameter on every parameter of the account: another environment's too.
        sid: 'NoOtherParameters',
        effect: 'Deny',
        actions: [...read, 'ssm:GetParameterHistory'],
        notResources: [path, `${path}/*`, `arn:${this.#partition}:ssm:*::parameter/aws/*`],
      },
      {
        sid: 'DecryptParameters',
        actions: ['kms:Decrypt'],
        resources: [this.#key.arn],
        condition: {
          StringEquals: { 'kms:ViaService': `ssm.${this.#args.region}.amazonaws.com` },
          StringLike: { 'kms:EncryptionContext:PARAMETER_ARN': `${path}/*` },
        },
      },
    ]);
  }

  get #parameters(): string {
    return `arn:${this.#partition}:ssm:${this.#args.region}:${this.#args.accountId}:parameter`;
  }

  /** Without the first statement IAM policies would not count, and the key would be nobody's. */
  #keyPolicy(): readonly Statement[] {
    const account: Statement = {
      sid: 'AccountDecidesByIam',
      principal: { AWS: `arn:${this.#partition}:iam::${this.#args.accountId}:root` },
      actions: ['kms:*'],
      resources: ['*'],
    };
    const services = [this.#logs(), this.#alarms()];
    return this.#args.spot ? [account, ...services, this.#spotService()] : [account, ...services];
  }

  /** CloudWatch Logs, for log groups of this account. */
  #logs(): Statement {
    const { region, accountId } = this.#args;
    return {
      sid: 'LogGroups',
      principal: { Service: `logs.${region}.amazonaws.com` },
      actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
      resources: ['*'],
      condition: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': `arn:${this.#partition}:logs:${region}:${accountId}:log-group:*`,
        },
      },
    };
  }

  /**
   * Who publishes on an encrypted topic uses its key; whether they may publish says the topic's policy. Only on behalf of
   * this account, which alarms and budgets name to KMS as they do to SNS (SNS, "Enable compatibility between event
   * sources"; Budgets, "Creating an Amazon SNS topic"). EventBridge would not: it must not be added here.
   */
  #alarms(): Statement {
    return {
      sid: 'AlarmsAndBudgets',
      principal: { Service: ['cloudwatch.amazonaws.com', 'budgets.amazonaws.com'] },
      actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      resources: ['*'],
      condition: { StringEquals: { 'aws:SourceAccount': this.#args.accountId } },
    };
  }

  /**
   * EC2 starts a spot instance again in the name of a service-linked role. It is named by a condition, for as a principal
   * it would have to exist already.
   */
  #spotService(): Statement {
    const { accountId } = this.#args;
    const role = 'aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot';
    return {
      sid: 'SpotInstancesUseVolumes',
      principal: '*',
      actions: [
        'kms:Encrypt',
        'kms:Decrypt',
        'kms:ReEncrypt*',
        'kms:GenerateDataKey*',
        'kms:DescribeKey',
        'kms:CreateGrant',
      ],
      resources: ['*'],
      condition: {
        StringEquals: { 'kms:CallerAccount': accountId },
        ArnEquals: { 'aws:PrincipalArn': `arn:${this.#partition}:iam::${accountId}:role/${role}` },
      },
    };
  }
}
