import { agents, HaFleet, nodesWith, servers } from './ha-fleet';
import { recapOf, sandboxObstacle } from './sandbox-cli';

const obstacle = sandboxObstacle();
const maybe = obstacle === undefined ? describe : describe.skip;
if (obstacle !== undefined) console.warn(`skipped: ${obstacle}`);

jest.setTimeout(600_000);

const [s1 = '', s2 = '', s3 = ''] = servers;
const [anAgent = ''] = agents;
const ready = 'Ready v1.34.4+k3s1';
const joinFile = '/etc/rancher/k3s/config.yaml.d/10-join.yaml';
/** One agent more than there was. */
const another = '--set=nodeGroups.general.count=4';
const newAgent = 'sandbox-ha-general-4';

/** The first server of three is gone, and what goes on without it. In this order. */
maybe('a cluster that lost its first server', () => {
  const fleet = new HaFleet();
  const sandbox = (...args: string[]) => fleet.cli.run('sandbox', 'up', '--env', 'sandbox-ha', ...args);
  afterAll(() => fleet.remove());

  beforeAll(async () => {
    expect(await fleet.provision()).toMatchObject({ code: 0 });
    expect(await fleet.nodes()).toEqual(nodesWith(ready));
    expect(await sandbox('--terminated', s1)).toMatchObject({ code: 0 });
  });

  test('still answers: kubectl on the other servers, and every agent is Ready', async () => {
    expect(await fleet.nodes()).toEqual(nodesWith(ready, { [s1]: ready.replace('Ready', 'NotReady') }));
    expect(await fleet.kubectl('get --raw /readyz', s2)).toBe('ok');
  });

  test('an agent that restarts comes back, though the server that it joined is gone', async () => {
    expect(await fleet.on(anAgent, `cat ${joinFile}`)).toContain(await addressOf(s1));
    await fleet.on(anAgent, 'systemctl restart k3s-agent');
    await fleet.kubectl(`wait --for=condition=Ready node/${anAgent} --timeout=60s`);
  });

  test('provision tells the lost one, and keeps the others as they should be', async () => {
    await fleet.kubectl(`label --overwrite node sandbox-ha-database-1 node-role=wrong`);
    const run = await fleet.cli.run('provision', '--env', 'sandbox-ha');
    expect(run.code).toBe(3);
    const recap = recapOf(run.stdout);
    expect(recap.get(s1)).toMatchObject({ unreachable: 1, ok: 0 });
    expect(recap.get(s2)).toMatchObject({ failed: 0, changed: 1 });
    expect(recap.get(s3)).toMatchObject({ failed: 0, changed: 0 });
    expect(
      await fleet.kubectl('get node sandbox-ha-database-1 -o jsonpath={.metadata.labels.node-role}'),
    ).toBe('db');
  });

  test('a new agent joins through a server that is there', async () => {
    expect(await fleet.provision(another)).toMatchObject({ code: 3, stopped: undefined });
    expect((await fleet.nodes())[newAgent]).toBe(ready);
    expect(await fleet.on(newAgent, `cat ${joinFile}`)).toContain(await addressOf(s2));
  });

  test('agents are not upgraded while it may come back older than they are; the other servers are', async () => {
    const newer = '--set=k3s.version=v1.35.1+k3s1';
    const refused = await fleet.provision(another, newer);
    expect(refused).toMatchObject({ code: 1, changed: [] });
    expect(refused.stopped).toContain(`${s1}: it does not answer`);
    expect(await fleet.provision(another, newer, '--limit', 'servers')).toMatchObject({ stopped: undefined });
    const nodes = await fleet.nodes();
    expect([nodes[s2], nodes[s3], nodes[anAgent]]).toEqual([
      'Ready v1.35.1+k3s1',
      'Ready v1.35.1+k3s1',
      ready,
    ]);
  });

  test('without a majority nothing answers; with it again, everything does', async () => {
    await sandbox(another, '--terminated', s1, '--terminated', s2);
    await expect(fleet.kubectl('get nodes', s3)).rejects.toThrow('was refused');
    await sandbox(another, '--terminated', 'none');
    await fleet.kubectl(`wait --for=condition=Ready node --all --timeout=120s`, s1);
    expect(await fleet.provision(another, '--set=k3s.version=v1.35.1+k3s1')).toMatchObject({ code: 0 });
    const releases = Object.values(await fleet.nodes());
    expect(new Set(releases)).toEqual(new Set(['Ready v1.35.1+k3s1']));
  });

  test('a first server without data makes no second cluster while the others merely do not answer', async () => {
    await fleet.on(s3, 'k3s etcd-snapshot save');
    await fleet.on(s1, `systemctl stop k3s; rm -rf /var/lib/rancher/k3s/server/db ${joinFile}`);
    await sandbox(another, '--terminated', s2, '--terminated', s3);
    const newer = '--set=k3s.version=v1.35.1+k3s1';
    const { code, events } = await fleet.provision(another, newer, '--limit', s1);
    expect(code).toBe(1);
    const failed = events.find(({ status }) => status === 'failed');
    expect(failed?.task).toBe('no cluster is there that this server would make a second time');
    expect(failed?.error?.lastLines.join('\n')).toContain('--skip-tags second-cluster');
    expect(await fleet.on(s1, 'systemctl is-active k3s || :')).toBe('inactive\n');

    await sandbox(another, '--terminated', 'none');
    await fleet.kubectl(`delete node ${s1}`, s2);
    expect(await fleet.provision(another, newer)).toMatchObject({ code: 0 });
    expect(await fleet.on(s1, `cat ${joinFile}`)).toContain('cluster-init: false');
  });

  async function addressOf(node: string): Promise<string> {
    const run = await fleet.cli.run('inventory', '--env', 'sandbox-ha', '--format', 'json');
    const nodes: { name: string; privateIp: string }[] = JSON.parse(run.stdout).nodes;
    return nodes.find(({ name }) => name === node)?.privateIp ?? 'none';
  }
});
