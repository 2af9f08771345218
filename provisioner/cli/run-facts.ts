import { stringify } from 'yaml';
import { wildcard } from '../engine/pattern';
import { type ExitCode, exitCodes, UserError } from '../errors';
import { visibleLine } from '../report/visible';
import { factTable, type NodeFacts } from './fact-table';
import { observe } from './observe';
import { openFleet } from './open-fleet';
import type { DataFormat, FleetFlags } from './options';
import { nearest } from './suggest';
import { exitCodeOf, type INTERRUPTED } from './verdict';

/** The flags of `facts`, as commander gives them. */
export interface FactsOptions extends FleetFlags {
  readonly filter?: readonly string[];
  readonly format: DataFormat;
  readonly forks: number;
}

/** Runs `facts`. @throws UserError or EnvironmentError for everything that the operator can mend */
export async function showFacts(options: FactsOptions): Promise<ExitCode | typeof INTERRUPTED> {
  const fleet = await openFleet(options);
  // Facts are asked for within a time of their own; there is no play that could take longer.
  const { facts, unreachable, result } = await observe(fleet, { forks: options.forks, timeoutSeconds: 120 });
  const chosen = chooseFacts(facts, options.filter);
  process.stdout.write(`${render(fleet.environment.name, chosen, unreachable, options.format)}\n`);
  if (result.stopped?.kind === 'refused')
    throw new UserError(
      `The inventory is out of date: ${visibleLine(result.stopped.reason)}.`,
      'Deploy, then ask again.',
    );
  return exitCodeOf(result, { check: true, detailed: false });
}

/** @throws UserError for a filter that no fact of any node matches */
export function chooseFacts(facts: NodeFacts, filter: readonly string[] | undefined): NodeFacts {
  if (filter === undefined) return facts;
  const known = [...new Set([...facts.values()].flatMap((own) => Object.keys(own)))].sort();
  const missing = filter.find((pattern) => !known.some((key) => wildcard(pattern).test(key)));
  // Without an answer of any node, a filter cannot be told to be wrong.
  if (missing !== undefined && known.length > 0) {
    const near = nearest(missing, known);
    throw new UserError(
      `No node has a fact "${missing}".`,
      near === undefined ? `There are: ${known.join(', ')}.` : `Did you mean '${near}'?`,
      exitCodes.usage,
    );
  }
  const isWanted = (key: string) => filter.some((pattern) => wildcard(pattern).test(key));
  return new Map(
    [...facts].map(([node, own]) => [
      node,
      Object.fromEntries(Object.entries(own).filter(([key]) => isWanted(key))),
    ]),
  );
}

function render(
  environment: string,
  facts: NodeFacts,
  unreachable: ReadonlyMap<string, string>,
  format: DataFormat,
): string {
  if (format === 'table') return factTable(facts, unreachable);
  const document = {
    environment,
    nodes: Object.fromEntries(facts),
    unreachable: Object.fromEntries(unreachable),
  };
  return format === 'json' ? JSON.stringify(document, null, 2) : stringify(document).trimEnd();
}
