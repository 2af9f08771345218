import {
  DuplicateInstanceId,
  GetCommandInvocationCommand,
  InvalidCommandId,
  InvalidDocument,
  InvalidDocumentVersion,
  InvalidInstanceId,
  InvalidNextToken,
  InvalidParameters,
  InvalidPluginName,
  InvocationDoesNotExist,
  ListCommandInvocationsCommand,
  ListCommandsCommand,
  MaxDocumentSizeExceeded,
  type SendCommandCommandInput,
  UnsupportedPlatformType,
} from '@aws-sdk/client-ssm';
import { createSettingsStore } from '../../../provisioner/sandbox/endpoint';
import {
  ended,
  eventually,
  type Fixture,
  type FixtureOptions,
  instanceId,
  invocation,
  manualClock,
  scriptedAgent,
  sendScript,
  shellAgent,
  startEndpoint,
} from './fixture';

const UNKNOWN_COMMAND = '00000000-0000-4000-8000-000000000000';

let fixture: Fixture | undefined;

async function start(options: FixtureOptions): Promise<Fixture> {
  fixture = await startEndpoint(options);
  return fixture;
}

afterEach(async () => {
  await fixture?.stop();
  fixture = undefined;
});

describe('a command that runs', () => {
  it('comes back with its output, exit code and times', async () => {
    const on = await start({ agents: [shellAgent(1)] });
    const commandId = await sendScript(on, 'echo out; echo err >&2', { Comment: 'hello' });
    const result = await ended(on, commandId);
    expect(result).toMatchObject({
      Status: 'Success',
      StatusDetails: 'Success',
      ResponseCode: 0,
      StandardOutputContent: 'out\n',
      StandardErrorContent: 'err\n',
      Comment: 'hello',
      PluginName: 'aws:runShellScript',
      DocumentName: 'AWS-RunShellScript',
    });
    expect(result.ExecutionStartDateTime).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(result.ExecutionElapsedTime).toMatch(/^PT[\d.]+S$/);
  });

  it('fails with its exit code, and the line that the agent adds', async () => {
    const on = await start({ agents: [shellAgent(1)] });
    const result = await ended(on, await sendScript(on, 'exit 3'));
    expect(result).toMatchObject({
      Status: 'Failed',
      ResponseCode: 3,
      StandardErrorContent: 'failed to run commands: exit status 3',
    });
  });

  it('runs in the working directory, all lines in one script', async () => {
    const on = await start({ agents: [shellAgent(1)] });
    const Parameters = { commands: ['x=1', 'echo "$x $(pwd)"'], workingDirectory: ['/usr'] };
    const result = await ended(on, await sendScript(on, '', { Parameters }));
    expect(result.StandardOutputContent).toBe('1 /usr\n');
  });

  it('shows nothing of its output before it ends', async () => {
    const agent = scriptedAgent(1);
    const on = await start({ agents: [agent] });
    const commandId = await sendScript(on, 'slow');
    const running = await eventually(
      () => invocation(on, commandId),
      ({ Status }) => Status === 'InProgress',
    );
    expect(running).toMatchObject({ ResponseCode: -1, StandardOutputContent: '', ExecutionElapsedTime: '' });
    agent.finish(0, 'done');
    expect((await ended(on, commandId)).StandardOutputContent).toBe('done');
  });

  it('has its output cut as the agent cuts it', async () => {
    const agent = scriptedAgent(1);
    const on = await start({ agents: [agent] });
    const commandId = await sendScript(on, 'much');
    await eventually(async () => agent.started.length, Boolean);
    agent.finish(0, 'o'.repeat(30_000), 'e'.repeat(10_000));
    const result = await ended(on, commandId);
    expect(result.StandardOutputContent).toHaveLength(24_000);
    expect(result.StandardOutputContent).toMatch(/o--output truncated--$/);
    expect(result.StandardErrorContent).toHaveLength(8000);
    const { CommandInvocations } = await on.client.send(
      new ListCommandInvocationsCommand({ CommandId: commandId, Details: true }),
    );
    const output = CommandInvocations?.[0]?.CommandPlugins?.[0]?.Output ?? '';
    expect(output.length).toBeLessThanOrEqual(2500);
    expect(output).toContain('o\n---Output truncated---\n----------ERROR-------\ne');
    expect(output).toMatch(/\n---Error truncated----$/);
  });

  it('has references to parameters resolved, but never to secrets', async () => {
    const on = await start({ agents: [shellAgent(1)] });
    const write = { dataType: 'text', tier: 'Standard', modifiedAt: 0 } as const;
    on.parameters.put({ ...write, name: '/plain', type: 'String', value: 'from the store' });
    on.parameters.put({ ...write, name: '/secret', type: 'SecureString', value: 'canary' });
    const result = await ended(on, await sendScript(on, "echo '{{ssm:/plain}} {{ .Other }}'"));
    expect(result.StandardOutputContent).toBe('from the store {{ .Other }}\n');
    for (const name of ['/secret', '/none'])
      await expect(sendScript(on, `echo {{ ssm:${name} }}`)).rejects.toBeInstanceOf(InvalidParameters);
  });

  it('takes the exit code 137 for a time-out, as the agent does', async () => {
    const on = await start({ agents: [shellAgent(1)] });
    expect(await ended(on, await sendScript(on, 'exit 137'))).toMatchObject({
      Status: 'TimedOut',
      StatusDetails: 'ExecutionTimedOut',
    });
  });

  it('fails when the agent cannot start it', async () => {
    const broken = {
      ...shellAgent(1),
      start: () => {
        throw new Error('no room on the node');
      },
    };
    const on = await start({ agents: [broken] });
    expect((await ended(on, await sendScript(on, 'true'))).StandardErrorContent).toContain(
      'no room on the node',
    );
  });
});

