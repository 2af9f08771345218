import type { Construct } from 'constructs';
import { stateBackend } from '../environments/backend';
import type { Environment } from '../environments/schema';
import { DeliveryIdentity } from './constructs/delivery-identity';
import type { Edge } from './constructs/edge';
import { GithubTrust } from './constructs/github-trust';

export interface DeliveryArgs {
  readonly environment: Environment;
  /** `<project>-<environment>`: the start of every name. */
  readonly name: string;
  readonly accountId: string;
  /** Undefined where nothing is public, and so there is no front end. */
  readonly edge: Edge | undefined;
}

/** Whom GitHub Actions is; undefined where the environment has no `github`. */
export function delivery(scope: Construct, args: DeliveryArgs): DeliveryIdentity | undefined {
  const { environment, name, accountId, edge } = args;
  const { github } = environment;
  if (github === undefined) return undefined;
  const identity = new DeliveryIdentity(scope, 'delivery', {
    name,
    accountId,
    github,
    environment: environment.name,
    state: stateBackend(environment),
    grantFrontend: edge === undefined ? undefined : (role) => edge.grantDeploy(role),
  });
  // Roles may name a provider that is not there yet: IAM does not look.
  if (github.oidcProvider === 'create') new GithubTrust(scope, 'github');
  return identity;
}
