import { knownNames, PatternError, selectHosts } from '../engine/pattern';
import { type PlannedPlay, taskTitle } from '../engine/plan';
import type { Host, Play } from '../engine/play';
import { stepsOf } from '../engine/steps';
import { exitCodes, UserError } from '../errors';
import { nearest, suggestion } from './suggest';

/** @throws UserError for a tag that no task has */
export function refuseUnknownTags<Context>(
  plays: readonly Play<Context>[],
  context: Context,
  tags: readonly string[],
): void {
  const known = new Set(['all', 'always', 'never', 'tagged', 'untagged']);
  for (const step of plays.flatMap((play) => stepsOf(play, context)))
    for (const tag of step.tags) known.add(tag);
  const unknown = tags.find((tag) => !known.has(tag));
  if (unknown !== undefined)
    throw new UserError(
      `No task has the tag "${unknown}".`,
      suggestion(unknown, [...known]),
      exitCodes.usage,
    );
}

/** @throws UserError for `--start-at-task` with a name that no task has */
export function refuseUnknownTask<Context>(
  plays: readonly Play<Context>[],
  context: Context,
  name: string | undefined,
  planned: readonly PlannedPlay<Context>[],
): void {
  if (name === undefined || planned.length > 0) return;
  const titles = plays.flatMap((play) => stepsOf(play, context).map(taskTitle));
  const near = nearest(name, titles);
  throw new UserError(
    `No task of this run is named "${name}".`,
    near === undefined ? 'See --list-tasks.' : `Did you mean '${near}'? See --list-tasks.`,
    exitCodes.usage,
  );
}

/** The hosts that `--limit` leaves. @throws UserError for a limit that names nothing there is */
export function limitedHosts(hosts: readonly Host[], limit: string | undefined): readonly Host[] {
  if (limit === undefined) return hosts;
  try {
    const found = selectHosts(hosts, limit);
    if (found.length > 0) return found;
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    const hint =
      error.unknown === undefined ? 'See --list-hosts.' : suggestion(error.unknown, knownNames(hosts));
    throw new UserError(`--limit ${limit}: ${error.message}.`, hint, exitCodes.usage);
  }
  throw new UserError(`--limit ${limit} leaves no host.`, 'See --list-hosts.', exitCodes.usage);
}

/** The hosts of a play. One for a group that this environment happens not to have runs nowhere; that is no mistake. */
export function playHosts(hosts: readonly Host[], pattern: string): Host[] {
  try {
    return selectHosts(hosts, pattern);
  } catch (error) {
    if (error instanceof PatternError && error.unknown !== undefined) return [];
    throw error;
  }
}
