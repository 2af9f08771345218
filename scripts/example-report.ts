import { reportOf } from '../provisioner/report/build';
import { renderReport } from '../provisioner/report/render';
import { exampleRun } from './example-run';

/** The report of the example, as HTML. */
export function exampleReport(size: Parameters<typeof exampleRun>[0]): string {
  const report = reportOf(exampleRun(size));
  if (report === undefined) throw new Error('the example is no run');
  return renderReport(report);
}
