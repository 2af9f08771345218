import { budget, SimulatedCluster, workload } from './fleet';

let cluster: SimulatedCluster;
beforeEach(async () => {
  cluster = new SimulatedCluster();
  await cluster.join('one', 'two', 'three');
});
afterEach(() => cluster.remove());

const DRAIN = '--ignore-daemonsets --delete-emptydir-data';

test('workloads get their pods, spread over the nodes, and lose those of nodes that are gone', async () => {
  await cluster.kubectl('apply -f -', workload('Deployment', 'web', 3) + workload('DaemonSet', 'agent', 1));
  for (const node of ['one', 'two', 'three']) expect(await cluster.podsOn(node)).toHaveLength(2);
  await cluster.kubectl('delete node two');
  expect(await cluster.podsOn('two')).toEqual([]);
  const { stdout } = await cluster.kubectl('get pods -o wide --no-headers');
  expect(stdout.match(/web-\S+ +1\/1 +Running/g)).toHaveLength(3);
  await cluster.kubectl('delete deployment web');
  expect((await cluster.kubectl('get pods --no-headers')).stdout.match(/^agent-/gm)).toHaveLength(2);
});

test('a cordoned node gets no new pods; a pod that fits nowhere waits', async () => {
  await cluster.kubectl('cordon one');
  await cluster.kubectl('apply -f -', workload('Deployment', 'web', 4));
  expect(await cluster.podsOn('one')).toEqual([]);
  await cluster.kubectl('cordon two');
  await cluster.kubectl('cordon three');
  await cluster.kubectl('apply -f -', workload('StatefulSet', 'db', 1));
  expect((await cluster.kubectl('get pod db-0 --no-headers')).stdout).toContain('Pending');
  await cluster.kubectl('uncordon one');
  expect(await cluster.podsOn('one')).toEqual(['pod/db-0']);
});

test('a drain moves the pods that have a controller, and leaves daemons and mirrors', async () => {
  const mirror = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"static","annotations":{"kubernetes.io/config.mirror":"x"}},"spec":{"nodeName":"one"}}\n---\n`;
  await cluster.kubectl(
    'apply -f -',
    workload('Deployment', 'web', 6, { volumes: [{ name: 'tmp', emptyDir: {} }] }) +
      workload('DaemonSet', 'agent', 1) +
      mirror,
  );
  const drained = await cluster.kubectl(`drain one ${DRAIN} --timeout=30s`);
  expect(drained.exitCode).toBe(0);
  expect(drained.stdout).toMatch(
    /^node\/one cordoned\nevicting pod default\/web-[\s\S]*node\/one drained\n$/,
  );
  expect(drained.stderr).toContain('Warning: ignoring DaemonSet-managed Pods: default/agent-');
  expect(await cluster.podsOn('one')).toEqual([expect.stringMatching(/^pod\/agent-/), 'pod/static']);
  expect((await cluster.kubectl('get pods --no-headers')).stdout.match(/web-\S+ +1\/1/g)).toHaveLength(6);
});

test.each([
  [
    'DaemonSet',
    workload('DaemonSet', 'agent', 1),
    '--delete-emptydir-data',
    '(use --ignore-daemonsets to ignore): default/agent-',
  ],
  [
    'emptyDir',
    workload('Deployment', 'web', 3, { volumes: [{ name: 'tmp', emptyDir: {} }] }),
    '--ignore-daemonsets',
    'cannot delete Pods with local storage (use --delete-emptydir-data to override): default/web-',
  ],
  [
    'bare pod',
    '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"bare"},"spec":{"nodeName":"one"}}',
    DRAIN,
    'cannot delete Pods that declare no controller (use --force to override): default/bare',
  ],
])(
  'a %s is in the way of a drain unless an option says otherwise',
  async (_, manifest, options, complaint) => {
    await cluster.kubectl('apply -f -', manifest);
    const before = await cluster.podsOn('one');
    expect(await cluster.kubectl(`drain one ${options}`)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(complaint),
    });
    expect(await cluster.podsOn('one')).toEqual(before);
  },
);

test('a budget lets one pod go at a time, and stops a drain that would break it', async () => {
  await cluster.kubectl(
    'apply -f -',
    workload('Deployment', 'web', 3) + budget('web', { maxUnavailable: 1 }),
  );
  expect(await cluster.kubectl(`drain one ${DRAIN} --timeout=10s`)).toMatchObject({ exitCode: 0 });
  await cluster.kubectl('apply -f -', budget('web', { minAvailable: 3 }));
  const stuck = await cluster.kubectl(`drain two ${DRAIN} --timeout=1s`);
  expect(stuck.exitCode).toBe(1);
  expect(stuck.stderr).toContain("Cannot evict pod as it would violate the pod's disruption budget.");
  expect(stuck.stderr).toContain('global timeout reached: 1s');
  expect(stuck.stderr).toContain('There are pending nodes to be drained:\n two');
  expect((await cluster.kubectl('get nodes two --no-headers')).stdout).toContain('SchedulingDisabled');
});

test.each([
  [{ minAvailable: '50%' }, 2],
  [{ minAvailable: 4 }, 0],
  [{ maxUnavailable: '25%' }, 1],
  [{ maxUnavailable: 0 }, 0],
])('a budget of %j lets %i of four pods go', async (limits, allowed) => {
  await cluster.kubectl('apply -f -', workload('Deployment', 'web', 4) + budget('web', limits));
  let evicted = 0;
  // Nowhere to go: what is evicted stays away.
  for (const node of ['one', 'two', 'three']) await cluster.kubectl(`cordon ${node}`);
  for (const node of ['one', 'two', 'three']) {
    const { stdout } = await cluster.kubectl(`drain ${node} ${DRAIN} --timeout=1s`);
    evicted += stdout.match(/^pod\/\S+ evicted$/gm)?.length ?? 0;
  }
  expect(evicted).toBe(allowed);
});
