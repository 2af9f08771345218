import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { loadEnvironment } from '../../../environments';
import { plannedNodes } from '../../../environments/fleet';
import { stateDirectory } from '../../state-directory';

const list = z.array(z.string()).default([]);

/** Names that are kept of an environment, so that completion asks nobody while somebody waits at a prompt. */
const names = z.object({ nodes: list, groups: list, tags: list, tasks: list, facts: list });

export type Names = z.infer<typeof names>;

/** The names as a command met them last; before the first time, the nodes that the environment's file asks for. */
export function knownNames(environment: string): Names {
  return kept(environment) ?? planned(environment);
}

/** Whether tags and tasks are known as they were within the last day: to find them takes a moment, with many nodes. */
export function areTasksKnown(environment: string): boolean {
  try {
    const age = Date.now() - statSync(fileOf(environment)).mtimeMs;
    return age < DAY_MS && (kept(environment)?.tasks.length ?? 0) > 0;
  } catch {
    return false;
  }
}

const DAY_MS = 86_400_000;

/** Keeps what is given, and what was known before of the rest. It is a convenience: a failure is none of the command's. */
export function rememberNames(environment: string, met: Partial<Names>): void {
  const file = fileOf(environment);
  const content = `${JSON.stringify({ ...kept(environment), ...met })}\n`;
  try {
    // Tasks that were looked for are as of now, the same or not.
    if (met.tasks === undefined && readOr(file, '') === content) return;
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.${process.pid}`, content, { mode: 0o600 });
    renameSync(`${file}.${process.pid}`, file);
  } catch {
    // A folder that belongs to somebody else, a full disk: completion then knows less.
  }
}

function kept(environment: string): Names | undefined {
  try {
    return names.parse(JSON.parse(readFileSync(fileOf(environment), 'utf8')));
  } catch {
    return undefined;
  }
}

function planned(environment: string): Names {
  const none = { nodes: [], groups: [], tags: [], tasks: [], facts: [] };
  try {
    const nodes = plannedNodes(loadEnvironment(environment));
    const groups = nodes.flatMap(({ role, group }) => [`${role}s`, ...(group === undefined ? [] : [group])]);
    return { ...none, nodes: nodes.map(({ name }) => name), groups: [...new Set(groups)] };
  } catch {
    return none;
  }
}

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return otherwise;
  }
}

function fileOf(environment: string): string {
  // What was typed so far may be anything: it names a file only where it can be an environment.
  const name = /^[a-z0-9-]{1,40}$/.test(environment) ? environment : '-';
  return join(stateDirectory(), 'names', `${name}.json`);
}
