import {
  DescribeInstanceInformationCommand,
  GetCommandInvocationCommand,
  InvalidInstanceId,
  InvocationDoesNotExist,
  ListCommandInvocationsCommand,
  SendCommandCommand,
} from '@aws-sdk/client-ssm';
import { createSettingsStore } from '../../../provisioner/sandbox/endpoint';
import {
  eventually,
  type Fixture,
  type FixtureOptions,
  instanceId,
  manualClock,
  scriptedAgent,
  startEndpoint,
} from './fixture';

let fixture: Fixture | undefined;

async function start(options: FixtureOptions): Promise<Fixture> {
  fixture = await startEndpoint(options);
  return fixture;
}

afterEach(async () => {
  await fixture?.stop();
  fixture = undefined;
});

async function send(on: Fixture, ...nodes: number[]): Promise<string> {
  const answer = await on.client.send(
    new SendCommandCommand({
      DocumentName: 'AWS-RunShellScript',
      InstanceIds: nodes.map(instanceId),
      Parameters: { commands: ['true'] },
    }),
  );
  return answer.Command?.CommandId ?? '';
}

const invocation = (on: Fixture, CommandId: string, node = 1) =>
  on.client.send(new GetCommandInvocationCommand({ CommandId, InstanceId: instanceId(node) }));

describe('faults of the service', () => {
  it('throttles the next calls, then no more', async () => {
    const on = await start({});
    on.settings.set({ throttleNext: 2 });
    const call = () => on.client.send(new DescribeInstanceInformationCommand({}));
    for (let count = 0; count < 2; count += 1)
      await expect(call()).rejects.toMatchObject({
        name: 'ThrottlingException',
        message: 'Rate exceeded',
        $metadata: expect.objectContaining({ httpStatusCode: 400 }),
      });
    await expect(call()).resolves.toBeDefined();
  });

  it('throttles at a rate, by the random numbers it is given', async () => {
    const numbers = [0.1, 0.9, 0.29, 0.3];
    const on = await start({ random: () => numbers.shift() ?? 1 });
    on.settings.set({ throttleRate: 0.3 });
    const outcomes: boolean[] = [];
    for (let count = 0; count < 4; count += 1)
      outcomes.push(
        await on.client.send(new DescribeInstanceInformationCommand({})).then(
          () => true,
          () => false,
        ),
      );
    expect(outcomes).toEqual([false, true, false, true]);
  });

  it('counts calls by operation, refused ones included', async () => {
    const on = await start({ agents: [scriptedAgent(1)] });
    await send(on, 1);
    await send(on, 2).catch(() => undefined);
    expect(on.endpoint.calls()).toEqual({ SendCommand: 2 });
    await on.endpoint.reset();
    expect(on.endpoint.calls()).toEqual({});
    expect(on.endpoint.history()).toEqual([]);
  });

  it('loses an invocation for good', async () => {
    const agent = scriptedAgent(1);
    const on = await start({ agents: [agent] });
    on.settings.set({ dropped: ['node-1'] });
    const commandId = await send(on, 1);
    await expect(invocation(on, commandId)).rejects.toBeInstanceOf(InvocationDoesNotExist);
    const list = await on.client.send(new ListCommandInvocationsCommand({ CommandId: commandId }));
    expect(list.CommandInvocations).toEqual([]);
    expect(agent.started).toHaveLength(0);
  });
});

