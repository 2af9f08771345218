import { EnvironmentError } from './errors';
import { nearest } from './nearest';
import { defineEnvironment, type Environment } from './schema';

/** Each file is read only when its environment is asked for: a mistake in one stops none of the others. */
const files = {
  dev: () => require('./dev'),
  prod: () => require('./prod'),
  sandbox: () => require('./sandbox'),
} satisfies Readonly<Record<string, () => unknown>>;

export type EnvironmentName = keyof typeof files;

/** The environments there are: one file each in this folder. */
export const environmentNames: readonly EnvironmentName[] = ['dev', 'prod', 'sandbox'];

/** The environments that live in AWS: all but the sandbox, which is this machine. */
export const awsEnvironmentNames: readonly EnvironmentName[] = environmentNames.filter(
  (name) => name !== 'sandbox',
);

/**
 * Reads and checks the file of an environment.
 *
 * @throws EnvironmentError when there is no such environment, or with one line for each mistake in its file
 */
export function loadEnvironment(name: string): Environment {
  const known = environmentNames.find((candidate) => candidate === name);
  if (known === undefined) throw unknownEnvironment(name);
  const source = `environments/${known}.ts`;
  const environment = defineEnvironment(read(known, source), source);
  if (environment.name === known) return environment;
  throw new EnvironmentError(`${source}: 1 mistake`, [
    `name: "${environment.name}" is not allowed; allowed: "${known}", as the file is called`,
  ]);
}

/**
 * Reads and checks several environments.
 *
 * @throws EnvironmentError with the mistakes of all of them
 */
export function loadEnvironments(names: readonly string[]): readonly Environment[] {
  const failures: EnvironmentError[] = [];
  const environments = names.flatMap((name) => {
    try {
      return [loadEnvironment(name)];
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      failures.push(error);
      return [];
    }
  });
  const [first, ...others] = failures;
  if (first === undefined) return environments;
  if (others.length === 0) throw first;
  throw new EnvironmentError(
    `${failures.length} environments have mistakes`,
    failures.flatMap((failure) => failure.message.split('\n')),
  );
}

function unknownEnvironment(name: string): EnvironmentError {
  const likely = nearest(name, environmentNames);
  return new EnvironmentError(`There is no environment "${name}".`, [
    likely === undefined ? `There are: ${environmentNames.join(', ')}.` : `Did you mean "${likely}"?`,
  ]);
}

function read(name: EnvironmentName, source: string): unknown {
  try {
    const module: unknown = files[name]();
    return typeof module === 'object' && module !== null ? Reflect.get(module, 'default') : undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new EnvironmentError(
      `${source} cannot be read`,
      message.split('\n').filter((line) => line !== ''),
    );
  }
}