describe('input is refused as the service does', () => {
  const refusals: [string, Partial<SendCommandCommandInput>, new (...args: never[]) => Error][] = [
    ['an unknown instance', { InstanceIds: [instanceId(99)] }, InvalidInstanceId],
    ['an instance twice', { InstanceIds: [instanceId(1), instanceId(1)] }, DuplicateInstanceId],
    ['an unknown document', { DocumentName: 'AWS-RunNothing' }, InvalidDocument],
    ['a document for Windows', { DocumentName: 'AWS-RunPowerShellScript' }, UnsupportedPlatformType],
    ['an unknown version', { DocumentVersion: '7' }, InvalidDocumentVersion],
    ['no commands', { Parameters: {} }, InvalidParameters],
    ['an unknown parameter', { Parameters: { commands: ['true'], shell: ['zsh'] } }, InvalidParameters],
    [
      'a time-out of zero',
      { Parameters: { commands: ['true'], executionTimeout: ['0'] } },
      InvalidParameters,
    ],
    [
      'a time-out over 48 h',
      { Parameters: { commands: ['true'], executionTimeout: ['172801'] } },
      InvalidParameters,
    ],
    ['more than 64 KB', { Parameters: { commands: ['#'.repeat(65_000)] } }, MaxDocumentSizeExceeded],
    [
      'ids and targets',
      { Targets: [{ Key: 'tag:a', Values: ['b'] }], InstanceIds: [instanceId(1)] },
      InvalidParameters,
    ],
    [
      'an unknown target id',
      { Targets: [{ Key: 'InstanceIds', Values: [instanceId(99)] }] },
      InvalidInstanceId,
    ],
  ];

  it.each(refusals)('%s', async (_what, input, error) => {
    const on = await start({ agents: [shellAgent(1)] });
    await expect(sendScript(on, 'true', input)).rejects.toBeInstanceOf(error);
  });

  it.each<[string, Partial<SendCommandCommandInput>, RegExp]>([
    [
      '51 instances',
      { InstanceIds: Array.from({ length: 51 }, (_, n) => instanceId(n)) },
      /'instanceIds'.*length less than or equal to 50/,
    ],
    ['a malformed id', { InstanceIds: ['i-xyz'] }, /'i-xyz' at 'instanceIds.1.member'.*regular expression/],
    ['a comment of 101 characters', { Comment: 'c'.repeat(101) }, /'comment'.*less than or equal to 100/],
    ['29 seconds', { TimeoutSeconds: 29 }, /'timeoutSeconds'.*greater than or equal to 30/],
    ['more than 30 days', { TimeoutSeconds: 2_592_001 }, /'timeoutSeconds'.*less than or equal to 2592000/],
    ['no concurrency', { MaxConcurrency: '0' }, /'maxConcurrency'/],
    ['101 % errors', { MaxErrors: '101%' }, /'maxErrors'/],
  ])('%s: ValidationException', async (_what, input, message) => {
    const on = await start({ agents: [shellAgent(1)] });
    await expect(sendScript(on, 'true', input)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringMatching(message),
      $metadata: expect.objectContaining({
        httpStatusCode: 400,
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      }),
    });
  });

  it('names the instances and the account', async () => {
    const on = await start({ agents: [shellAgent(1)] });
    await expect(sendScript(on, 'true', { InstanceIds: [instanceId(1), instanceId(98)] })).rejects.toThrow(
      `Instances [[${instanceId(98)}]] not in a valid state for account 111122223333`,
    );
  });

  it('never repeats the value of a parameter', async () => {
    const on = await start({ agents: [shellAgent(1)] });
    // A number where a string belongs: what a caller without the SDK could send.
    const Parameters = { commands: ['canary', 1 as unknown as string] };
    await expect(sendScript(on, '', { Parameters })).rejects.toMatchObject({
      name: 'SerializationException',
      message: expect.not.stringContaining('canary'),
    });
  });
});

