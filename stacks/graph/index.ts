import type { Environment } from '../../environments/schema';
import type { TerraformConfiguration } from '../terraform/configuration';
import { synthesizeEnvironment } from '../terraform/synthesize';
import { draw } from './draw';
import { pictureOf } from './model';

/**
 * An SVG picture of an environment as its stack describes it: the VPC with its zones and subnets, what runs in them, what
 * stands in front and beside, and who may talk to whom. The same environment gives the same text, letter by letter.
 *
 * @throws EnvironmentError as a deployment would
 */
export function drawEnvironment(environment: Environment): string {
  return drawStack(synthesizeEnvironment(environment), environment);
}

/** The same, of a stack that has been synthesized already. */
export function drawStack(stack: TerraformConfiguration, environment: Environment): string {
  return draw(pictureOf(stack, environment));
}
