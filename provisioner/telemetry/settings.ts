import { isSpanContextValid, type SpanContext } from '@opentelemetry/api';

type Variables = Readonly<Record<string, string | undefined>>;

/** Whether traces are sent, by OpenTelemetry's standard environment variables; or why they can't be. */
export type TraceSettings =
  | { readonly kind: 'off' }
  | { readonly kind: 'unusable'; readonly reason: string }
  | {
      readonly kind: 'on';
      /** How long one request may take, with retries, in milliseconds. */
      readonly timeout: number;
      /** The span of the CI job that started the run, from TRACEPARENT (W3C Trace Context). */
      readonly parent?: SpanContext;
    };

/** The most that a collector which does not answer may delay the end of a run. */
const LONGEST_WAIT = 5000;

/**
 * Off unless OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is set. Headers, certificates, compression,
 * sampling and resource attributes are read by the SDK itself.
 */
export function traceSettings(variables: Variables): TraceSettings {
  const set = (name: string) => variables[name]?.trim() || undefined;
  const endpoint = set('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT') ?? set('OTEL_EXPORTER_OTLP_ENDPOINT');
  if (endpoint === undefined || set('OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return { kind: 'off' };
  if ((set('OTEL_TRACES_EXPORTER') ?? 'otlp') !== 'otlp') return { kind: 'off' };
  if (!/^https?:$/.test(URL.canParse(endpoint) ? new URL(endpoint).protocol : ''))
    return { kind: 'unusable', reason: 'the OTLP endpoint is not an http or https URL' };
  const protocol =
    set('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? set('OTEL_EXPORTER_OTLP_PROTOCOL') ?? 'http/protobuf';
  if (protocol !== 'http/protobuf')
    return {
      kind: 'unusable',
      reason: `OTEL_EXPORTER_OTLP_PROTOCOL is ${protocol}; they are sent as http/protobuf only`,
    };
  const wanted = Number(
    set('OTEL_EXPORTER_OTLP_TRACES_TIMEOUT') ?? set('OTEL_EXPORTER_OTLP_TIMEOUT') ?? LONGEST_WAIT,
  );
  const parent = parentFrom(set('TRACEPARENT'));
  return {
    kind: 'on',
    timeout: wanted > 0 ? Math.min(wanted, LONGEST_WAIT) : LONGEST_WAIT,
    ...(parent === undefined ? {} : { parent }),
  };
}

function parentFrom(traceparent: string | undefined): SpanContext | undefined {
  const [, version, traceId = '', spanId = '', flags = ''] =
    /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/.exec(traceparent ?? '') ?? [];
  const parent = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
  return version !== undefined && version !== 'ff' && isSpanContextValid(parent) ? parent : undefined;
}
