import { isSandbox, loadEnvironment } from '../../environments';
import { EnvironmentError } from '../../environments/errors';
import type { Environment } from '../../environments/schema';
import type { TerraformConfiguration } from '../terraform/configuration';
import { synthesizeEnvironment } from '../terraform/synthesize';
import { type Choices, choicesOf } from './choices';
import { type Estimate, estimate } from './estimate';
import { managedStack } from './managed';
import { usageOf } from './usage';

/** The name of the managed design among the environments. */
export const MANAGED = 'managed';

export interface CostedDesign extends Estimate {
  readonly choices: Choices;
}

/** How much less an environment costs than the managed design of it. */
export interface Saving {
  readonly environment: string;
  /** What the managed design is of. */
  readonly of: string;
  readonly managedUsd: number;
  /** Percent below `managedUsd`; negative when the environment costs more. */
  readonly percentBelow: number;
  /** Both, when EKS and RDS also save the nodes whose work they take over: the comparison at its strictest. */
  readonly leanUsd: number;
  readonly percentBelowLean: number;
}

export interface CostReport {
  readonly designs: readonly CostedDesign[];
  /** Empty without the managed design. */
  readonly savings: readonly Saving[];
}

interface Synthesized {
  readonly environment: Environment;
  readonly stack: TerraformConfiguration;
}

/**
 * Estimates environments by name; `managed` is the managed design of the first production environment among them (of
 * `prod` when there is none).
 *
 * @throws EnvironmentError for a name that is none, and for environments that have mistakes
 */
export function costReport(names: readonly string[]): CostReport {
  const synthesized = new Map(
    names.filter((name) => name !== MANAGED).map((name) => [name, synthesize(name)] as const),
  );
  const designs = () => [...synthesized.values()];
  const wantsManaged = names.includes(MANAGED);
  const base = wantsManaged
    ? (designs().find(({ environment }) => environment.production) ?? synthesize('prod'))
    : undefined;
  return {
    designs: names.flatMap((name) => {
      if (name === MANAGED) return base === undefined ? [] : [costed(MANAGED, managed(base, 'same'))];
      const found = synthesized.get(name);
      return found === undefined ? [] : [costed(name, found)];
    }),
    savings:
      base === undefined ? [] : designs().flatMap((one) => (one === base ? [savingOf(one, base)] : [])),
  };
}

function synthesize(name: string): Synthesized {
  const environment = loadEnvironment(name);
  if (isSandbox(name))
    throw new EnvironmentError('The sandbox runs on this machine: AWS bills nothing for it.', [
      'Ask for an environment in AWS, such as --env prod.',
    ]);
  return { environment, stack: synthesizeEnvironment(environment) };
}

function managed({ environment, stack }: Synthesized, nodes: 'same' | 'lean'): Synthesized {
  return { environment, stack: managedStack({ environment, stack, nodes }) };
}

function costed(name: string, { environment, stack }: Synthesized): CostedDesign {
  const usage = usageOf(environment);
  return {
    ...estimate({ name, region: environment.region, stack, usage }),
    choices: choicesOf(stack, environment),
  };
}

function savingOf(one: Synthesized, base: Synthesized): Saving {
  const { name } = one.environment;
  const own = costed(name, one).monthlyUsd;
  const managedUsd = costed(MANAGED, managed(base, 'same')).monthlyUsd;
  const leanUsd = costed(MANAGED, managed(base, 'lean')).monthlyUsd;
  return {
    environment: name,
    of: base.environment.name,
    managedUsd,
    percentBelow: percentBelow(own, managedUsd),
    leanUsd,
    percentBelowLean: percentBelow(own, leanUsd),
  };
}

function percentBelow(own: number, other: number): number {
  return other === 0 ? 0 : (1 - own / other) * 100;
}
