import { createServer, request as httpRequest } from 'node:http';
import { type SSMClient, SSMServiceException } from '@aws-sdk/client-ssm';
import type { Host } from '../../provisioner/engine/play';
import type { Agent } from '../../provisioner/sandbox/agent';
import { createSettingsStore } from '../../provisioner/sandbox/endpoint';
import { systemClock } from '../../provisioner/transports/clock';
import { SsmTransport } from '../../provisioner/transports/ssm';
import { countingSsmClient } from '../../provisioner/transports/ssm-client';
import type { Outcome, RunRequest } from '../../provisioner/transports/transport';
import {
  type Fixture,
  instanceId,
  REGION,
  scriptedAgent,
  shellAgent,
  startEndpoint,
} from '../sandbox/endpoint/fixture';

/** The real client and transport against the sandbox's endpoint, which answers as the service does. */
let endpoint: Fixture;
let transport: SsmTransport;

/**
 * @param speed how many times faster the transport's clock goes
 * @param change what a test does to the client
 */
async function start(
  agents: readonly Agent[],
  settings: object = {},
  speed = 1,
  change: (client: SSMClient) => void = () => {},
): Promise<void> {
  endpoint = await startEndpoint({
    agents,
    settings: createSettingsStore({ consistencyMs: 0, ...settings }),
  });
  const { client, calls } = countingSsmClient({
    endpoint: endpoint.url,
    region: REGION,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  change(client);
  transport = new SsmTransport(client, calls, {
    ...systemClock,
    now: () => systemClock.now() * speed,
    sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 30), signal),
  });
}

afterEach(() => endpoint.stop());

function host(number: number): Host {
  return { name: `node-${number}`, id: instanceId(number), groups: [] };
}

async function runOn(
  hosts: readonly Host[],
  script: string,
  more: Partial<RunRequest> = {},
): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  await transport.run({
    script,
    hosts,
    comment: 'test',
    forks: 500,
    timeoutSeconds: 60,
    signal: new AbortController().signal,
    onOutcome: (one, outcome) => {
      expect(outcomes.has(one.name)).toBe(false);
      outcomes.set(one.name, outcome);
    },
    ...more,
  });
  return outcomes;
}

const hello = { kind: 'finished', exitCode: 0, stdout: 'hello\n', stderr: '' };

test('one command for a group; output and exit code of each node', async () => {
  await start([shellAgent(1), shellAgent(2), shellAgent(3)]);
  const outcomes = await runOn([host(1), host(2), host(3)], 'echo hello\n');
  expect([...outcomes.values()]).toEqual([hello, hello, hello]);
  expect(transport.usage.commands).toBe(1);
  expect(endpoint.endpoint.calls()).toMatchObject({ SendCommand: 1 });
  expect(endpoint.endpoint.calls().GetCommandInvocation).toBeUndefined();
});