describe('looking for a command', () => {
  it('finds nothing in the consistency window', async () => {
    const clock = manualClock();
    const settings = createSettingsStore({ consistencyMs: 150 });
    const on = await start({ agents: [scriptedAgent(1)], clock, settings });
    const commandId = await sendScript(on, 'true');
    const list = new ListCommandInvocationsCommand({ CommandId: commandId });
    await expect(invocation(on, commandId)).rejects.toBeInstanceOf(InvocationDoesNotExist);
    expect((await on.client.send(list)).CommandInvocations).toEqual([]);
    expect((await on.client.send(new ListCommandsCommand({ CommandId: commandId }))).Commands).toEqual([]);
    clock.advance(150);
    expect((await invocation(on, commandId)).Status).toBe('InProgress');
    expect((await on.client.send(list)).CommandInvocations).toHaveLength(1);
  });

  it('tells an unknown command, instance and plugin apart', async () => {
    const on = await start({ agents: [shellAgent(1), shellAgent(2)] });
    const commandId = await sendScript(on, 'true');
    const ask = (input: { CommandId: string; InstanceId: string; PluginName?: string }) =>
      on.client.send(new GetCommandInvocationCommand(input));
    const InstanceId = instanceId(1);
    await expect(ask({ CommandId: UNKNOWN_COMMAND, InstanceId })).rejects.toBeInstanceOf(
      InvocationDoesNotExist,
    );
    await expect(ask({ CommandId: commandId, InstanceId: instanceId(2) })).rejects.toBeInstanceOf(
      InvocationDoesNotExist,
    );
    await expect(ask({ CommandId: commandId, InstanceId, PluginName: 'aws:other' })).rejects.toBeInstanceOf(
      InvalidPluginName,
    );
    await expect(ask({ CommandId: 'x'.repeat(36), InstanceId })).rejects.toBeInstanceOf(InvalidCommandId);
    await expect(ask({ CommandId: 'short', InstanceId })).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });

  it('pages through 120 nodes, 50 at a time', async () => {
    const agents = Array.from({ length: 120 }, (_, number) => scriptedAgent(number + 1));
    const tags = Object.fromEntries(agents.map((agent) => [agent.instanceId, { env: 'sandbox' }]));
    const on = await start({ agents, tags });
    const CommandId = await sendScript(on, 'true', {
      Targets: [{ Key: 'tag:env', Values: ['sandbox'] }],
      MaxConcurrency: '100%',
    });
    const seen: string[] = [];
    const sizes: number[] = [];
    let NextToken: string | undefined;
    do {
      const page = await on.client.send(new ListCommandInvocationsCommand({ CommandId, NextToken }));
      sizes.push(page.CommandInvocations?.length ?? 0);
      seen.push(...(page.CommandInvocations ?? []).map(({ InstanceId }) => InstanceId ?? ''));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(sizes).toEqual([50, 50, 20]);
    expect(new Set(seen).size).toBe(120);
    await expect(
      on.client.send(new ListCommandInvocationsCommand({ CommandId, NextToken: 'bm90IG9uZQ' })),
    ).rejects.toBeInstanceOf(InvalidNextToken);
    await expect(
      on.client.send(new ListCommandInvocationsCommand({ CommandId, MaxResults: 51 })),
    ).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('filters by instance, status, stage and time, and gives details only when asked', async () => {
    const [quick, slow] = [scriptedAgent(1), scriptedAgent(2)];
    const on = await start({ agents: [quick, slow] });
    const CommandId = await sendScript(on, 'true', { InstanceIds: [instanceId(1), instanceId(2)] });
    await eventually(
      async () => quick.started.length + slow.started.length,
      (count) => count === 2,
    );
    quick.finish(0, 'fine');
    await ended(on, CommandId, 1);
    const list = async (input: object) =>
      (await on.client.send(new ListCommandInvocationsCommand({ CommandId, ...input }))).CommandInvocations ??
      [];
    const names = async (input: object) => (await list(input)).map(({ InstanceName }) => InstanceName);
    expect(await names({ Filters: [{ key: 'Status', value: 'Success' }] })).toEqual(['node-1']);
    expect(await names({ Filters: [{ key: 'ExecutionStage', value: 'Executing' }] })).toEqual(['node-2']);
    expect(await names({ InstanceId: instanceId(2) })).toEqual(['node-2']);
    expect(await names({ Filters: [{ key: 'InvokedBefore', value: '2020-01-01T00:00:00Z' }] })).toEqual([]);
    expect((await list({}))[0]?.CommandPlugins).toEqual([]);
    expect((await list({ Details: true }))[0]?.CommandPlugins?.[0]).toMatchObject({
      Name: 'aws:runShellScript',
      Status: 'Success',
      ResponseCode: 0,
      Output: 'fine',
    });
  });

  it('counts in ListCommands what is done and what failed', async () => {
    const agents = [scriptedAgent(1), scriptedAgent(2)];
    const on = await start({ agents });
    const CommandId = await sendScript(on, 'true', { InstanceIds: agents.map((agent) => agent.instanceId) });
    await eventually(async () => agents.every(({ started }) => started.length === 1), Boolean);
    agents[0]?.finish(0);
    agents[1]?.finish(1);
    const command = await eventually(
      async () => (await on.client.send(new ListCommandsCommand({ CommandId }))).Commands?.[0],
      (answer) => answer?.CompletedCount === 2,
    );
    expect(command).toMatchObject({
      Status: 'Failed',
      TargetCount: 2,
      ErrorCount: 1,
      DeliveryTimedOutCount: 0,
    });
    expect(command?.RequestedDateTime).toBeInstanceOf(Date);
  });
});
