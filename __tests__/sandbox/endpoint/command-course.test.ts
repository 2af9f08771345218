import {
  CancelCommandCommand,
  InvalidCommandId,
  InvalidInstanceId,
  ListCommandsCommand,
} from '@aws-sdk/client-ssm';
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

describe('targets', () => {
  const tags = {
    [instanceId(1)]: { role: 'server', env: 'a' },
    [instanceId(2)]: { role: 'agent', env: 'a' },
    [instanceId(3)]: { role: 'agent', env: 'b' },
  };

  it('selects by tags, all of which have to match', async () => {
    const agents = [scriptedAgent(1), scriptedAgent(2), scriptedAgent(3)];
    const on = await start({ agents, tags });
    await sendScript(on, 'true', {
      Targets: [
        { Key: 'tag:role', Values: ['agent'] },
        { Key: 'tag:env', Values: ['a'] },
      ],
    });
    await eventually(async () => agents[1]?.started.length, Boolean);
    expect(agents.map(({ started }) => started.length)).toEqual([0, 1, 0]);
  });

  it('accepts a tag that no instance has, and says so', async () => {
    const on = await start({ agents: [scriptedAgent(1)], tags });
    const CommandId = await sendScript(on, 'true', { Targets: [{ Key: 'tag:role', Values: ['none'] }] });
    const { Commands } = await on.client.send(new ListCommandsCommand({}));
    expect(Commands?.[0]).toMatchObject({ CommandId, StatusDetails: 'NoInstancesInTag', TargetCount: 0 });
  });

  it('runs on MaxConcurrency nodes at a time', async () => {
    const agents = [1, 2, 3, 4].map(scriptedAgent);
    const on = await start({ agents });
    await sendScript(on, 'true', {
      InstanceIds: agents.map((agent) => agent.instanceId),
      MaxConcurrency: '50%',
    });
    const running = () => agents.map(({ started }) => started.length);
    await eventually(
      async () => running(),
      (counts) => counts[1] === 1,
    );
    expect(running()).toEqual([1, 1, 0, 0]);
    agents[0]?.finish(0);
    await eventually(
      async () => running(),
      (counts) => counts[2] === 1,
    );
    expect(running()).toEqual([1, 1, 1, 0]);
  });

  it('stops after more than MaxErrors errors and terminates what was not sent', async () => {
    const agents = [1, 2, 3, 4].map(scriptedAgent);
    const on = await start({ agents });
    const commandId = await sendScript(on, 'true', {
      InstanceIds: agents.map((agent) => agent.instanceId),
      MaxConcurrency: '1',
      MaxErrors: '1',
    });
    for (const agent of agents.slice(0, 2)) {
      await eventually(async () => agent.started.length, Boolean);
      agent.finish(1);
    }
    expect(await ended(on, commandId, 3)).toMatchObject({ Status: 'Cancelled', StatusDetails: 'Terminated' });
    expect(agents[3]?.started).toHaveLength(0);
  });
});

describe('cancelling', () => {
  it('kills what runs and forgets what has not started', async () => {
    const agents = [scriptedAgent(1), scriptedAgent(2)];
    const on = await start({ agents });
    const CommandId = await sendScript(on, 'true', {
      InstanceIds: agents.map((agent) => agent.instanceId),
      MaxConcurrency: '1',
    });
    await eventually(async () => agents[0]?.started.length, Boolean);
    await on.client.send(new CancelCommandCommand({ CommandId }));
    expect(await ended(on, CommandId, 1)).toMatchObject({
      Status: 'Cancelled',
      ResponseCode: 137,
      StandardOutputContent: 'so far',
    });
    expect(await ended(on, CommandId, 2)).toMatchObject({ Status: 'Cancelled', ResponseCode: -1 });
    expect(agents.map((agent) => agent.killed())).toEqual([1, 0]);
    expect(agents[1]?.started).toHaveLength(0);
  });

  it('is Cancelling until the process group is gone', async () => {
    const agent = scriptedAgent(1);
    const stubborn = {
      ...agent,
      start: (command: Parameters<typeof agent.start>[0]) => ({
        ...agent.start(command),
        kill: () => undefined,
      }),
    };
    const on = await start({ agents: [stubborn] });
    const CommandId = await sendScript(on, 'true');
    await eventually(async () => agent.started.length, Boolean);
    await on.client.send(new CancelCommandCommand({ CommandId, InstanceIds: [instanceId(1)] }));
    expect((await invocation(on, CommandId)).Status).toBe('Cancelling');
    agent.finish(0);
    expect((await ended(on, CommandId)).Status).toBe('Cancelled');
  });

  it('kills the whole process group of a real script', async () => {
    const on = await start({ agents: [shellAgent(1)] });
    const CommandId = await sendScript(on, 'echo started; sleep 600 & wait');
    await eventually(
      () => invocation(on, CommandId),
      ({ Status }) => Status === 'InProgress',
    );
    await on.client.send(new CancelCommandCommand({ CommandId }));
    expect((await ended(on, CommandId)).Status).toBe('Cancelled');
  });

  it('knows only its own commands and instances', async () => {
    const on = await start({ agents: [shellAgent(1), shellAgent(2)] });
    const CommandId = await sendScript(on, 'true');
    await expect(
      on.client.send(new CancelCommandCommand({ CommandId: UNKNOWN_COMMAND })),
    ).rejects.toBeInstanceOf(InvalidCommandId);
    await expect(
      on.client.send(new CancelCommandCommand({ CommandId, InstanceIds: [instanceId(2)] })),
    ).rejects.toBeInstanceOf(InvalidInstanceId);
  });
});

describe('time-outs, by the clock', () => {
  it('kills a script after executionTimeout', async () => {
    const clock = manualClock();
    const agent = scriptedAgent(1);
    const on = await start({ agents: [agent], clock });
    const commandId = await sendScript(on, '', {
      Parameters: { commands: ['sleep'], executionTimeout: ['60'] },
    });
    clock.advance(0);
    clock.advance(59_999);
    expect(agent.killed()).toBe(0);
    clock.advance(1);
    expect(agent.killed()).toBe(1);
    expect(await ended(on, commandId)).toMatchObject({
      Status: 'TimedOut',
      StatusDetails: 'ExecutionTimedOut',
      ResponseCode: 137,
    });
  });

  it('gives up after TimeoutSeconds on a node that went away', async () => {
    const clock = manualClock();
    const on = await start({ agents: [scriptedAgent(1)], clock });
    on.settings.set({ latencyMs: 1000 });
    const commandId = await sendScript(on, 'true', { TimeoutSeconds: 30 });
    on.settings.set({ offline: ['node-1'] });
    clock.advance(1000);
    expect(await invocation(on, commandId)).toMatchObject({ Status: 'Delayed', StatusDetails: 'Delayed' });
    clock.advance(29_000);
    expect(await invocation(on, commandId)).toMatchObject({
      Status: 'TimedOut',
      StatusDetails: 'DeliveryTimedOut',
      ResponseCode: -1,
    });
  });

  it('delivers to a node that comes back in time', async () => {
    const clock = manualClock();
    const agent = scriptedAgent(1);
    const on = await start({ agents: [agent], clock });
    on.settings.set({ latencyMs: 10 });
    await sendScript(on, 'true', { TimeoutSeconds: 30 });
    on.settings.set({ offline: ['node-1'] });
    clock.advance(5000);
    expect(agent.started).toHaveLength(0);
    on.settings.set({ offline: [] });
    clock.advance(1000);
    expect(agent.started).toHaveLength(1);
  });
});
