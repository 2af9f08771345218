import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { RunEvent } from '../../provisioner/engine/events';
import { reportOf } from '../../provisioner/report/build';
import { exampleRun } from '../../scripts/example-run';
import { at, failing, RUN, START, started, task } from '../report/events';
import { type ReceivedSpan, spansIn } from './otlp';

jest.setTimeout(120_000);

/** An OTLP/HTTP collector on loopback: what it was sent, and how it answers. */
class Collector {
  readonly requests: { readonly path: string; readonly headers: IncomingMessage['headers'] }[] = [];
  readonly spans: ReceivedSpan[] = [];
  status = 200;
  private readonly server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      this.requests.push({ path: request.url ?? '', headers: request.headers });
      const body = Buffer.concat(chunks);
      if (this.status === 200)
        this.spans.push(...spansIn(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body));
      response.writeHead(this.status, { 'content-type': 'application/x-protobuf' }).end();
    });
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    const { port } = this.server.address() as AddressInfo; // it listens on a port, not on a pipe
    return `http://127.0.0.1:${port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    // Closing a server that is closed is no news.
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  named(name: string): ReceivedSpan | undefined {
    return this.spans.find((span) => span.name === name);
  }
}

let collector: Collector;
let endpoint: string;
beforeEach(async () => {
  collector = new Collector();
  endpoint = await collector.start();
});
afterEach(() => collector.stop());

/** What the end of such a run says with these variables set. */
async function send(events: Iterable<RunEvent>, variables: Record<string, string>): Promise<string> {
  const others = Object.entries(process.env).filter(([name]) => !/^(OTEL_|TRACEPARENT$)/.test(name));
  const child = spawn(process.execPath, ['--import', 'tsx', join(__dirname, 'send-trace.ts')], {
    env: { ...Object.fromEntries(others), ...variables },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stdin.end([...events].map((event) => JSON.stringify(event)).join('\n'));
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(code).toBe(0);
  return said;
}

test('run, plays, nodes and tasks are spans within each other, with the times of the records', async () => {
  expect(await send(failing, { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })).toBe('');
  expect(collector.requests.map(({ path }) => path)).toEqual(['/v1/traces']);
  const [run, play, node, packages] = ['provision', 'play base', 'node web-1', 'base : packages'].map(
    (name) => collector.named(name),
  );
  expect(run).toMatchObject({
    parentId: '',
    start: START,
    end: START + 5200,
    status: { code: 2 },
    attributes: {
      'deployment.id': RUN,
      'deployment.environment.name': 'prod',
      'deployment.status': 'failed',
      'stagecraft.nodes': 2,
    },
    resource: { 'service.name': 'stagecraft' },
  });
  expect(play).toMatchObject({ parentId: run?.spanId, start: START + 1000, end: START + 5100 });
  expect(node).toMatchObject({ parentId: play?.spanId, start: START + 3000, end: START + 5000 });
  expect(packages).toMatchObject({
    parentId: node?.spanId,
    start: START + 3500,
    end: START + 5000,
    status: { code: 2, message: 'exit code 100' },
    attributes: {
      'host.name': 'web-1',
      'stagecraft.status': 'failed',
      'process.exit.code': 100,
      'error.type': 'task_failed',
    },
  });
  expect(collector.named('base : timezone')).toMatchObject({ parentId: node?.spanId, status: { code: 0 } });
  expect(collector.named('node db-1')).toMatchObject({
    parentId: run?.spanId,
    attributes: { 'error.type': 'unreachable' },
  });
  expect(new Set(collector.spans.map(({ traceId }) => traceId)).size).toBe(1);
  expect(collector.spans).toHaveLength(8);
});

test('nothing that a node said leaves this machine', async () => {
  const secret = 'canary-5ec7e7';
  const error = { what: `no result: ${secret}`, lastLines: [secret], log: secret };
  await send(
    [
      started(['n']),
      at(1, { type: 'play-started', play: 'base', hosts: ['n'], tasks: 2 }),
      task(10, 'n', 'a', { status: 'changed', diff: secret, output: secret }),
      task(20, 'n', 'b', { status: 'failed', diff: secret, error }),
      at(30, { type: 'node-unreachable', node: 'm', reason: secret }),
      at(30, { type: 'facts', node: 'n', facts: { a: secret } }),
    ],
    { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
  );
  expect(collector.spans.length).toBeGreaterThan(4);
  expect(JSON.stringify(collector.spans)).not.toContain(secret);
});

test('a fleet goes in several requests, every span once', async () => {
  expect(await send(exampleRun({ nodes: 300 }), { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })).toBe('');
  const report = reportOf(exampleRun({ nodes: 300 }));
  const results = report?.nodes.reduce((sum, node) => sum + node.results.length, 0) ?? 0;
  const tasks = collector.spans.filter(({ attributes }) => attributes['stagecraft.task'] !== undefined);
  expect(tasks).toHaveLength(results);
  expect(new Set(collector.spans.map(({ spanId }) => spanId)).size).toBe(collector.spans.length);
  expect(collector.requests.length).toBeGreaterThan(10);
});

test('the standard variables: service, resource, headers, compression, the parent of a CI job, an endpoint of its own', async () => {
  await send(failing, {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${endpoint}/custom`,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-team=platform,authorization=Basic%20abc',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    OTEL_SERVICE_NAME: 'fleet',
    OTEL_RESOURCE_ATTRIBUTES: 'team=ops,service.name=ignored',
    TRACEPARENT: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  });
  const [request] = collector.requests;
  expect(request).toMatchObject({
    path: '/custom',
    headers: { 'x-team': 'platform', authorization: 'Basic abc', 'content-encoding': 'gzip' },
  });
  expect(collector.named('provision')).toMatchObject({
    traceId: '0af7651916cd43dd8448eb211c80319c',
    parentId: 'b7ad6b7169203331',
    resource: { 'service.name': 'fleet', team: 'ops' },
  });
});

test('a parent that is not sampled: nothing is sent, and nothing said', async () => {
  const parent = { TRACEPARENT: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00' };
  expect(await send(failing, { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...parent })).toBe('');
  expect(collector.requests).toEqual([]);
});

test('what can not be sent: one line', async () => {
  const said = await send(failing, {
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
  });
  expect(said).toMatch(/^The trace of the run was not sent: .* http\/protobuf only\.\n$/);
  expect(collector.requests).toEqual([]);
});

test('a collector that refuses: one line', async () => {
  collector.status = 401;
  const said = await send(failing, { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
  expect(said).toMatch(/^The trace of the run was not sent, or not all of it: .+\n$/);
});

test('a collector that nobody listens for: one line, after a bounded moment', async () => {
  await collector.stop();
  const said = await send(failing, {
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_TIMEOUT: '300',
  });
  expect(said).toMatch(/^The trace of the run was not sent, or not all of it: .+\n$/);
});
