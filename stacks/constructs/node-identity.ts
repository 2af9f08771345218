import { DataAwsPartition } from '@cdktf/provider-aws/lib/data-aws-partition';
import { IamInstanceProfile } from '@cdktf/provider-aws/lib/iam-instance-profile';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment';
import { Construct } from 'constructs';
import { policyDocument, type Statement } from './policy';

export interface NodeIdentityArgs {
  /** Name of the role and of the instance profile, unique in the account; up to 64 characters (IAM limit). */
  readonly name: string;
}

/**
 * What an instance may do in AWS: be managed by Systems Manager, and what other constructs grant it.
 *
 * Cost: none.
 */
export class NodeIdentity extends Construct {
  readonly #role: IamRole;
  readonly #profile: IamInstanceProfile;

  constructor(scope: Construct, id: string, args: NodeIdentityArgs) {
    super(scope, id);
    const partition = new DataAwsPartition(this, 'partition');
    this.#role = new IamRole(this, 'role', {
      name: args.name,
      assumeRolePolicy: policyDocument([
        { sid: 'Instances', principal: { Service: 'ec2.amazonaws.com' }, actions: ['sts:AssumeRole'] },
      ]),
    });
    new IamRolePolicyAttachment(this, 'ssm-core', {
      role: this.#role.name,
      policyArn: `arn:${partition.partition}:iam::aws:policy/AmazonSSMManagedInstanceCore`,
    });
    this.#profile = new IamInstanceProfile(this, 'profile', { name: args.name, role: this.#role.name });
  }

  /** For the instance that takes the identity on. */
  get profileName(): string {
    return this.#profile.name;
  }

  /** Called by the constructs that grant something; `id` says what. */
  addPolicy(id: string, statements: readonly Statement[]): void {
    new IamRolePolicy(this, id, { name: id, role: this.#role.name, policy: policyDocument(statements) });
  }
}
