import { nearest as nearestSpelling } from '../../environments/nearest';

/**
 * The valid name that was most likely meant: the nearest spelling (insertions, deletions, substitutions and swaps), else
 * the only one that begins like this. Undefined when none is near.
 */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const spelling = nearestSpelling(name, candidates);
  if (spelling !== undefined) return spelling;
  const begun =
    name.length < 2 ? [] : candidates.filter((one) => one.toLowerCase().startsWith(name.toLowerCase()));
  return begun.length === 1 ? begun[0] : undefined;
}

/** What to print after "unknown …": the nearest name if there is one, else all that there are. */
export function suggestion(name: string, candidates: readonly string[]): string {
  const near = nearest(name, candidates);
  if (near !== undefined) return `Did you mean '${near}'?`;
  return candidates.length === 0 ? 'There are none.' : `There are: ${candidates.join(', ')}.`;
}
