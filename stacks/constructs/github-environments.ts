import { ActionsEnvironmentSecret } from '@cdktf/provider-github/lib/actions-environment-secret';
import { ActionsEnvironmentVariable } from '@cdktf/provider-github/lib/actions-environment-variable';
import { GithubProvider } from '@cdktf/provider-github/lib/provider';
import { RepositoryEnvironment } from '@cdktf/provider-github/lib/repository-environment';
import type { TerraformStack } from 'cdktf';
import { Construct } from 'constructs';

export interface GithubEnvironmentsArgs {
  /** User or organisation. */
  readonly owner: string;
  /** What is made: each environment of a repository once. */
  readonly environments: readonly GithubEnvironment[];
}

/** A GitHub environment of a repository, and what its jobs are told. */
export interface GithubEnvironment {
  readonly repository: string;
  /** Spelt as in GitHub. */
  readonly environment: string;
  /** `protected`: jobs of protected branches only. `any`: of pull requests too. */
  readonly branches: 'protected' | 'any';
  /** Masked in logs. Nothing that has to be kept secret: Terraform's state has it too. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
}

/** Provider of GitHub of a stack; the token comes from the variable GITHUB_TOKEN, and is in no file. */
export function useGithub(stack: TerraformStack, owner: string): void {
  new GithubProvider(stack, 'github-api', { owner });
  stack.addOverride('terraform.required_providers.github.version', '~> 6.9');
}

/**
 * The environments of the repositories on GitHub, with the variables and secrets by which workflows find AWS. Who may approve
 * a deployment is decided there, by people: reviewers are not touched.
 *
 * Cost: none in AWS; protected environments of private repositories ask for a paid plan of GitHub.
 */
export class GithubEnvironments extends Construct {
  constructor(scope: Construct, id: string, args: GithubEnvironmentsArgs) {
    super(scope, id);
    for (const settings of args.environments) this.#environment(settings);
  }

  #environment({ repository, environment, branches, secrets, variables }: GithubEnvironment): void {
    const id = `${repository}-${environment}`;
    const made = new RepositoryEnvironment(this, id, {
      repository,
      environment,
      ...(branches === 'protected'
        ? { deploymentBranchPolicy: { protectedBranches: true, customBranchPolicies: false } }
        : {}),
      // Reviewers and waiting times are set in GitHub.
      lifecycle: { ignoreChanges: ['reviewers', 'wait_timer', 'prevent_self_review', 'can_admins_bypass'] },
    });
    const place = { repository, environment: made.environment };
    for (const [secretName, plaintextValue] of Object.entries(secrets))
      new ActionsEnvironmentSecret(this, `${id}-${secretName}`, { ...place, secretName, plaintextValue });
    for (const [variableName, value] of Object.entries(variables))
      new ActionsEnvironmentVariable(this, `${id}-${variableName}`, { ...place, variableName, value });
  }
}
