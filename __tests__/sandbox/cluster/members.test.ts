import { readConfig } from '../../../provisioner/sandbox/cluster/k3s-config';
import { Members } from '../../../provisioner/sandbox/cluster/members';
import { haPlan, SimulatedCluster } from './fleet';

const [one = '', two = '', three = ''] = [
  'sandbox-ha-server-1',
  'sandbox-ha-server-2',
  'sandbox-ha-server-3',
];
const agent = 'sandbox-ha-general-1';

let cluster: SimulatedCluster;
let answers: boolean[];
let members: Members;
beforeEach(() => {
  cluster = new SimulatedCluster();
  answers = [];
  members = newMembers();
});
afterEach(() => cluster.remove());

function newMembers(): Members {
  return new Members(haPlan, cluster.registry, cluster.store, 'api:1', async (up) => {
    answers.push(up);
  });
}

const ipOf = (node: string) => haPlan.nodes.find(({ name }) => name === node)?.privateIp ?? '';

interface Started {
  readonly ready: Promise<void>;
  stop(): Promise<void>;
}

/** Starts the k3s of a node. `ready` resolves when it takes part. */
async function start(
  node: string,
  config: string,
  disk: { etcd?: boolean; servers?: string[] } = {},
  token = 'secret',
): Promise<Started> {
  const role = node.includes('-server-') ? 'server' : 'agent';
  const content = `node-name: ${node}\nnode-ip: ${ipOf(node)}\n${config}`;
  const { id } = members.prepare(
    node,
    readConfig({ role, files: [{ path: 'config.yaml', content }], args: [], environment: {} }),
    { version: 'v1.34.4+k3s1', hostname: node, disk: { etcd: false, servers: [], ...disk } },
  );
  const session = await members.join(id, token);
  let stop = () => {};
  const gone = new Promise<void>((resolve) => {
    stop = resolve;
  });
  return {
    ready: members.attach(session, gone),
    stop: async () => {
      stop();
      await members.detach(session);
    },
  };
}

const INIT = 'cluster-init: true\n';
const joining = (server: string) => `server: https://${ipOf(server)}:6443\n`;
const MEMBER = { etcd: true };

async function startThree(): Promise<[Started, Started, Started]> {
  const first = await start(one, INIT);
  await first.ready;
  const second = await start(two, joining(one));
  const third = await start(three, joining(two));
  await Promise.all([second.ready, third.ready]);
  return [first, second, third];
}

test('servers form etcd one after another, through any server that is up', async () => {
  await startThree();
  expect(cluster.store.etcdMembers()).toEqual([one, two, three]);
  const { stdout } = await cluster.kubectl('get nodes -l node-role.kubernetes.io/etcd=true -o name');
  expect(stdout.split('\n').filter((line) => line !== '')).toHaveLength(3);
  expect(answers).toEqual([true]);
});

test('a server gives up where the one that it joins is not up; an agent waits', async () => {
  await expect(start(two, joining(one))).rejects.toThrow(
    /^starting kubernetes: .*10\.0\.\d+\.\d+:6443: connect: connection refused$/,
  );
  await expect(start(agent, joining(one))).rejects.toMatchObject({ status: 503 });
  await (await start(one, INIT)).ready;
  await expect(start(two, joining(one), {}, 'other')).rejects.toThrow('401 Unauthorized');
  await expect(start(agent, joining(one), {}, 'other')).rejects.toMatchObject({ status: 401 });
});

test('the API answers while a majority of the servers runs', async () => {
  const [first, second, third] = await startThree();
  await first.stop();
  expect(members.answers).toBe(true);
  expect(members.answersOn(one)).toBe(false);
  expect(members.answersOn(two)).toBe(true);
  expect(members.answersAt(ipOf(one))).toBe(false);
  expect((await cluster.kubectl(`get node ${one} --no-headers`)).stdout).toContain('NotReady');
  await second.stop();
  expect(members.answers).toBe(false);
  expect(members.answersOn(three)).toBe(false);
  expect(members.answersAt(ipOf(three))).toBe(false);
  expect(answers).toEqual([true, false]);
  await (await start(one, INIT, MEMBER)).ready;
  expect(answers).toEqual([true, false, true]);
  await third.stop();
});

test('a server that comes back needs none of the others to be let in, and is ready with the majority', async () => {
  await startThree();
  members = newMembers();
  const second = await start(two, joining(one), MEMBER);
  let isReady = false;
  void second.ready.then(() => {
    isReady = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isReady).toBe(false);
  await (await start(three, joining(two), MEMBER)).ready;
  await second.ready;
  expect(members.answers).toBe(true);
});

test('without its first server the cluster takes new agents and knows the old ones', async () => {
  const [first] = await startThree();
  await first.stop();
  await expect(start(agent, joining(one))).rejects.toMatchObject({ status: 503 });
  await (await start(agent, joining(two))).ready;
  await (await start(agent, joining(one), { servers: members.serverAddresses() })).ready;
});

test('a replaced server has to be deleted from the cluster before it can join again', async () => {
  const [, second] = await startThree();
  await second.stop();
  await expect(start(two, joining(one))).rejects.toThrow('duplicate node name found');
  await cluster.kubectl(`delete node ${two}`);
  await (await start(two, joining(one))).ready;
  expect([...cluster.store.etcdMembers()].sort()).toEqual([one, two, three]);
});

test('a first server without data is kept from making a second cluster', async () => {
  const [first] = await startThree();
  await first.stop();
  await expect(start(one, INIT)).rejects.toThrow('would make a second cluster');
  await cluster.kubectl(`delete node ${one}`);
  await (await start(one, `cluster-init: false\n${joining(two)}`)).ready;
});

test('one server moves from SQLite to etcd when it is told to', async () => {
  const alone = await start(one, '');
  await alone.ready;
  expect(cluster.store.etcdMembers()).toEqual([]);
  await alone.stop();
  await (await start(one, INIT)).ready;
  expect(cluster.store.etcdMembers()).toEqual([one]);
  await expect(start(one, INIT, MEMBER, 'another')).rejects.toThrow('encrypted with different token');
});
