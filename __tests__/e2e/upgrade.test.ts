import { agents, HaFleet, nodesWith, type RunEvent, servers, web } from './ha-fleet';
import { sandboxObstacle } from './sandbox-cli';

const obstacle = sandboxObstacle();
const maybe = obstacle === undefined ? describe : describe.skip;
if (obstacle !== undefined) console.warn(`skipped: ${obstacle}`);

jest.setTimeout(900_000);

const [s1 = '', s2 = '', s3 = ''] = servers;
const before = '--set=k3s.version=v1.33.10+k3s1';
const after = '--set=k3s.version=v1.34.4+k3s1';
const patch = '--set=k3s.version=v1.34.6+k3s1';

/** Three servers and four agents from one minor version to the next, and what may go wrong on the way. In this order. */
maybe('an upgrade of a cluster with three servers and four agents', () => {
  const fleet = new HaFleet();
  const cordoned = 'sandbox-ha-general-2';
  let kept = '';

  afterAll(() => fleet.remove());
  beforeAll(async () => {
    expect(await fleet.provision(before)).toMatchObject({ code: 0 });
    await fleet.apply(...web({ maxUnavailable: 1 }));
    await fleet.kubectl(`cordon ${cordoned}`);
    kept = await filesOf(fleet);
  });

  test('takes one node at a time, servers first, shown by the events alone', async () => {
    const { code, events } = await fleet.provision(after);
    expect(code).toBe(0);
    expect(mostOutOfService(events)).toBe(1);
    expect(disrupted(events)).toEqual([...servers, ...agents]);
    expect(touchedOutsideTheirTurn(events)).toEqual([]);
    // Each was held first, with the new release at hand, and taken when its turn came.
    expect(events.filter(({ type }) => type === 'node-held')).toHaveLength(7);
  });

  test('every node is Ready with the new release; the operator’s cordon is kept, no other is left', async () => {
    const ready = 'Ready v1.34.4+k3s1';
    expect(await fleet.nodes()).toEqual(
      nodesWith(ready, { [cordoned]: 'Ready,SchedulingDisabled v1.34.4+k3s1' }),
    );
    expect(await fleet.kubectl('get nodes -o json')).not.toContain('stagecraft.dev/cordoned');
  });

  test('workloads, token and configuration are kept', async () => {
    const pods = await fleet.kubectl('get pods -o wide --no-headers');
    expect(pods.match(/^web-\S+ +1\/1 +Running/gm)).toHaveLength(6);
    expect(await filesOf(fleet)).toBe(kept);
  });

  test('a second run changes nothing and disrupts nobody', async () => {
    const { code, changed, events } = await fleet.provision(after);
    expect(code).toBe(0);
    expect(changed).toEqual([]);
    expect(disrupted(events)).toEqual([]);
  });

  test.each([
    ['a downgrade of a minor version', [before], 'would be a downgrade of a minor version'],
    [
      'a skipped minor version',
      ['--set=k3s.version=v1.36.0+k3s1'],
      'Set k3s.version to a release of v1.35 first',
    ],
    [
      'agents before servers',
      ['--set=k3s.version=v1.35.1+k3s1', '--limit', 'agents'],
      'no agent may be newer than a server',
    ],
  ])('%s is refused before anything changes', async (_, args, reason) => {
    const { code, stopped, changed, events } = await fleet.provision(...args);
    expect(code).toBe(1);
    expect(stopped).toContain('nothing was changed');
    expect(stopped).toContain(reason);
    expect([...changed, ...disrupted(events)]).toEqual([]);
  });

  test('a budget that lets nobody go stops the run; the node goes on as before', async () => {
    await fleet.apply(...web({ maxUnavailable: 0 }));
    const [node = ''] = (await podNodes(fleet)).sort(byTurn);
    const { code, stopped, events } = await fleet.provision(patch, '--set=k3s.drain.timeoutSeconds=10');
    expect(code).toBe(1);
    expect(disrupted(events).at(-1)).toBe(node);
    expect(stopped).toContain(`${node} was not changed`);
    const said = events.find(({ task, status }) => status === 'failed' && task?.includes('is drained'));
    expect(said?.error?.lastLines.join('\n')).toContain(
      `${node} was not drained within 10 s (k3s.drain.timeoutSeconds). It runs on as before and takes pods again`,
    );
    expect((await fleet.nodes())[node]).toBe('Ready v1.34.4+k3s1');
    expect(mostOutOfService(events)).toBe(1);
  });

  test('a server that does not come back stops the run; the API answers, and nobody else is touched', async () => {
    await fleet.apply(...web({ maxUnavailable: 1 }));
    await fleet.on(s2, "echo 'no-such-option: true' >/etc/rancher/k3s/config.yaml.d/99-by-hand.yaml");
    const { code, stopped, events } = await fleet.provision(patch);
    expect(code).toBe(1);
    expect(disrupted(events).at(-1)).toBe(s2);
    expect(stopped).toContain(`${s2} broke off while it was out of service`);
    expect(stopped).toContain('run again: it goes on there');
    expect(stopped).toContain(`k3s kubectl uncordon ${s2}`);
    const nodes = await fleet.nodes();
    expect(nodes[s1]).toBe('Ready v1.34.6+k3s1');
    expect(nodes[s2]).toMatch(/^NotReady,SchedulingDisabled /);
    for (const node of [s3, ...agents]) expect(nodes[node]).toContain('v1.34.4+k3s1');
  });

  test('mended, the same command goes on where it was and ends well', async () => {
    await fleet.on(s2, 'rm /etc/rancher/k3s/config.yaml.d/99-by-hand.yaml');
    const { code, events } = await fleet.provision(patch);
    expect(code).toBe(0);
    expect(disrupted(events)).toEqual([s2, s3, ...agents]);
    expect(mostOutOfService(events)).toBe(1);
    expect(await fleet.nodes()).toEqual(
      nodesWith('Ready v1.34.6+k3s1', { [cordoned]: 'Ready,SchedulingDisabled v1.34.6+k3s1' }),
    );
  });
});

