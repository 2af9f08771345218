import type { Report } from '../../report/model';
import type { Listener } from './listener';

/**
 * Sends the run as an OpenTelemetry trace when it is over, where the standard environment variables ask for it. A collector
 * that can't be reached costs a bounded moment and a line, and changes nothing about the run.
 */
export function traceListener(
  reportSoFar: () => Report | undefined,
  complain: (text: string) => void,
): Listener {
  return {
    on: () => {},
    end: async () => {
      if (!isAskedFor()) return;
      // The SDK takes a while to load.
      const { traceSettings } = await import('../../telemetry/settings');
      const settings = traceSettings(process.env);
      const report = reportSoFar();
      if (settings.kind === 'off' || report === undefined) return;
      if (settings.kind === 'unusable') {
        complain(`The trace of the run was not sent: ${settings.reason}.\n`);
        return;
      }
      try {
        const { exportTrace } = await import('../../telemetry/export-trace');
        const { traceOf } = await import('../../report/trace');
        await exportTrace(traceOf(report), settings);
      } catch (error) {
        complain(`The trace of the run was not sent, or not all of it: ${reasonOf(error)}.\n`);
      }
    },
  };
}

function isAskedFor(): boolean {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: all, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces } = process.env;
  return Boolean(all) || Boolean(traces);
}

/** An error of a connection to several addresses has its reasons inside. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return line === '' ? 'no answer' : line;
}
