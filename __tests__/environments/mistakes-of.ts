import { EnvironmentError } from '../../environments/errors';
import { defineEnvironment } from '../../environments/schema';

/** The lines that an environment is refused with; none when it is accepted. */
export function mistakesOf(input: unknown): readonly string[] {
  try {
    defineEnvironment(input, 'environments/test.ts');
    return [];
  } catch (error) {
    if (error instanceof EnvironmentError) return error.problems;
    throw error;
  }
}
