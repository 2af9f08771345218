import { escapeHtml } from './escape-html';
import { type Change, changesOf, departuresOf, type Failure, failuresOf } from './failures';
import type { NodeReport, Report } from './model';
import { counted, describeStop, describeVerdict, duration, isBad } from './wording';

/** GitHub refuses the summary of a step over 1 MiB; a part of it is left to what else the step writes. */
export const SUMMARY_BYTES = 900_000;
/** Of a text, and of the lines of the recap. */
const LONGEST = 6000;
const ROWS = 200;

/**
 * A run in Markdown, for the summary of a CI job: how it went, what failed, what changed with diffs folded away, the recap.
 * What nodes said is shown literally: it makes no markup, no link and no mention.
 *
 * @param fold how the names of many nodes are written
 */
export function runSummary(report: Report, fold: (names: readonly string[]) => string): string {
  const head = [title(report), ...notes(report)].join('\n\n');
  const recap = recapTable(report);
  const room = SUMMARY_BYTES - bytes(head) - bytes(recap) - 1000;
  const failures = within(room / 2, [
    ...failuresOf(report).map((failure) => failureBlock(failure, fold)),
    ...departuresOf(report).map(
      ({ kind, reason, nodes }) =>
        `⊘ **${counted(nodes.length, 'node')} ${kind}** (${code(fold(nodes))}): ${code(reason)}`,
    ),
  ]);
  const changes = within(
    room - bytes(failures),
    changesOf(report).map((change) => changeBlock(change, fold)),
  );
  const made = report.prerequisites
    .filter(({ status }) => status === 'changed')
    .map(({ name }) => `${report.mode === 'check' ? 'Would be made' : 'Made'}: ${code(name)}`);
  return [
    head,
    ...section('Failures', failures),
    ...section(
      report.mode === 'check' ? 'What would change' : 'What changed',
      [...made, changes].filter(Boolean).join('\n\n'),
    ),
    ...section('Recap', recap),
    '',
  ].join('\n\n');
}

function title(report: Report): string {
  const { environment, transport, nodes, milliseconds, origin, id, mode } = report;
  const by = origin === undefined ? '' : `, by ${code(`${origin.user} on ${origin.host}`)}`;
  return `## ${isBad(report.verdict) ? '✕' : '✓'} ${code(environment)}: ${describeVerdict(report)}

${mode === 'check' ? 'Check' : 'Run'} of ${counted(nodes.length, 'node')} over ${code(transport)} in ${duration(milliseconds)}${by}. Run ${code(id)}.`;
}

function notes(report: Report): string[] {
  const stop = describeStop(report);
  return [
    ...(report.simulated === undefined ? [] : [`> **Simulated.** ${code(report.simulated)}`]),
    ...(stop === undefined ? [] : [`> ${report.verdict.stopped === undefined ? stop : code(stop)}`]),
    ...report.warnings.map(({ what, next }) => `> **Warning.** ${code(what)}<br>${code(next)}`),
  ];
}

function section(heading: string, text: string): string[] {
  return text === '' ? [] : [`### ${heading}`, text];
}

function failureBlock(
  { task, play, what, nodes, example }: Failure,
  fold: (names: readonly string[]) => string,
): string {
  const { diff, error } = example;
  const texts = [
    ...(diff === undefined ? [] : ['What was not as wanted:', pre(diff)]),
    ...(error === undefined || error.lastLines.trim() === ''
      ? []
      : ['Last lines of its output:', pre(error.lastLines)]),
    ...(error === undefined ? [] : [`Whole log: ${code(error.log)}`]),
  ];
  const heading = `✕ **${code(task)}** failed on ${counted(nodes.length, 'node')} (${code(fold(nodes))}), play ${code(play)}: ${code(what)}`;
  return [heading, ...(texts.length === 0 ? [] : [details(`On ${code(nodes[0] ?? '')}`, texts)])].join(
    '\n\n',
  );
}

function changeBlock({ task, variants }: Change, fold: (names: readonly string[]) => string): string {
  const nodes = variants.reduce((sum, variant) => sum + variant.nodes.length, 0);
  const texts = variants.flatMap((variant) => {
    const text = [variant.example.diff, variant.example.output].filter((one) => one !== undefined).join('\n');
    return text === '' ? [code(fold(variant.nodes))] : [code(fold(variant.nodes)), pre(text)];
  });
  return details(`${code(task)}, ${counted(nodes, 'node')}`, [within(60_000, texts)]);
}

/** What needs a look first; of a large fleet not every node that is as it should be. */
function recapTable({ nodes, mode }: Report): string {
  const sorted = nodes.toSorted((a, b) => badness(b) - badness(a));
  const rows = sorted
    .slice(0, ROWS)
    .map(
      ({ name, counts: { ok, changed, unreachable, failed, skipped } }) =>
        `| ${code(name)} | ${ok} | ${changed} | ${unreachable} | ${failed} | ${skipped} |`,
    );
  const more = nodes.length > ROWS ? [`| and ${nodes.length - ROWS} more | | | | | |`] : [];
  if (rows.length === 0) return '';
  return [
    `| node | ok | ${mode === 'check' ? 'would change' : 'changed'} | unreachable | failed | skipped |`,
    '| --- | --: | --: | --: | --: | --: |',
    ...rows,
    ...more,
  ].join('\n');
}

function badness({ counts: { failed, unreachable, changed } }: NodeReport): number {
  if (failed > 0) return 3;
  if (unreachable > 0) return 2;
  return changed > 0 ? 1 : 0;
}

/** As many blocks as there is room for, and how many are left out. */
function within(room: number, blocks: readonly string[]): string {
  const kept: string[] = [];
  let left = room;
  for (const block of blocks) {
    left -= bytes(block) + 2;
    if (left < 0) break;
    kept.push(block);
  }
  const missing = blocks.length - kept.length;
  if (missing > 0) kept.push(`… and ${missing} more, in the run's report.html.`);
  return kept.join('\n\n');
}

function details(summary: string, content: readonly string[]): string {
  return [`<details><summary>${summary}</summary>`, ...content, '</details>'].join('\n\n');
}

function pre(text: string): string {
  const short =
    text.length <= LONGEST
      ? text
      : `${text.slice(0, LONGEST)}\n[… ${text.length - LONGEST} characters left out …]`;
  return `<pre>${escapeHtml(short.trimEnd())}</pre>`;
}

/** Text in a line, literally: no character of it can be part of Markdown, of a table or of HTML, and no word a link. */
function code(text: string): string {
  const line = text.replace(/\s+/g, ' ').slice(0, 2000);
  return `<code>${line.replace(MARKUP, (character) => `&#${character.charCodeAt(0)};`)}</code>`;
}

const MARKUP = /[&<>"'`*_~|[\]\\#!@{}$]|:(?=\/\/)|(?<=www)\./gi;

function bytes(text: string): number {
  return Buffer.byteLength(text);
}
