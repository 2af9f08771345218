import { appendFileSync } from 'node:fs';
import type { RunEvent } from '../../engine/events';
import { departuresOf, failuresOf } from '../../report/failures';
import type { Report } from '../../report/model';
import { runSummary } from '../../report/summary';
import { visible } from '../../report/visible';
import { describeStop, totals } from '../../report/wording';
import { count } from './describe';
import { foldedNames } from './folded';
import type { Listener, Show } from './listener';
import { plainListener } from './plain';

/** GitHub shows the first ten annotations of a kind that a step makes. */
const ANNOTATIONS = 10;

/**
 * For GitHub Actions: plain lines with a group for each play, an annotation for each thing that went wrong, and the run
 * as the summary of the step. Outside of GitHub, where no file for the summary is named, it is printed at the end.
 *
 * @param summaryFile what GITHUB_STEP_SUMMARY names
 */
export function githubListener(
  show: Show,
  reportSoFar: () => Report | undefined,
  {
    summaryFile,
    complain,
  }: { readonly summaryFile: string | undefined; readonly complain: (text: string) => void },
): Listener {
  const plain = plainListener({ ...show, color: false, write: (text) => show.write(harmless(text)) });
  let isOpen = false;
  const close = (): void => {
    if (isOpen) show.write('::endgroup::\n');
    isOpen = false;
  };
  const on = (event: RunEvent): void => {
    if (event.type === 'play-started') {
      close();
      const { play, hosts, tasks } = event;
      show.write(
        command('group', {}, `PLAY [${play}] ${count(hosts.length, 'node')}, ${count(tasks, 'task')}`),
      );
      isOpen = true;
      return;
    }
    if (event.type === 'run-finished') close();
    plain.on(event);
    if (event.type === 'play-finished') close();
  };
  const end = async (): Promise<void> => {
    close();
    await plain.end();
    const report = reportSoFar();
    if (report === undefined) return;
    show.write(annotations(report).join(''));
    const summary = runSummary(report, foldedNames);
    if (summaryFile === undefined || summaryFile === '') {
      show.write(`\n${harmless(summary)}`);
      return;
    }
    try {
      appendFileSync(summaryFile, summary);
    } catch (error) {
      complain(
        `The summary could not be written to ${summaryFile}: ${error instanceof Error ? error.message : error}\n`,
      );
    }
  };
  return { on, end };
}

function annotations(report: Report): string[] {
  const stop = describeStop(report);
  const errors = [
    ...failuresOf(report).map(({ task, what, nodes }) =>
      command(
        'error',
        { title: `${task} failed on ${count(nodes.length, 'node')}` },
        `${what}\n${foldedNames(nodes)}`,
      ),
    ),
    ...departuresOf(report).map(({ kind, reason, nodes }) =>
      command(
        'error',
        { title: `${count(nodes.length, 'node')} ${kind}` },
        `${reason}\n${foldedNames(nodes)}`,
      ),
    ),
    ...(stop === undefined ? [] : [command('error', { title: 'The run ended early' }, stop)]),
  ];
  const warnings = [
    ...driftOf(report),
    ...report.warnings.map(({ what, next }) => command('warning', { title: what }, next)),
  ];
  return [...errors.slice(0, ANNOTATIONS), ...warnings.slice(0, ANNOTATIONS)];
}

/** What a check found, for schedules that look for drift. */
function driftOf(report: Report): string[] {
  const { nodes, tasks } = totals(report);
  if (report.mode !== 'check' || nodes.changed === 0) return [];
  const title = `${count(nodes.changed, 'node')} would change`;
  return [command('warning', { title }, `in ${count(tasks.changed, 'task')}; nothing was changed`)];
}

/** A workflow command; https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands. */
function command(name: string, properties: Readonly<Record<string, string>>, message: string): string {
  const given = Object.entries(properties).map(([key, value]) => `${key}=${inProperty(value)}`);
  return `::${[name, given.join(',')].join(' ').trim()}::${inMessage(message)}\n`;
}

function inMessage(text: string): string {
  return visible(text).replaceAll('%', '%25').replaceAll('\n', '%0A');
}

function inProperty(text: string): string {
  return inMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/**
 * The runner obeys a line that begins with `::`, spaces aside, and `##[` wherever it stands. What a node printed must not
 * give it orders, so both are taken apart.
 */
export function harmless(text: string): string {
  return visible(text)
    .replace(/^(\s*):(?=:)/gm, '$1: ')
    .replaceAll('##[', '## [');
}
