import { DataAwsPartition } from '@cdktf/provider-aws/lib/data-aws-partition';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment';
import { Construct } from 'constructs';
import type { StateBackend } from '../../environments/backend';
import type { Environment } from '../../environments/schema';
import { noOtherEnvironment } from './delivery-identity/no-other-environment';
import { githubIssuer } from './github-trust';
import type { Grantee } from './grantee';
import { PermissionsBoundary } from './permissions-boundary';
import { policyDocument, type Statement } from './policy';

export interface DeliveryIdentityArgs {
  /** `<project>-<environment>`, up to 32 characters: the start of every name. */
  readonly name: string;
  /** The account that is deployed to. */
  readonly accountId: string;
  /** What the environment says of GitHub. */
  readonly github: NonNullable<Environment['github']>;
  /** The environment's name, from which those of its GitHub environments follow by default. */
  readonly environment: string;
  /** Path of its secrets in Parameter Store. */
  readonly parameterPrefix: string;
  /** Where the state is, which a plan reads and a deployment writes. */
  readonly state: StateBackend;
  /** Objects that Terraform itself writes, and a plan therefore has to see (ARNs): public ones. Default: none. */
  readonly publicObjects?: readonly string[] | undefined;
  /** What the front end's role may do. Absent: there is no front end to deploy, and no role. */
  readonly grantFrontend?: ((role: Grantee) => void) | undefined;
}

/**
 * Whom GitHub Actions is in this environment: three roles without any key. A role is trusted to one repository **and** one
 * GitHub environment of it, so that neither another branch nor a fork gets it: who may deploy says the protection of the
 * environment in GitHub (reviewers, branches). A repository that is younger than 15 July 2026 is known by other words:
 * without its `github.subjects` its jobs are "not authorized to perform sts:AssumeRoleWithWebIdentity".
 *
 * - `plan`, in the GitHub environment `<ENV>-PLAN`: sees everything, changes nothing, and reads no data: no secret, no
 *   dump, no object but this environment's state and pages that are public. It takes no lock (`-lock=false`).
 * - `deploy`, in `<ENV>`: deploys the infrastructure, and touches no other environment of the account. Of IAM it may touch what is named after the environment only, roles
 *   only within a boundary that keeps them from IAM, and neither that nor the roles of delivery themselves: those are
 *   changed by a person, who also deploys first where `github` is new.
 * - `frontend`, in `<ENV>` of the front end's repository: writes one bucket and invalidates one distribution.
 *
 * Cost: none.
 */
export class DeliveryIdentity extends Construct {
  readonly #args: DeliveryIdentityArgs;
  readonly #partition: string;
  readonly #roles: Partial<Record<DeliveryRole, IamRole>> = {};

