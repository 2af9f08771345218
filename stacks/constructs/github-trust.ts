import { IamOpenidConnectProvider } from '@cdktf/provider-aws/lib/iam-openid-connect-provider';
import { Construct } from 'constructs';

/** The host that signs the tokens of GitHub Actions. */
export const githubIssuer = 'token.actions.githubusercontent.com';

/**
 * Lets the account take tokens of GitHub Actions at all. An account has one of it, for all its environments; whom it trusts
 * with what say the roles (`DeliveryIdentity`).
 *
 * Cost: none.
 */
export class GithubTrust extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new IamOpenidConnectProvider(this, 'provider', {
      url: `https://${githubIssuer}`,
      clientIdList: ['sts.amazonaws.com'],
    });
  }
}
