import { EnvironmentError } from './errors';
import type { Environment } from './schema';

/**
 * Checks that no environment's name is the start of another's in the same account, up to a hyphen: what roles of GitHub
 * Actions may touch is said by the start of names (`stagecraft-dev-*`), and that of `dev` would rule `dev-eu`.
 *
 * @throws EnvironmentError with one line for each clash
 */
export function assertDistinctNames(
  environments: readonly Pick<Environment, 'name' | 'project' | 'accountId'>[],
): void {
  const clashes = environments.flatMap((environment) =>
    environments
      .filter(
        (other) => mayShareAccount(environment, other) && startOf(environment).startsWith(startOf(other)),
      )
      .filter((other) => other !== environment)
      .map(
        (other) =>
          `environments/${environment.name}.ts: name: "${environment.name}" begins like ${other.name}, so that the rights of ${other.name} in AWS (${startOf(other)}*) would reach it; give it a name that does not begin with "${other.name}-", or both an accountId of their own`,
      ),
  );
  if (clashes.length > 0) throw new EnvironmentError('Names of environments begin alike.', clashes);
}

type Named = Pick<Environment, 'name' | 'project' | 'accountId'>;

/** The beginning of everything that the environment has. */
function startOf({ project, name }: Named): string {
  return `${project}-${name}-`;
}

/** Without an account it is any. */
function mayShareAccount(one: Named, other: Named): boolean {
  return one.accountId === undefined || other.accountId === undefined || one.accountId === other.accountId;
}
