import { EnvironmentError } from './errors';
import type { Environment } from './schema';

/** Where the Terraform state of an environment is: known without asking AWS, from the environment's file alone. */
export interface StateBackend {
  /** Name of the S3 bucket. */
  readonly bucket: string;
  /** Key of the state object: one for each environment. */
  readonly key: string;
  /** Region of the bucket and of the lock table. */
  readonly region: string;
  /** Name of the DynamoDB table that holds the locks. */
  readonly dynamodbTable: string;
}

/**
 * Where the stack `bootstrap` keeps its own state: in a file until the bucket is there, then in the bucket. Set it to
 * `bucket` when you move it (docs/bootstrap.md).
 */
export const bootstrapStateIn: BootstrapStateIn = 'file';

export type BootstrapStateIn = 'file' | 'bucket';

/** The parts of an environment that say where its state is. */
type StateOwner = Pick<Environment, 'name' | 'project' | 'region' | 'accountId' | 'state'>;

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The state backend of an environment. The bucket is, in this order: the variable `STAGECRAFT_STATE_BUCKET`, `state.bucket`
 * of the environment, `<project>-tfstate-<accountId>`, and without an account `<project>-tfstate-<region>`. Names of
 * buckets are global to AWS: set `accountId` or `state.bucket` before the first deployment.
 *
 * @throws EnvironmentError when the variable holds no name that S3 allows
 */
export function stateBackend(environment: StateOwner, variables: Variables = process.env): StateBackend {
  const region = environment.state.region ?? environment.region;
  return {
    bucket:
      bucketFrom(variables) ??
      environment.state.bucket ??
      `${environment.project}-tfstate-${environment.accountId ?? region}`,
    key: `${environment.project}/${environment.name}.tfstate`,
    region,
    dynamodbTable: `${environment.project}-tfstate-locks`,
  };
}

function bucketFrom(variables: Variables): string | undefined {
  const name = variables[bucketVariable];
  if (name === undefined || name === '') return undefined;
  if (/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(name)) return name;
  throw new EnvironmentError(`The variable ${bucketVariable} holds no bucket name`, [
    `${JSON.stringify(name)} is not allowed; allowed: 3 to 63 lower-case letters, digits and hyphens`,
  ]);
}

const bucketVariable = 'STAGECRAFT_STATE_BUCKET';
