import { relative } from 'node:path';
import type { Report } from '../../report/model';
import { removeOldRuns, runFolder, writeReport } from '../../report/run-folder';
import type { Listener } from './listener';

/**
 * Writes the run's report when it is over, however it ends, and removes old runs. A report that can't be written is said,
 * and changes nothing about the run.
 *
 * @param say told where the report is
 * @param complain told why there is none
 */
export function reportListener(
  runId: string,
  reportSoFar: () => Report | undefined,
  { say, complain }: { readonly say: (text: string) => void; readonly complain: (text: string) => void },
): Listener {
  return {
    on: () => {},
    end: async () => {
      const report = reportSoFar();
      if (report === undefined) return;
      const folder = runFolder(runId);
      try {
        writeReport(folder, report);
        removeOldRuns();
        say(`report: ${shownPath(folder.report)}\n`);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        complain(
          `The report could not be written: ${reason}\n  Once that is mended, \`npm run report\` makes it from the run's events.\n`,
        );
      }
    },
  };
}

/** As an operator would type it: from here where that is shorter. */
export function shownPath(path: string): string {
  const near = relative(process.cwd(), path);
  return near.startsWith('..') ? path : near;
}
