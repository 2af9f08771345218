import { EnvironmentError } from './errors';
import { nearest } from './nearest';
import { defineEnvironment, type Environment } from './schema';
import { withSettings } from './settings';

/**
 * The environments there are: one file each in this folder, one line here. A file is read only when its environment is
 * asked for: a mistake in one stops none of the others.
 */
const files = {
  dev: () => require('./dev'),
  prod: () => require('./prod'),
  sandbox: () => require('./sandbox'),
  'sandbox-ha': () => require('./sandbox-ha'),
} satisfies Readonly<Record<string, () => unknown>>;

export type EnvironmentName = keyof typeof files;

/** In the order of the list. `Object.keys` does not tell that the keys are those of the list. */
export const environmentNames = Object.keys(files) as readonly EnvironmentName[];

/** The environments that the sandbox stands in for: they are on this machine. */
export const sandboxEnvironmentNames: readonly EnvironmentName[] = ['sandbox', 'sandbox-ha'];

/** The environments that live in AWS: all but those of the sandbox. */
export const awsEnvironmentNames: readonly EnvironmentName[] = environmentNames.filter(
  (name) => !isSandbox(name),
);

/** Whether an environment is on this machine rather than in AWS. */
export function isSandbox(name: string): boolean {
  return sandboxEnvironmentNames.some((candidate) => candidate === name);
}

/**
 * Reads and checks the file of an environment.
 *
 * @param settings laid over what the file says, for an environment of the sandbox only: `k3s.version=v1.34.4+k3s1`
 * @throws EnvironmentError when there is no such environment, or with one line for each mistake in its file
 */
export function loadEnvironment(name: string, settings: readonly string[] = []): Environment {
  const known = environmentNames.find((candidate) => candidate === name);
  if (known === undefined) throw unknownEnvironment(name);
  const source = `environments/${known}.ts`;
  if (settings.length === 0) return named(known, source, defineEnvironment(read(known, source), source));
  if (!isSandbox(known)) throw notToBeSet(known, source);
  const over = `${source} with ${settings.map((setting) => `--set ${setting}`).join(' ')}`;
  return named(known, over, defineEnvironment(withSettings(read(known, source), settings), over));
}

function named(known: EnvironmentName, source: string, environment: Environment): Environment {
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

/** What an environment in AWS is comes from its file, where it is reviewed and kept. */
function notToBeSet(name: string, source: string): EnvironmentError {
  return new EnvironmentError(`--set is for the sandbox; ${name} is in AWS.`, [`Change ${source} instead.`]);
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
