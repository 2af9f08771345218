import { bootstrapStateIn, type StateBackend, stateBackend } from '../environments/backend';
import { EnvironmentError } from '../environments/errors';
import type { Environment } from '../environments/schema';
import type { BootstrapArgs } from './bootstrap-stack';

/**
 * The one bucket and table that hold the states of all environments.
 *
 * @throws EnvironmentError when the environments name different ones
 */
export function bootstrapArgs(environments: readonly Environment[]): BootstrapArgs {
  const [first] = environments;
  if (first === undefined)
    throw new EnvironmentError('There is no environment in AWS to keep a state of.', []);
  const homes = environments.map((environment) => ({ environment, home: stateBackend(environment) }));
  const home = stateBackend(first);
  if (homes.some((other) => !sameHome(other.home, home))) {
    throw new EnvironmentError(
      'The environments keep their states in different places, but `bootstrap` makes one.',
      [
        ...homes.map(
          ({ environment, home: place }) =>
            `environments/${environment.name}.ts: bucket ${place.bucket}, table ${place.dynamodbTable}, region ${place.region}`,
        ),
        'Give them the same project and the same state.bucket and state.region, for example those of the account that holds all states.',
      ],
    );
  }
  const { bucket, dynamodbTable, region } = home;
  const owners = new Set(environments.map(({ accountId }) => accountId));
  return {
    project: first.project,
    costCentre: first.costCentre,
    bucket,
    dynamodbTable,
    region,
    stateIn: bootstrapStateIn,
    // Environments in different accounts say nothing of the account that holds their states.
    accountId: owners.size === 1 ? first.accountId : undefined,
    github: environments.some(({ github }) => github?.oidcProvider === 'existing'),
  };
}

function sameHome(one: StateBackend, other: StateBackend): boolean {
  return (
    one.bucket === other.bucket && one.dynamodbTable === other.dynamodbTable && one.region === other.region
  );
}
