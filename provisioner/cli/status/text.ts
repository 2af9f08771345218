import { visibleLine } from '../../report/visible';
import { count } from '../output/describe';
import { type Paint, paint } from '../output/paint';
import { minute } from './moments';
import type { Finding, Level, Status } from './status';

/** A status for people: one screen, the worst first. */
export function statusText(status: Status, isColored: boolean): string {
  const color = paint(isColored);
  const nodes = count(Object.keys(status.nodes).length, 'node');
  const head = `${color.bold(status.environment)}: ${tint(color, status.level)(verdict[status.level])} (${nodes}, ${minute(status.time)})`;
  return [
    head,
    ...(status.simulated === undefined ? [] : [color.yellow(status.simulated)]),
    '',
    ...status.findings.flatMap((finding) => findingLines(finding, color)),
  ].join('\n');
}

const verdict: Readonly<Record<Level, string>> = {
  bad: 'something is wrong',
  attention: 'needs attention',
  ok: 'all is well',
};

const LEVEL = Math.max(...Object.keys(verdict).map(({ length }) => length)) + 2;
const SUBJECT = 'certificates'.length + 2;

/** What nodes say of themselves must not draw on the terminal, nor pass for a line of this. */
function findingLines({ level, about, what, details, next }: Finding, color: Paint): string[] {
  const indent = ' '.repeat(LEVEL + SUBJECT);
  return [
    `${tint(color, level)(level.padEnd(LEVEL))}${color.bold(about.padEnd(SUBJECT))}${visibleLine(what)}`,
    ...details.map((line) => `${indent}${visibleLine(line)}`),
    ...(next === undefined ? [] : [`${indent}${color.dim('→')} ${visibleLine(next)}`]),
  ];
}

function tint(color: Paint, level: Level): (text: string) => string {
  return { bad: color.red, attention: color.yellow, ok: color.green }[level];
}
