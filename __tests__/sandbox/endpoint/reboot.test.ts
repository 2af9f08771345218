import { CancelCommandCommand, ListCommandInvocationsCommand } from '@aws-sdk/client-ssm';
import {
  ended,
  eventually,
  type Fixture,
  instanceId,
  invocation,
  type ScriptedAgent,
  scriptedAgent,
  sendScript,
  startEndpoint,
} from './fixture';

let on: Fixture;
let agent: ScriptedAgent;
let reboots: number;
let cameBack: () => void;

beforeEach(async () => {
  reboots = 0;
  const reboot = () =>
    new Promise<void>((resolve) => {
      reboots += 1;
      cameBack = resolve;
    });
  agent = { ...scriptedAgent(1), reboot };
  on = await startEndpoint({ agents: [agent] });
  on.settings.set({ rebootMs: 0 });
});
afterEach(() => on.stop());

const started = (count: number) =>
  eventually(
    async () => agent.started.length,
    (length) => length === count,
  );
const rebooting = () =>
  eventually(
    async () => reboots,
    (count) => count === 1,
  );

describe('exit code 194', () => {
  it('reboots the node and runs the script again; what it says is added to what it said', async () => {
    const id = await sendScript(on, 'the script');
    await started(1);
    agent.finish(194, 'before\n', 'and to stderr\n');
    await rebooting();
    expect(await invocation(on, id)).toMatchObject({ Status: 'InProgress', StandardOutputContent: '' });
    cameBack();
    await started(2);
    expect(agent.started[1]?.lines).toEqual(['the script']);
    agent.finish(0, 'after\n');
    expect(await ended(on, id)).toMatchObject({
      Status: 'Success',
      ResponseCode: 0,
      StandardOutputContent: 'before\nafter\n',
      StandardErrorContent: 'and to stderr\n',
    });
  });

  it('is cancelled like any other while the node is away', async () => {
    const id = await sendScript(on, 'the script');
    await started(1);
    agent.finish(194, 'before\n');
    await rebooting();
    await on.client.send(new CancelCommandCommand({ CommandId: id }));
    expect(await ended(on, id)).toMatchObject({ Status: 'Cancelled', StandardOutputContent: 'before\n' });
    cameBack();
    expect(agent.started).toHaveLength(1);
  });

  it('stays in progress where the node does not come back', async () => {
    on.settings.set({ lostOnReboot: ['node-1'] });
    const id = await sendScript(on, 'the script');
    await started(1);
    agent.finish(194);
    await eventually(
      async () => agent.isGone(),
      (gone) => gone,
    );
    expect((await invocation(on, id)).Status).toBe('InProgress');
    expect(reboots).toBe(0);
  });
});

describe('a node that goes down in the middle of a script', () => {
  it('has lost it: the agent says so in the output of the plugin, and does not run it again', async () => {
    const id = await sendScript(on, 'the script');
    await started(1);
    agent.lose();
    expect(await ended(on, id)).toMatchObject({ Status: 'Failed', StandardOutputContent: '' });
    const listed = await on.client.send(new ListCommandInvocationsCommand({ CommandId: id, Details: true }));
    expect(listed.CommandInvocations?.[0]?.CommandPlugins?.[0]?.Output).toMatch(
      /^document process failed unexpectedly/,
    );
    expect(agent.started).toHaveLength(1);
  });
});

describe('an agent that restarts in the middle of a script', () => {
  it('tells of its end when it is back: the script went on meanwhile', async () => {
    const id = await sendScript(on, 'the script');
    await started(1);
    on.settings.set({ offline: [instanceId(1)] });
    agent.finish(0, 'done\n');
    expect((await invocation(on, id)).Status).toBe('InProgress');
    on.settings.set({ offline: [] });
    expect(await ended(on, id)).toMatchObject({ Status: 'Success', StandardOutputContent: 'done\n' });
  });
});
