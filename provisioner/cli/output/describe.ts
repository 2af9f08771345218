import type { Counts, EventBody, NodeHeld, RunEvent, TaskEvent } from '../../engine/events';
import { visible, visibleLine } from '../../report/visible';
import { type Paint, paint } from './paint';

/** How events read as text: shared by the plain lines and the live view. What nodes say must not move the cursor. */

type EventOf<T extends EventBody['type']> = Extract<RunEvent, { type: T }>;

const REST = 'the rest is in the log';

export function describeStart(event: EventOf<'run-started'>, color: Paint): string {
  const mode = event.mode === 'check' ? ', check only: nothing will be changed' : '';
  const simulated = event.simulated === undefined ? '' : `\n${color.yellow(event.simulated)}`;
  return `${color.bold(`${event.environment}`)}: ${count(event.hosts.length, 'node')}, ${count(event.plays.length, 'play')} over ${event.transport}${mode} ${color.dim(`(run ${event.runId})`)}${simulated}`;
}

export function describePlay(event: EventOf<'play-started'>, color: Paint): string {
  return color.bold(
    `PLAY [${event.play}] ${count(event.hosts.length, 'node')}, ${count(event.tasks, 'task')}`,
  );
}

/** A task's line, its diff and its error where they are to be shown. */
export function describeTask(
  event: TaskEvent,
  show: { diff: boolean; verbose: boolean; color: boolean },
): string {
  const color = paint(show.color);
  const status = { ok: color.green, changed: color.yellow, skipped: color.cyan, failed: color.red }[
    event.status
  ](event.status);
  const took = event.milliseconds >= 1000 ? color.dim(` ${seconds(event.milliseconds)}`) : '';
  const lines = [`  ${status}: [${event.node}] ${event.role} : ${event.task}${took}`];
  if ((show.diff || show.verbose) && event.status === 'changed' && event.diff)
    lines.push(...diffLines(event.diff, color));
  if (show.verbose && event.output)
    lines.push(...indented(visible(event.output).trimEnd().split('\n'), '| '));
  if (event.error !== undefined) lines.push(...errorLines(event, color));
  return lines.join('\n');
}

/** A node that waits for its turn to be out of service. */
export function describeHeld(
  event: NodeHeld,
  show: { diff: boolean; verbose: boolean; color: boolean },
): string {
  const color = paint(show.color);
  const line = `  ${color.yellow('held')}: [${event.node}] before ${event.role} : ${event.task} ${color.dim('(one node at a time)')}`;
  return (show.diff || show.verbose) && event.diff
    ? [line, ...diffLines(event.diff, color)].join('\n')
    : line;
}

export function describeDisruptionStart(event: EventOf<'disruption-started'>, color: Paint): string {
  const by = event.by === undefined || event.by === event.node ? '' : ` by ${event.by}`;
  const what = event.resumed
    ? `left out of service by an earlier run, being put back${by}`
    : `taken out of service${by}`;
  return `  ${color.yellow('disrupted')}: [${event.node}] ${what}`;
}

export function describeDisruptionEnd(event: EventOf<'disruption-finished'>, color: Paint): string {
  const took = color.dim(` ${seconds(event.milliseconds)}`);
  return event.outcome === 'back'
    ? `  ${color.green('in service')}: [${event.node}]${took}`
    : `  ${color.red('stopped')}: [${event.node}] ${said(event.reason ?? '', took)}`;
}

export function describeUnreachable(event: EventOf<'node-unreachable'>, color: Paint): string {
  return `  ${color.red('unreachable')}: [${event.node}] ${said(event.reason)}`;
}

export function describeCancelled(event: EventOf<'node-cancelled'>, color: Paint): string {
  const task = event.task === undefined ? '' : ` in "${event.task}"`;
  return `  ${color.red('cancelled')}: [${event.node}]${task} ${said(event.reason)}`;
}

export function describePrerequisite(
  event: EventOf<'prerequisite'>,
  mode: 'apply' | 'check',
  color: Paint,
): string {
  const changed = mode === 'check' ? 'would be made' : 'made';
  return event.status === 'ok'
    ? color.dim(`  ${event.name}: there`)
    : `  ${color.yellow(changed)}: ${event.name}`;
}

/** The recap in Ansible's form, then what stopped the run, then what it cost. */
export function describeRecap(event: EventOf<'run-finished'>, color: Paint): string {
  const width = Math.max(0, ...Object.keys(event.recap).map((name) => name.length));
  const nodes = Object.entries(event.recap).map(([node, counts]) =>
    recapLine(node.padEnd(width), counts, color),
  );
  const calls = event.apiCalls === 0 ? '' : `, ${count(event.apiCalls, 'API call')}`;
  const throttled = event.throttles === 0 ? '' : `, ${event.throttles} throttled`;
  return [
    color.bold('RECAP'),
    ...nodes,
    ...(event.stopped === undefined ? [] : [color.red(`stopped: ${said(event.stopped)}`)]),
    ...(event.warnings ?? []).map(
      ({ what, next }) => `${color.yellow(`warning: ${visibleLine(what)}`)}\n  ${visibleLine(next)}`,
    ),
    `${count(event.commands, 'command')}${calls}${throttled}, ${seconds(event.milliseconds)}`,
  ].join('\n');
}

/** Ansible's line for one node: `prod-server-1 : ok=41 changed=0 unreachable=0 failed=0 skipped=2`. */
export function recapLine(node: string, counts: Counts, color: Paint): string {
  const figures = (['ok', 'changed', 'unreachable', 'failed', 'skipped'] as const)
    .map((name) => `${name}=${counts[name]}`)
    .join(' ');
  const bad = counts.failed + counts.unreachable > 0;
  const tint = bad ? color.red : counts.changed > 0 ? color.yellow : color.green;
  return `${tint(node)} : ${figures}`;
}

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** A reason, which may be what a node printed: its further lines are set apart, so that none passes for one of ours. */
function said(reason: string, after = ''): string {
  const [first = '', ...more] = visible(reason).trimEnd().split('\n');
  return [`${first}${after}`, ...indented(more, '| ')].join('\n');
}

function errorLines({ error, diff }: TaskEvent, color: Paint): string[] {
  if (error === undefined) return [];
  const wanted =
    diff === undefined || diff.trim() === ''
      ? []
      : ['what was not as wanted:', ...indented(head(diff), '| ')];
  const last =
    error.lastLines.length === 0 || error.lastLines.join('') === ''
      ? []
      : ['last lines of its output:', ...indented(error.lastLines.map(visible), '| ')];
  const next = error.next === undefined ? [] : [`what to do: ${error.next}`];
  const what = said(error.what).split('\n');
  return indented([...what.map(color.red), ...wanted, ...last, ...next, `full log: ${error.log}`], '');
}

function head(textOf: string): string[] {
  const all = visible(textOf).trimEnd().split('\n');
  return all.length <= 12 ? all : [...all.slice(0, 12), `… ${all.length - 12} more lines, ${REST}`];
}

function diffLines(diff: string, color: Paint): string[] {
  return indented(
    visible(diff)
      .trimEnd()
      .split('\n')
      .map((line) => {
        if (line.startsWith('+')) return color.green(line);
        if (line.startsWith('-')) return color.red(line);
        return line.startsWith('@@') ? color.cyan(line) : line;
      }),
    '',
  );
}

function indented(lines: readonly string[], mark: string): string[] {
  return lines.map((line) => `    ${mark}${line}`);
}