  constructor(scope: Construct, id: string, args: DeliveryIdentityArgs) {
    super(scope, id);
    this.#args = args;
    this.#partition = new DataAwsPartition(this, 'partition').partition;
    const { infrastructure, frontend } = args.github;
    if (infrastructure !== undefined) {
      this.#plan(infrastructure);
      this.#deploy(infrastructure);
    }
    if (frontend !== undefined && args.grantFrontend !== undefined) {
      args.grantFrontend(granteeOf(this, this.#role('frontend', frontend, this.#githubEnvironment)));
    }
  }

  /** ARNs of the roles that there are. */
  get roleArns(): Readonly<Partial<Record<DeliveryRole, string>>> {
    return Object.fromEntries(Object.entries(this.#roles).map(([kind, role]) => [kind, role.arn]));
  }

  get #githubEnvironment(): string {
    return githubEnvironmentOf(this.#args.github, this.#args.environment);
  }

  #plan(repository: string): void {
    const role = this.#role('plan', repository, `${this.#githubEnvironment}-PLAN`);
    this.#attach(role, 'plan', 'ReadOnlyAccess');
    const { bucket, key } = this.#args.state;
    granteeOf(this, role).addPolicy('read-no-data', [
      {
        // Terraform refreshes an object that it wrote by HeadObject, which is s3:GetObject to IAM.
        sid: 'NoObjectButTheState',
        effect: 'Deny',
        actions: ['s3:GetObject', 's3:GetObjectVersion'],
        notResources: [this.#object(bucket, key), ...(this.#args.publicObjects ?? [])],
      },
      {
        sid: 'NoSecretsNoMessages',
        effect: 'Deny',
        actions: [
          'kms:Decrypt',
          'secretsmanager:GetSecretValue',
          'logs:GetLogEvents',
          'logs:FilterLogEvents',
          'logs:StartQuery',
          'sqs:ReceiveMessage',
        ],
        resources: ['*'],
      },
      {
        // Public parameters of AWS name the images of the nodes.
        sid: 'NoParametersButPublicOnes',
        effect: 'Deny',
        actions: [
          'ssm:GetParameter',
          'ssm:GetParameters',
          'ssm:GetParametersByPath',
          'ssm:GetParameterHistory',
        ],
        notResources: [`arn:${this.#partition}:ssm:*::parameter/aws/*`],
      },
    ]);
  }

  #deploy(repository: string): void {
    const { name } = this.#args;
    const role = this.#role('deploy', repository, this.#githubEnvironment);
    // Everything but IAM, organisation and account.
    this.#attach(role, 'deploy', 'PowerUserAccess');
    const own = ['role', 'instance-profile'].map((kind) => `${this.#iam(kind)}/${name}-*`);
    const elsewhere = noOtherEnvironment({ ...this.#args, partition: this.#partition });
    granteeOf(this, role).addPolicy('no-other-environment', elsewhere);
    const boundaryName = `${name}-boundary`;
    const boundary = new PermissionsBoundary(this, 'boundary', {
      name: boundaryName,
      denied: elsewhere,
      except: this,
    });
    const bounded = { StringEquals: { 'iam:PermissionsBoundary': boundary.arn } };
    granteeOf(this, role).addPolicy('own-identities', [
      { sid: 'ReadIdentities', actions: ['iam:Get*', 'iam:List*'], resources: ['*'] },
      {
        sid: 'OwnIdentities',
        actions: [
          'iam:DeleteRole',
          'iam:UpdateRole',
          'iam:UpdateRoleDescription',
          'iam:UpdateAssumeRolePolicy',
          'iam:TagRole',
          'iam:UntagRole',
          'iam:CreateInstanceProfile',
          'iam:DeleteInstanceProfile',
          'iam:AddRoleToInstanceProfile',
          'iam:RemoveRoleFromInstanceProfile',
          'iam:TagInstanceProfile',
          'iam:UntagInstanceProfile',
        ],
        resources: own,
      },
      {
        // Tags of everything change with the environment's; what the boundary says does not.
        sid: 'TagTheBoundary',
        actions: ['iam:TagPolicy', 'iam:UntagPolicy'],
        resources: [`${this.#iam('policy')}/${boundaryName}`],
      },
      {
        sid: 'RolesWithinTheBoundary',
        actions: [
          'iam:CreateRole',
          'iam:PutRolePermissionsBoundary',
          'iam:PutRolePolicy',
          'iam:DeleteRolePolicy',
        ],
        resources: own,
        condition: bounded,
      },
      {
        sid: 'OnlyTheManagedPoliciesInUse',
        actions: ['iam:AttachRolePolicy', 'iam:DetachRolePolicy'],
        resources: own,
        condition: {
          ...bounded,
          ArnLike: { 'iam:PolicyARN': attachable.map((policy) => this.#managed(policy)) },
        },
      },
      {
        sid: 'PassToServices',
        actions: ['iam:PassRole'],
        resources: own,
        condition: {
          StringEquals: {
            'iam:PassedToService': [
              'ec2.amazonaws.com',
              'backup.amazonaws.com',
              'vpc-flow-logs.amazonaws.com',
              'monitoring.rds.amazonaws.com',
            ],
          },
        },
      },
      {
        // That of the cluster, which is called after its bucket; not the one of GitHub, which all environments share.
        sid: 'OwnIssuer',
        actions: [
          'iam:CreateOpenIDConnectProvider',
          'iam:DeleteOpenIDConnectProvider',
          'iam:AddClientIDToOpenIDConnectProvider',
          'iam:RemoveClientIDFromOpenIDConnectProvider',
          'iam:UpdateOpenIDConnectProviderThumbprint',
          'iam:TagOpenIDConnectProvider',
          'iam:UntagOpenIDConnectProvider',
        ],
        resources: [`${this.#iam('oidc-provider')}/${name}-oidc-*`],
      },
      {
        sid: 'NotItself',
        effect: 'Deny',
        actions: [
          'iam:Create*',
          'iam:Delete*',
          'iam:Put*',
          'iam:Update*',
          'iam:Attach*',
          'iam:Detach*',
          'iam:Tag*',
          'iam:Untag*',
          'iam:PassRole',
        ],
        // Those of every environment: whatever is called like this one and more is not its own.
        resources: deliveryRoles.map((kind) => `${this.#iam('role')}/*-github-${kind}`),
      },
    ]);
  }

  #role(kind: DeliveryRole, repository: string, githubEnvironment: string): IamRole {
    const { name, github } = this.#args;
    const role = new IamRole(this, `${kind}-role`, {
      name: `${name}-github-${kind}`,
      description: `GitHub Actions: ${github.owner}/${repository}, environment ${githubEnvironment}`,
      maxSessionDuration: 3600,
      assumeRolePolicy: policyDocument([this.#trust(repository, githubEnvironment)]),
    });
    this.#roles[kind] = role;
    return role;
  }

  /**
   * `StringEquals`, without any wildcard: a subject names the repository and the environment of the job. What it calls the
   * repository depends on how old that is (GitHub, "Immutable subject claims").
   */
  #trust(repository: string, githubEnvironment: string): Statement {
    const { owner, subjects } = this.#args.github;
    const subject = subjects[repository] ?? `repo:${owner}/${repository}`;
    return {
      sid: 'Workflows',
      principal: { Federated: `${this.#iam('oidc-provider')}/${githubIssuer}` },
      actions: ['sts:AssumeRoleWithWebIdentity'],
      condition: {
        StringEquals: {
          [`${githubIssuer}:aud`]: 'sts.amazonaws.com',
          [`${githubIssuer}:sub`]: `${subject}:environment:${githubEnvironment}`,
        },
      },
    };
  }

  #attach(role: IamRole, id: string, policy: string): void {
    new IamRolePolicyAttachment(this, id, { role: role.name, policyArn: this.#managed(policy) });
  }

  #managed(policy: string): string {
    return `arn:${this.#partition}:iam::aws:policy/${policy}`;
  }

  #iam(kind: string): string {
    return `arn:${this.#partition}:iam::${this.#args.accountId}:${kind}`;
  }

  #object(bucket: string, key: string): string {
    return `arn:${this.#partition}:s3:::${bucket}/${key}`;
  }
}

/** The GitHub environment of an environment: its name in capitals, where it says no other. */
export function githubEnvironmentOf(
  github: Pick<DeliveryIdentityArgs['github'], 'environment'>,
  name: string,
): string {
  return github.environment ?? name.toUpperCase();
}

const deliveryRoles = ['plan', 'deploy', 'frontend'] as const;

export type DeliveryRole = (typeof deliveryRoles)[number];

/** What roles of the stacks are given by AWS's own policies. */
const attachable = [
  'AmazonSSMManagedInstanceCore',
  'service-role/AWSBackupServiceRolePolicyForBackup',
  'service-role/AWSBackupServiceRolePolicyForRestores',
  'service-role/AmazonRDSEnhancedMonitoringRole',
];

function granteeOf(scope: Construct, role: IamRole): Grantee {
  return {
    addPolicy: (id, statements) => {
      new IamRolePolicy(scope, `${role.node.id}-${id}`, {
        name: id,
        role: role.name,
        policy: policyDocument(statements),
      });
    },
  };
}
