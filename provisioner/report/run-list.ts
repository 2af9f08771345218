import type { Report } from './model';
import { describeVerdict, duration, moment } from './wording';

/** Runs as a table, a line each. Those without a recap (still going on, or killed) show what is known. */
export function runList(reports: readonly Report[]): string {
  if (reports.length === 0) return 'No runs are kept.';
  const rows = [
    ['RUN', 'ENVIRONMENT', 'STARTED', 'MODE', 'NODES', 'TOOK', 'RESULT'],
    ...reports.map((report) => [
      report.id,
      report.environment,
      moment(report.startedAt),
      report.mode,
      String(report.nodes.length),
      report.usage === undefined ? '?' : duration(report.milliseconds),
      describeVerdict(report),
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