describe('in the middle of a long command', () => {
  test('a node that SSM does not know any more is told, and the others are waited for', async () => {
    const agents = [scriptedAgent(1), shellAgent(2)];
    await start(agents, {}, 100);
    const running = runOn([host(1), host(2)], 'sleep 1\necho hello\n', { timeoutSeconds: 3600 });
    await until(() => (endpoint.endpoint.calls().ListCommandInvocations ?? 0) > 2);
    agents.shift();
    const outcomes = await running;
    expect(outcomes.get('node-1')).toMatchObject({
      kind: 'lost',
      reason: expect.stringMatching(/^the node is gone/),
    });
    expect(outcomes.get('node-2')).toEqual(hello);
  });

  test('an agent that has lost its connection is waited for', async () => {
    await start([shellAgent(1)], {}, 100);
    const running = runOn([host(1)], 'sleep 1\necho hello\n', { timeoutSeconds: 3600 });
    await until(() => (endpoint.endpoint.calls().ListCommandInvocations ?? 0) > 2);
    endpoint.settings.set({ offline: [instanceId(1)] });
    await until(() => (endpoint.endpoint.calls().DescribeInstanceInformation ?? 0) > 3);
    endpoint.settings.set({ offline: [] });
    expect((await running).get('node-1')).toEqual(hello);
  });

  /** Every look at who is there comes to this, after all its attempts. */
  function looksEndIn(name: string, $fault: 'client' | 'server') {
    let looks = 0;
    const change = (client: SSMClient) =>
      client.middlewareStack.add(
        (next, context) => (args) => {
          if (context.commandName !== 'DescribeInstanceInformationCommand') return next(args);
          looks += 1;
          throw new SSMServiceException({ name, $fault, message: 'Rate exceeded', $metadata: {} });
        },
        { step: 'initialize' },
      );
    return { change, looks: () => looks };
  }

  test.each([
    ['ThrottlingException', 'client'],
    ['InternalServerError', 'server'],
    ['TimeoutError', 'client'],
  ] as const)('a look at who is there that ends in %s ends nothing else', async (name, fault) => {
    const { change, looks } = looksEndIn(name, fault);
    await start([shellAgent(1)], {}, 100, change);
    const outcomes = await runOn([host(1)], 'sleep 1\necho hello\n', { timeoutSeconds: 3600 });
    expect(outcomes.get('node-1')).toEqual(hello);
    expect(looks()).toBeGreaterThan(1);
  });

  test('credentials that expired meanwhile are told', async () => {
    const { change } = looksEndIn('ExpiredTokenException', 'client');
    await start([shellAgent(1)], {}, 100, change);
    const running = runOn([host(1)], 'sleep 1\n', { timeoutSeconds: 3600 });
    await expect(running).rejects.toThrow('the AWS credentials have expired');
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

test('the usage counts every call', async () => {
  await start([shellAgent(1)]);
  await runOn([host(1)], 'true\n');
  const calls = Object.values(endpoint.endpoint.calls()).reduce((sum, number) => sum + number, 0);
  expect(transport.usage.apiCalls).toBe(calls);
});

test('a script that fails is an outcome, with its standard error', async () => {
  await start([shellAgent(1)]);
  const outcomes = await runOn([host(1)], 'echo out\necho wrong >&2\nexit 7\n');
  expect(outcomes.get('node-1')).toEqual({
    kind: 'finished',
    exitCode: 7,
    stdout: 'out\n',
    stderr: 'wrong\n',
  });
});

test('more than 50 nodes take a command for each 50', async () => {
  const numbers = Array.from({ length: 120 }, (_, index) => index + 1);
  await start(numbers.map((number) => shellAgent(number)));
  const outcomes = await runOn(numbers.map(host), 'echo hello\n');
  expect(outcomes.size).toBe(120);
  expect([...outcomes.values()].every((outcome) => outcome.kind === 'finished')).toBe(true);
  expect(transport.usage.commands).toBe(3);
});

test('output over 2,500 characters costs one more call and comes back whole; over 24,000 it is cut', async () => {
  await start([shellAgent(1)]);
  const long = await runOn([host(1)], "head -c 20000 /dev/zero | tr '\\0' x\n");
  expect(long.get('node-1')).toMatchObject({ kind: 'finished', stdout: 'x'.repeat(20_000) });
  const cut = (await runOn([host(1)], "head -c 50000 /dev/zero | tr '\\0' x\n")).get('node-1');
  expect(cut?.kind === 'finished' && cut.stdout.length).toBeLessThanOrEqual(24_100);
});

test('before the service shows the command: an empty list and InvocationDoesNotExist are waited out', async () => {
  await start([shellAgent(1)], { consistencyMs: 400 });
  const outcomes = await runOn([host(1)], "head -c 9000 /dev/zero | tr '\\0' x\n");
  expect(outcomes.get('node-1')).toMatchObject({ kind: 'finished', exitCode: 0 });
});

test('throttling is backed off from, counted, and loses nothing', async () => {
  await start([shellAgent(1), shellAgent(2)], { throttleNext: 2 });
  const outcomes = await runOn([host(1), host(2)], 'echo hello\n');
  expect([...outcomes.values()]).toEqual([hello, hello]);
  expect(transport.usage.throttles).toBe(2);
  expect(transport.usage.commands).toBe(1);
});

test('InvalidInstanceId: that node is unreachable, the command goes to the others', async () => {
  await start([shellAgent(1), shellAgent(2)], { offline: ['node-2'] });
  const outcomes = await runOn([host(1), host(2), host(9)], 'echo hello\n');
  expect(outcomes.get('node-1')).toEqual(hello);
  for (const name of ['node-2', 'node-9'])
    expect(outcomes.get(name)).toMatchObject({
      kind: 'unreachable',
      reason: expect.stringContaining('InvalidInstanceId'),
    });
});

test.each([
  ['undeliverable', 'unreachable', /cannot be delivered/],
  ['deliveryTimedOut', 'unreachable', /not delivered in time/],
  ['executionTimedOut', 'timedOut', /time limit/],
])('%s: %s, and the others go on', async (fault, kind, reason) => {
  await start([shellAgent(1), shellAgent(2)], { [fault]: ['node-2'] });
  const outcomes = await runOn([host(1), host(2)], 'echo hello\nsleep 0.3\n');
  expect(outcomes.get('node-1')).toMatchObject({ kind: 'finished' });
  expect(outcomes.get('node-2')).toMatchObject({ kind, reason: expect.stringMatching(reason) });
});

test('a script that runs longer than it may is killed and reported', async () => {
  await start([shellAgent(1)], { timeoutSpeed: 100 });
  const outcomes = await runOn([host(1)], 'echo begun\nsleep 30\n', { timeoutSeconds: 10 });
  expect(outcomes.get('node-1')).toMatchObject({
    kind: 'timedOut',
    reason: expect.stringMatching(/time limit/),
  });
});

test('an invocation that the service never shows ends as unreachable', async () => {
  await start([shellAgent(1), shellAgent(2)], { dropped: ['node-2'] });
  let shift = 0;
  const { client, calls } = countingSsmClient({
    endpoint: endpoint.url,
    region: REGION,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  transport = new SsmTransport(client, calls, {
    now: () => Date.now() + shift,
    random: () => 0.5,
    sleep: async () => {
      await systemClock.sleep(20);
      shift += 10_000;
    },
  });
  const outcomes = await runOn([host(2)], 'true\n');
  expect(outcomes.get('node-2')).toMatchObject({
    kind: 'unreachable',
    reason: expect.stringMatching(/never delivered/),
  });
});

test('abort cancels on the nodes', async () => {
  const agent = scriptedAgent(1);
  await start([agent]);
  const abort = new AbortController();
  const running = runOn([host(1)], 'sleep 100\n', { signal: abort.signal });
  while (agent.started.length === 0) await systemClock.sleep(10);
  abort.abort();
  const outcomes = await running;
  expect(outcomes.get('node-1')).toMatchObject({ kind: 'cancelled' });
  expect(agent.killed()).toBe(1);
});

test('an aborted run sends nothing', async () => {
  const agent = scriptedAgent(1);
  await start([agent]);
  const outcomes = await runOn([host(1)], 'true\n', { signal: AbortSignal.abort() });
  expect(outcomes.get('node-1')).toMatchObject({ kind: 'cancelled' });
  expect(agent.started).toEqual([]);
});

test('who is online is asked once for up to 50 nodes', async () => {
  await start([shellAgent(1), shellAgent(2)], { offline: ['node-2'] });
  const states = await transport.reachable([host(1), host(2), host(3)], new AbortController().signal);
  expect(states.get('node-1')).toEqual({ online: true });
  expect(states.get('node-2')).toMatchObject({
    online: false,
    reason: expect.stringMatching(/ConnectionLost/),
  });
  expect(states.get('node-3')).toMatchObject({
    online: false,
    reason: expect.stringMatching(/not registered with SSM/),
  });
  expect(transport.usage.apiCalls).toBe(1);
});

describe('a SendCommand without an answer', () => {
  /** Stands before the endpoint and breaks the first SendCommand off, before or after it got there. */
  async function startBehindBreak(
    when: 'before' | 'after',
    settings: object = {},
  ): Promise<{ close(): void }> {
    await start([shellAgent(1)], settings);
    let broken = false;
    const proxy = createServer((request, response) => {
      const breaks = !broken && String(request.headers['x-amz-target']).endsWith('SendCommand');
      broken ||= breaks;
      if (breaks && when === 'before') {
        request.socket.destroy();
        return;
      }
      const { hostname, port } = new URL(endpoint.url);
      const options = { hostname, port, method: request.method, path: request.url, headers: request.headers };
      const onward = httpRequest(options, (answer) => {
        if (breaks) request.socket.destroy();
        else answer.pipe(response.writeHead(answer.statusCode ?? 500, answer.headers));
      });
      request.pipe(onward);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const address = proxy.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const { client, calls } = countingSsmClient({
      endpoint: `http://127.0.0.1:${port}`,
      region: REGION,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    transport = new SsmTransport(client, calls, { ...systemClock, sleep: () => systemClock.sleep(30) });
    return {
      close: () => {
        proxy.closeAllConnections();
        proxy.close();
      },
    };
  }

  test.each(['before', 'after'] as const)('lost %s it arrived: the script runs once', async (when) => {
    const proxy = await startBehindBreak(when);
    try {
      expect((await runOn([host(1)], 'echo hello\n')).get('node-1')).toEqual(hello);
      expect(endpoint.endpoint.history()).toHaveLength(1);
    } finally {
      proxy.close();
    }
  });

  test('arrived, and not in the lists at once: the script runs once all the same', async () => {
    // Longer than two of the looks at this clock, shorter than three.
    const proxy = await startBehindBreak('after', { consistencyMs: 75 });
    try {
      expect((await runOn([host(1)], 'echo hello\n')).get('node-1')).toEqual(hello);
      expect(endpoint.endpoint.history()).toHaveLength(1);
    } finally {
      proxy.close();
    }
  });
});

describe('what is about no single node', () => {
  test('an endpoint that cannot be reached is told as such, with what to do', async () => {
    await start([shellAgent(1)]);
    await endpoint.stop();
    const { client, calls } = countingSsmClient({
      endpoint: endpoint.url,
      region: REGION,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      // A network that is away is waited for with growing pauses; that is not what is tested here.
      maxAttempts: 1,
    });
    transport = new SsmTransport(client, calls, { ...systemClock, sleep: () => systemClock.sleep(5) });
    await expect(runOn([host(1)], 'true\n')).rejects.toMatchObject({
      name: 'UserError',
      what: expect.stringMatching(/endpoint can't be reached/),
    });
  });

  test('an endpoint that never answers is given up after the attempts, told once meanwhile, and ends with 3', async () => {
    await start([shellAgent(1)], { operatorFault: 'silent' });
    const told: string[] = [];
    const { client, calls } = countingSsmClient(
      {
        endpoint: endpoint.url,
        region: REGION,
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
        maxAttempts: 2,
        requestHandler: { requestTimeout: 50, throwOnRequestTimeout: true },
      },
      (text) => told.push(text),
    );
    transport = new SsmTransport(client, calls, systemClock);
    await expect(transport.reachable([host(1)], new AbortController().signal)).rejects.toMatchObject({
      what: "SSM can't be used: its endpoint can't be reached (no answer within 0.05 s).",
      exitCode: 3,
    });
    expect(calls.apiCalls).toBe(2);
    expect(told).toEqual(['SSM does not answer (no answer within 0.05 s); trying again for some minutes']);
  });

  test('credentials that have expired', async () => {
    await start([shellAgent(1)], { operatorFault: 'expired' });
    await expect(transport.reachable([host(1)], new AbortController().signal)).rejects.toMatchObject({
      what: "SSM can't be used: the AWS credentials have expired.",
      next: expect.stringContaining('aws sso login'),
    });
  });

  test('credentials that the service does not know', async () => {
    await start([shellAgent(1)]);
    const credentials = { accessKeyId: 'nobody', secretAccessKey: 'wrong' };
    const { client, calls } = countingSsmClient({ endpoint: endpoint.url, region: REGION, credentials });
    transport = new SsmTransport(client, calls, systemClock);
    await expect(transport.reachable([host(1)], new AbortController().signal)).rejects.toMatchObject({
      what: expect.stringMatching(/does not accept the credentials/),
    });
  });
});

describe('what one command carries', () => {
  beforeEach(() => start([shellAgent(1)]));

  test('the longest script that is said to fit is accepted by the service', async () => {
    const line = `: "${'x'.repeat(70)}"\n`;
    let script = 'echo hello\n';
    while (transport.limits.fits(script + line)) script += line;
    expect(script.length).toBeGreaterThan(50_000);
    expect((await runOn([host(1)], script)).get('node-1')).toEqual(hello);
  });

  test('braces that SSM would expand do not travel as they are', () => {
    expect(transport.limits.fits('echo "{{ .Values }}"\n')).toBe(false);
  });
});
