import { type Context, ROOT_CONTEXT, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BasicTracerProvider, type ReadableSpan, type SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { TraceSpan } from '../report/trace';
import type { TraceSettings } from './settings';

/** Spans of a request. */
const BATCH = 512;
/** Milliseconds that all requests of a run may take; a collector that is slow gets no more than this. */
const PATIENCE = 10_000;

/**
 * Sends a run's spans to the collector that the standard environment variables name, batch by batch, so that no more than
 * one is in memory. Gives up at the first batch that does not get through.
 *
 * @throws Error where the collector did not take everything
 */
export async function exportTrace(
  root: TraceSpan,
  settings: Extract<TraceSettings, { kind: 'on' }>,
): Promise<void> {
  const finished = new Finished();
  const provider = new BasicTracerProvider({ resource: resource(), spanProcessors: [finished] });
  const tracer = provider.getTracer('stagecraft');
  const exporter = new OTLPTraceExporter({ timeoutMillis: settings.timeout });
  const parent =
    settings.parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, settings.parent);
  const deadline = performance.now() + PATIENCE;
  try {
    for (const _ of spansOf(root, parent, tracer)) {
      if (finished.spans.length < BATCH) continue;
      if (performance.now() > deadline) throw new Error('the collector is too slow');
      await send(exporter, finished.take());
    }
    if (finished.spans.length > 0) await send(exporter, finished.take());
  } finally {
    await exporter.shutdown();
  }
}

/** Makes the spans of a tree, one a step: parents begin before and end after their children. */
function* spansOf(node: TraceSpan, parent: Context, tracer: Tracer): Generator<void> {
  const { name, start, end, attributes, error, children } = node;
  const span = tracer.startSpan(name, { startTime: start, attributes: { ...attributes } }, parent);
  if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error });
  const own = trace.setSpan(parent, span);
  for (const child of children) yield* spansOf(child, own, tracer);
  span.end(end);
  yield;
}

class Finished implements SpanProcessor {
  spans: ReadableSpan[] = [];

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    this.spans.push(span);
  }

  take(): ReadableSpan[] {
    const taken = this.spans;
    this.spans = [];
    return taken;
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}

function send(exporter: OTLPTraceExporter, spans: ReadableSpan[]): Promise<void> {
  return new Promise((resolve, reject) => {
    exporter.export(spans, ({ code, error }) => {
      // ExportResultCode.SUCCESS; its enum is in a package that this project does not depend on by itself.
      if (code === 0) resolve();
      else reject(error ?? new Error('the collector did not take them'));
    });
  });
}

/** OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win over what is said here. */
function resource() {
  return defaultResource()
    .merge(resourceFromAttributes({ 'service.name': 'stagecraft' }))
    .merge(detectResources({ detectors: [envDetector] }));
}
