import type { Emit } from '../../engine/events';
import { ReportBuilder } from '../../report/build';
import type { Report } from '../../report/model';
import { runFolder } from '../../report/run-folder';
import { githubListener } from './github';
import { jsonListener } from './json';
import type { Listener, OutputFormat, Show } from './listener';
import { liveListener } from './live';
import { logFileListener } from './log-file';
import { wantsColor } from './paint';
import { plainListener } from './plain';
import { reportListener } from './report';
import { traceListener } from './trace';

/** What the operator asked to see, the record on disk, and the report of the run, in the order in which they are ended. */
export async function chooseListeners(
  options: {
    readonly output: OutputFormat;
    readonly diff?: true;
    readonly verbose?: true;
    readonly tasks?: 'folded';
  },
  runId: string,
): Promise<Listener[]> {
  const show: Show = {
    diff: options.diff === true,
    verbose: options.verbose === true,
    tasks: options.tasks ?? 'each',
    color: wantsColor(process.stdout, process.env),
    write: (text) => process.stdout.write(text),
  };
  const builder = new ReportBuilder();
  const isAdHoc = options.tasks === 'folded';
  const report = (): Report | undefined => builder.report();
  return [
    { on: (event) => builder.add(event), end: async () => {} },
    await shown(options.output, show, report),
    logFileListener(runFolder(runId).events),
    reportListener(runId, report, {
      // What a command printed is the answer to whoever typed it; a line of ours would be in the way.
      say: options.output === 'json' || isAdHoc ? () => {} : show.write,
      complain,
    }),
    // The text of a command that somebody typed may hold what must not leave this machine.
    ...(isAdHoc ? [] : [traceListener(report, complain)]),
  ];
}

function complain(text: string): void {
  process.stderr.write(text);
}

/** Tells every listener every event, with its time. */
export function tellAll(listeners: readonly Listener[], now: () => Date): Emit {
  return (body) => {
    const event = { time: now().toISOString(), ...body };
    for (const listener of listeners) listener.on(event);
  };
}

/** Lets every listener finish, one after the other: the place of the report is told below the recap. */
export async function endAll(listeners: readonly Listener[]): Promise<void> {
  for (const listener of listeners) await listener.end();
}

async function shown(format: OutputFormat, show: Show, report: () => Report | undefined): Promise<Listener> {
  switch (format) {
    case 'json':
      return jsonListener(show);
    case 'github':
      return githubListener(show, report, { summaryFile: process.env.GITHUB_STEP_SUMMARY, complain });
    case 'text':
      return textListener(show);
  }
}

async function textListener(show: Show): Promise<Listener> {
  const isLive = process.stdout.isTTY === true && (process.env.CI ?? '') === '';
  return isLive ? liveListener(show) : plainListener(show);
}