/** Nodes in the order in which they were taken out of service. */
function disrupted(events: readonly RunEvent[]): string[] {
  return events.filter(({ type }) => type === 'disruption-started').map(({ node = '' }) => node);
}

/** The largest number of nodes that were out of service at the same time. */
function mostOutOfService(events: readonly RunEvent[]): number {
  const out = new Set<string>();
  let most = 0;
  for (const { type, node = '' } of events) {
    if (type === 'disruption-started') out.add(node);
    if (type === 'disruption-finished') out.delete(node);
    most = Math.max(most, out.size);
  }
  return most;
}

/** Exchanges and restarts of K3s on nodes that were not out of service. */
function touchedOutsideTheirTurn(events: readonly RunEvent[]): string[] {
  const out = new Set<string>();
  return events.flatMap(({ type, node = '', task = '', status, handler }) => {
    if (type === 'disruption-started') out.add(node);
    if (type === 'disruption-finished') out.delete(node);
    const touches = type === 'task' && status !== 'ok' && (handler === true || task.includes('in place of'));
    return touches && !out.has(node) ? [`${node}: ${task}`] : [];
  });
}

/** Token and configuration of every node. */
async function filesOf(fleet: HaFleet): Promise<string> {
  const sums = [...servers, ...agents].map((node) =>
    fleet.on(node, 'cd /etc/rancher/k3s; sha256sum token config.yaml config.yaml.d/*.yaml 2>/dev/null || :'),
  );
  return (await Promise.all(sums)).join('--\n');
}

async function podNodes(fleet: HaFleet): Promise<string[]> {
  const lines = (await fleet.kubectl('get pods -o wide --no-headers')).trim().split('\n');
  return [...new Set(lines.map((line) => line.split(/ +/).at(-1) ?? ''))];
}

/** Servers before agents, each in the order of the inventory. */
function byTurn(a: string, b: string): number {
  const order = [...servers, ...agents];
  return order.indexOf(a) - order.indexOf(b);
}
