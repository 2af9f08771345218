import { EnvironmentError } from './errors';
import type { Environment } from './schema';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Checks that there is a token where an environment has its settings written to GitHub: else the provider would fail in the
 * middle of a deployment.
 *
 * @throws EnvironmentError with one line for each environment that needs it
 */
export function assertGithubToken(
  environments: readonly Pick<Environment, 'name' | 'github'>[],
  variables: Variables = process.env,
): void {
  if ((variables.GITHUB_TOKEN ?? '') !== '') return;
  const needed = environments.filter(({ github }) => github?.settings === 'write');
  if (needed.length === 0) return;
  throw new EnvironmentError(
    'The variable GITHUB_TOKEN is missing.',
    needed.map(
      ({ name, github }) =>
        `environments/${name}.ts: github.settings is "write": give a token that may administer the environments of ${github?.owner}’s repositories, or say "none"`,
    ),
  );
}
