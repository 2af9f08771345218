import { z } from 'zod';
import type { Facts } from './facts';
import type { Host } from './play';
import { type NodeValue, quote, type Shell, sh, type VariableOf } from './shell';

/** Who started a run, and how. It is kept on nodes and in the lease, so it holds no secret. */
export interface RunOrigin {
  /** Name of the operator's account. */
  readonly user: string;
  /** Name of the machine that the run is controlled from. */
  readonly host: string;
  /** The command line, without what may be secret in it. */
  readonly command: string;
  /** When the run was started, by the clock of that machine: ISO 8601. */
  readonly started: string;
}

/** What a play's script leaves on its nodes about the run. */
export interface LastRunEntry {
  readonly origin: RunOrigin;
  readonly play: string;
  /** Names of the hosts that have a later play in this run: for the others the run is finished with this one. */
  readonly later: ReadonlySet<string>;
}

/** What a node remembers of the last run in apply mode. */
export type LastRun = z.infer<typeof record>;

/** The facts that a node's record of its last run is: `last_run_<key>`, none where no run has been. */
export const lastRunFacts: Shell = sh`[ ! -r "$SC_STATE/last-run" ] || sed -n 's/^\\([a-z]*\\)=/last_run_\\1=/p' "$SC_STATE/last-run"`;

/** The last run among a node's facts. Undefined where there was none, or its record is not one. */
export function lastRunOf(facts: Facts): LastRun | undefined {
  const own = [...facts].flatMap(([key, value]) =>
    key.startsWith(PREFIX) ? [[key.slice(PREFIX.length), value]] : [],
  );
  return record.safeParse(Object.fromEntries(own)).data;
}

/** The lines of a script that tell the runtime what to remember; see `sc_remember` there. */
export function renderEntry(
  { origin, play, later }: LastRunEntry,
  hosts: readonly Host[],
  variableOf: VariableOf,
): string[] {
  const fields = {
    started: origin.started,
    user: origin.user,
    host: origin.host,
    command: origin.command,
    play,
  };
  const text = Object.entries(fields)
    .map(([key, value]) => `${key}=${oneLine(value)}`)
    .join('\n');
  return [`SC_ENTRY=${quote(text)}`, `SC_FINAL=${finalMark(later, hosts, variableOf)}`];
}

const PREFIX = 'last_run_';

const count = z.coerce.number().int().min(0);

const record = z.object({
  /** Id of the run: its log on the node is `/var/log/stagecraft/<run>.log`. */
  run: z.string().regex(/^[0-9A-Za-z-]+$/),
  started: z.iso.datetime(),
  user: z.string(),
  host: z.string(),
  command: z.string(),
  /** The last play that began on this node. */
  play: z.string(),
  /**
   * `finished` and `failed` are told at the end of the node's last play. `running` without a run at work is a run that
   * broke off: the lease of the environment tells which it is.
   */
  state: z.enum(['running', 'finished', 'failed']),
  /** Tasks as in the recap. Of a run that broke off in the middle of a play, without the tasks of that play. */
  ok: count,
  changed: count,
  failed: count,
  skipped: count,
  /** By the node's clock: ISO 8601. Absent while it is `running`. */
  ended: z.iso.datetime().optional(),
});

/** A record is made of lines: what would break one, or draw on a terminal, becomes a blank. */
function oneLine(value: string): string {
  return value.replace(/\p{Cc}+/gu, ' ').slice(0, 300);
}

/** `1` where the play is the node's last one; a variable of the node where the hosts of the script differ in that. */
function finalMark(later: ReadonlySet<string>, hosts: readonly Host[], variableOf: VariableOf): string {
  const values = new Map(hosts.map(({ name }) => [name, later.has(name) ? '' : '1']));
  const distinct = [...new Set(values.values())];
  const own: NodeValue = { kind: 'perNode', values };
  return distinct.length === 1 ? (distinct[0] ?? '') : `$${variableOf(own)}`;
}