describe('faults of nodes', () => {
  it('an agent that is known to be offline', async () => {
    const on = await start({ agents: [scriptedAgent(1), scriptedAgent(2)] });
    on.settings.set({ offline: [instanceId(1)] });
    await expect(send(on, 1, 2)).rejects.toBeInstanceOf(InvalidInstanceId);
    const { InstanceInformationList } = await on.client.send(new DescribeInstanceInformationCommand({}));
    expect(InstanceInformationList?.map(({ PingStatus }) => PingStatus)).toEqual([
      'ConnectionLost',
      'Online',
    ]);
  });

  it('a node that does not run', async () => {
    const on = await start({ agents: [{ ...scriptedAgent(1), running: false }] });
    await expect(send(on, 1)).rejects.toBeInstanceOf(InvalidInstanceId);
  });

  it('an agent that was just lost: Undeliverable', async () => {
    const on = await start({ agents: [scriptedAgent(1)] });
    on.settings.set({ undeliverable: ['node-1'] });
    const commandId = await send(on, 1);
    const answer = await eventually(
      () => invocation(on, commandId),
      ({ Status }) => Status !== 'Pending',
    );
    expect(answer).toMatchObject({ Status: 'Failed', StatusDetails: 'Undeliverable', ResponseCode: -1 });
  });

  it('an agent that never picks the command up: DeliveryTimedOut, without the wait', async () => {
    const on = await start({ agents: [scriptedAgent(1)] });
    on.settings.set({ deliveryTimedOut: ['node-1'] });
    const commandId = await send(on, 1);
    const answer = await eventually(
      () => invocation(on, commandId),
      ({ Status }) => Status !== 'Pending',
    );
    expect(answer).toMatchObject({ Status: 'TimedOut', StatusDetails: 'DeliveryTimedOut', ResponseCode: -1 });
  });

  it('a script that takes too long: ExecutionTimedOut, without the wait', async () => {
    const agent = scriptedAgent(1);
    const on = await start({ agents: [agent] });
    on.settings.set({ executionTimedOut: ['node-1'] });
    const commandId = await send(on, 1);
    const answer = await eventually(
      () => invocation(on, commandId),
      ({ Status }) => Status === 'TimedOut',
    );
    expect(answer).toMatchObject({ StatusDetails: 'ExecutionTimedOut', StandardOutputContent: 'so far' });
    expect(agent.killed()).toBe(1);
  });

  it('time-outs that pass faster', async () => {
    const on = await start({ agents: [scriptedAgent(1)] });
    on.settings.set({ timeoutSpeed: 100_000 });
    const commandId = await send(on, 1);
    const answer = await eventually(
      () => invocation(on, commandId),
      ({ Status }) => Status === 'TimedOut',
    );
    expect(answer.StatusDetails).toBe('ExecutionTimedOut');
  });
});

describe('latency', () => {
  it('delays the delivery of commands', async () => {
    const clock = manualClock();
    const agents = [scriptedAgent(1), scriptedAgent(2)];
    const on = await start({ agents, clock });
    on.settings.set({ latencyMs: 800, slow: { 'node-2': { delayMs: 200 } } });
    await send(on, 1, 2);
    const started = () => agents.map((agent) => agent.started.length);
    clock.advance(799);
    expect(started()).toEqual([0, 0]);
    clock.advance(1);
    expect(started()).toEqual([1, 0]);
    clock.advance(200);
    expect(started()).toEqual([1, 1]);
  });

  it('stretches the run of a slow agent', async () => {
    const clock = manualClock();
    const agent = scriptedAgent(1);
    const on = await start({ agents: [agent], clock });
    on.settings.set({ slow: { [instanceId(1)]: { factor: 3 } } });
    const commandId = await send(on, 1);
    clock.advance(0);
    clock.advance(1000);
    agent.finish(0);
    expect((await invocation(on, commandId)).Status).toBe('InProgress');
    clock.advance(2000);
    expect((await invocation(on, commandId)).Status).toBe('Success');
  });
});

describe('the history', () => {
  it('keeps parameters and outputs in plain text, as the service does', async () => {
    const agent = scriptedAgent(1);
    const on = await start({ agents: [agent] });
    await send(on, 1);
    await eventually(async () => agent.started.length, Boolean);
    agent.finish(0, 'seen');
    const [entry] = await eventually(
      async () => on.endpoint.history(),
      ([one]) => one?.status === 'Success',
    );
    expect(entry).toMatchObject({
      parameters: { commands: ['true'] },
      invocations: [{ instanceId: instanceId(1), status: 'Success', exitCode: 0, stdout: 'seen' }],
    });
  });

  it('closes only after what ran is killed', async () => {
    const agent = scriptedAgent(1);
    const on = await start({ agents: [agent] });
    await send(on, 1);
    await eventually(async () => agent.started.length, Boolean);
    await on.endpoint.close();
    expect(agent.killed()).toBe(1);
  });
});

describe('settings', () => {
  it('default to a healthy service', () => {
    expect(createSettingsStore().get()).toMatchObject({
      latencyMs: 0,
      throttleRate: 0,
      offline: [],
      mirrorFault: 'none',
      cacheFault: 'none',
      consistencyMs: 150,
    });
  });

  it('change one by one and go back', () => {
    const store = createSettingsStore({ latencyMs: 5 });
    expect(store.set({ throttleRate: 0.5 })).toMatchObject({ latencyMs: 5, throttleRate: 0.5 });
    expect(store.reset()).toMatchObject({ latencyMs: 0, throttleRate: 0 });
  });

  it.each([
    [{ throttleRate: 2 }, /throttleRate/],
    [{ latency: 3 }, /latency/],
    [{ slow: { 'node-1': { factor: 0 } } }, /slow\.node-1\.factor/],
    ['fast', /object/],
  ])('refuse %j and stay as they were', (patch, message) => {
    const store = createSettingsStore({ latencyMs: 5 });
    expect(() => store.set(patch)).toThrow(message);
    expect(store.get().latencyMs).toBe(5);
  });
});
