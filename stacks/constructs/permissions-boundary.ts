import { IamPolicy } from '@cdktf/provider-aws/lib/iam-policy';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { Aspects, TerraformStack } from 'cdktf';
import { Construct, type IConstruct } from 'constructs';
import { policyDocument, type Statement } from './policy';

export interface PermissionsBoundaryArgs {
  /** Name of the policy, unique in the account. */
  readonly name: string;
  /** What besides nobody may do. */
  readonly denied: readonly Statement[];
  /** Below it are the roles that are not bound: those of delivery, which a person deploys. */
  readonly except: IConstruct;
}

/**
 * The most that roles of the stack can do, whatever their policies say: nothing with identities, the organisation and the
 * account, and nothing that is denied to who deploys them, who else would have a role of theirs do it. Who may deploy writes policies of roles; without a boundary that is as good as being an administrator (IAM,
 * "Permissions boundaries", "Delegating responsibility to others").
 *
 * Cost: none.
 */
export class PermissionsBoundary extends Construct {
  readonly #policy: IamPolicy;

  constructor(scope: Construct, id: string, args: PermissionsBoundaryArgs) {
    super(scope, id);
    this.#policy = new IamPolicy(this, 'policy', {
      name: args.name,
      description: 'The most that roles of the environment can do',
      policy: policyDocument([
        { sid: 'WhatTheirPoliciesAllow', actions: ['*'], resources: ['*'] },
        {
          sid: 'ButNoIdentities',
          effect: 'Deny',
          actions: ['iam:*', 'organizations:*', 'account:*'],
          resources: ['*'],
        },
        ...args.denied,
      ]),
    });
    const { arn } = this.#policy;
    Aspects.of(TerraformStack.of(this)).add({
      visit(node) {
        if (!(node instanceof IamRole) || node.node.scopes.includes(args.except)) return;
        node.permissionsBoundary = arn;
      },
    });
  }

  /** ARN of the policy. */
  get arn(): string {
    return this.#policy.arn;
  }
}
