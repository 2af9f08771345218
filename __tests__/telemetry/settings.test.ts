import { traceSettings } from '../../provisioner/telemetry/settings';

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
const parent = (traceparent: string) => {
  const settings = traceSettings({ ...endpoint, TRACEPARENT: traceparent });
  return settings.kind === 'on' ? settings.parent : undefined;
};

test.each([
  ['without an endpoint', {}],
  ['with an empty one', { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }],
  ['with OTEL_SDK_DISABLED', { ...endpoint, OTEL_SDK_DISABLED: 'TRUE' }],
  ['with another exporter', { ...endpoint, OTEL_TRACES_EXPORTER: 'none' }],
])('traces are off %s', (_, variables) => {
  expect(traceSettings(variables)).toEqual({ kind: 'off' });
});

test.each([
  ['no scheme', { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, 'URL'],
  ['another scheme', { OTEL_EXPORTER_OTLP_ENDPOINT: 'grpc://collector:4317' }, 'URL'],
  ['another protocol', { ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'http/protobuf only'],
])('%s is said to be unusable', (_, variables, reason) => {
  expect(traceSettings(variables)).toMatchObject({
    kind: 'unusable',
    reason: expect.stringContaining(reason),
  });
});

test('a collector may take a bounded time, or less where that is asked for', () => {
  expect(traceSettings(endpoint)).toEqual({ kind: 'on', timeout: 5000 });
  expect(traceSettings({ ...endpoint, OTEL_EXPORTER_OTLP_TIMEOUT: '60000' })).toMatchObject({
    timeout: 5000,
  });
  expect(traceSettings({ ...endpoint, OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '200' })).toMatchObject({
    timeout: 200,
  });
  expect(traceSettings({ ...endpoint, OTEL_EXPORTER_OTLP_TIMEOUT: 'soon' })).toMatchObject({ timeout: 5000 });
});

test('the parent is what TRACEPARENT says, and none where that is no trace', () => {
  const [traceId, spanId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
  expect(parent(`00-${traceId}-${spanId}-01`)).toEqual({ traceId, spanId, traceFlags: 1, isRemote: true });
  for (const wrong of ['', 'x', `ff-${traceId}-${spanId}-01`, `00-${'0'.repeat(32)}-${spanId}-01`])
    expect(parent(wrong)).toBeUndefined();
});
