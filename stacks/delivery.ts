import type { TerraformStack } from 'cdktf';
import { stateBackend } from '../environments/backend';
import type { Environment } from '../environments/schema';
import { DeliveryIdentity, githubEnvironmentOf } from './constructs/delivery-identity';
import type { Edge } from './constructs/edge';
import { type GithubEnvironment, GithubEnvironments, useGithub } from './constructs/github-environments';
import { GithubTrust } from './constructs/github-trust';

export interface DeliveryArgs {
  readonly environment: Environment;
  /** `<project>-<environment>`: the start of every name. */
  readonly name: string;
  readonly accountId: string;
  /** Path of the secrets in Parameter Store. */
  readonly parameterPrefix: string;
  /** Undefined where nothing is public, and so there is no front end. */
  readonly edge: Edge | undefined;
}

/** Whom GitHub Actions is, and what its jobs are told; undefined where the environment has no `github`. */
export function delivery(stack: TerraformStack, args: DeliveryArgs): DeliveryIdentity | undefined {
  const { environment, name, accountId, edge } = args;
  const { github } = environment;
  if (github === undefined) return undefined;
  const identity = new DeliveryIdentity(stack, 'delivery', {
    name,
    accountId,
    github,
    environment: environment.name,
    parameterPrefix: args.parameterPrefix,
    state: stateBackend(environment),
    publicObjects: edge?.errorPages,
    grantFrontend: edge === undefined ? undefined : (role) => edge.grantDeploy(role),
  });
  // Roles may name a provider that is not there yet: IAM does not look.
  if (github.oidcProvider === 'create') new GithubTrust(stack, 'github');
  if (github.settings === 'write') {
    useGithub(stack, github.owner);
    const environments = settingsOf(args, github, identity);
    new GithubEnvironments(stack, 'github-settings', { owner: github.owner, environments });
  }
  return identity;
}

type Github = NonNullable<Environment['github']>;

/** One environment in each repository; the infrastructure has a second one, for plans. */
function settingsOf(
  { environment: { name, region }, edge }: DeliveryArgs,
  github: Github,
  { roleArns }: DeliveryIdentity,
): readonly GithubEnvironment[] {
  const environment = githubEnvironmentOf(github, name);
  const secret = `${environment.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_AWS_ROLE_ARN`;
  const roleOf = (kind: keyof typeof roleArns) => {
    const arn = roleArns[kind];
    return arn === undefined ? {} : { [secret]: arn };
  };
  const common = {
    environment,
    branches: 'protected',
    secrets: {},
    variables: { AWS_REGION: region },
  } as const;
  const { infrastructure, frontend, repositories } = github;
  const services = Object.values(repositories).filter((one) => one !== infrastructure && one !== frontend);
  return [
    ...(infrastructure === undefined
      ? []
      : ([
          { ...common, repository: infrastructure, secrets: roleOf('deploy') },
          {
            ...common,
            repository: infrastructure,
            environment: `${environment}-PLAN`,
            branches: 'any',
            secrets: roleOf('plan'),
          },
        ] as const)),
    ...(frontend === undefined || edge === undefined
      ? []
      : [
          {
            ...common,
            repository: frontend,
            secrets: {
              ...roleOf('frontend'),
              S3_BUCKET: edge.siteBucket,
              CLOUDFRONT_DISTRIBUTION_ID: edge.distributionId,
            },
            variables: { ...common.variables, SITE_URL: edge.siteUrl },
          },
        ]),
    ...[...new Set(services)].map((repository) => ({ ...common, repository })),
  ];
}
