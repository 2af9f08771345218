import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import { environmentNames, loadEnvironment } from '../../environments';
import { exitCodes, UserError } from '../errors';
import type { RunFolder } from '../report/run-folder';
import { addExamples } from './examples';
import { suggestion } from './suggest';

interface ReportOptions {
  readonly env?: string;
  readonly list?: true;
  readonly open: boolean;
}

/** `report`: opens the report of a run, which is made anew where it is missing; or lists the runs that there are. */
export function registerReport(program: Command): void {
  const command = program
    .command('report')
    .description("Open a run's report: failures, changes, timeline. The last run where none is named.")
    .argument('[run]', 'a run by its id, or the beginning of it')
    .option('--env <name>', `only runs of this environment: ${environmentNames.join(', ')}`)
    .option('--list', 'list the runs, the latest first, and stop')
    .option('--no-open', 'print where the report is, and open nothing');
  addExamples(
    command,
    [
      ['npm run report -- --env prod', 'the last run in prod'],
      ['npm run report -- --list', 'every run that is kept'],
      ['npm run report -- 20261125T0312', 'one of them'],
    ],
    'The last 50 runs are kept in .stagecraft/runs/ (STAGECRAFT_STATE_DIR moves it). A report is one file and needs\nno network: mail it, or attach it to a ticket.',
  );
  command.action(async (run: string | undefined, options: ReportOptions) => {
    await report(run, options);
  });
}

async function report(run: string | undefined, { env, list, open }: ReportOptions): Promise<void> {
  if (env !== undefined) loadEnvironment(env);
  const { glanceAt, runFolders } = await import('../report/run-folder');
  const folders = runFolders().filter((folder) => env === undefined || glanceAt(folder)?.environment === env);
  if (list) {
    const { runList } = await import('../report/run-list');
    process.stdout.write(`${runList(folders.flatMap((folder) => glanceAt(folder) ?? []))}\n`);
    return;
  }
  const folder = chosen(folders, run, env);
  await make(folder);
  process.stdout.write(`${folder.report}\n`);
  if (open) openInBrowser(folder.report);
}

function chosen(folders: readonly RunFolder[], run: string | undefined, env: string | undefined): RunFolder {
  const [latest] = folders;
  const where = env === undefined ? '' : ` of ${env}`;
  if (latest === undefined)
    throw new UserError(
      `No run${where} has left a record on this machine.`,
      `Start one: \`npm run provision -- --env ${env ?? 'sandbox'} --check\`. Records of others are on their machines.`,
    );
  if (run === undefined) return latest;
  const found = folders.filter(({ id }) => id.startsWith(run));
  const [only, ...more] = found;
  if (only !== undefined && more.length === 0) return only;
  if (only === undefined)
    throw new UserError(
      `There is no run "${run}"${where}.`,
      suggestion(
        run,
        folders.slice(0, 10).map(({ id }) => id),
      ),
      exitCodes.usage,
    );
  throw new UserError(
    `"${run}" is the beginning of ${found.length} runs.`,
    `They are ${found.map(({ id }) => id).join(', ')}.`,
    exitCodes.usage,
  );
}

/** A controller that was killed left events and no report, or an older one. */
async function make(folder: RunFolder): Promise<void> {
  const { hasReport, readRun, writeReport } = await import('../report/run-folder');
  if (hasReport(folder)) return;
  const { report: made, unreadable } = await readRun(folder);
  if (made === undefined)
    throw new UserError(`${folder.events} does not begin with the start of a run.`, 'See --list for others.');
  if (unreadable > 0)
    process.stderr.write(
      `${unreadable} of the lines in ${folder.events} could not be read and are left out\n`,
    );
  writeReport(folder, made);
}

/** Where there is a screen to show it on; anywhere else the path has to do. */
function openInBrowser(path: string): void {
  const opener = openerHere(process.platform, process.env);
  if (opener === undefined) return;
  const child = spawn(opener, [path], { detached: true, stdio: 'ignore' });
  // No such program: the path is printed already.
  child.on('error', () => {});
  child.unref();
}

export function openerHere(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): string | undefined {
  if (platform === 'darwin') return 'open';
  const hasDisplay = Boolean(env.DISPLAY) || Boolean(env.WAYLAND_DISPLAY);
  return platform === 'linux' && hasDisplay && !env.CI ? 'xdg-open' : undefined;
}
