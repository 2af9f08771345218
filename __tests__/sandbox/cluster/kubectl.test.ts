import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runKubectl } from '../../../provisioner/sandbox/cluster/kubectl';
import type { Member } from '../../../provisioner/sandbox/cluster/members';
import { createObjectStore, type ObjectStore } from '../../../provisioner/sandbox/cluster/objects';
import { simulatedRegistry } from '../../../provisioner/sandbox/cluster/simulated-registry';

const folder = mkdtempSync(join(tmpdir(), 'stagecraft-kubectl-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let store: ObjectStore;
let count = 0;
beforeEach(() => {
  store = createObjectStore(join(folder, `${count++}.json`));
});

const run = (line: string, manifest = '', as = 'default') =>
  runKubectl(store, {
    args: line.split(' ').filter((word) => word !== ''),
    manifest,
    as,
    version: 'v1.34.4+k3s1',
    apiserverArguments: [],
  });
const out = async (line: string, manifest = '') => (await run(line, manifest)).stdout;

const member = (name: string, overrides: Partial<Member> = {}): Member => ({
  name,
  node: name,
  role: 'agent',
  etcd: false,
  ip: '10.0.0.1',
  version: 'v1.34.4+k3s1',
  arch: 'amd64',
  labels: {},
  taints: [],
  providerId: `aws:///a/${name}`,
  apiserverArguments: [],
  ...overrides,
});

const CONFIG_MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: "1"\n';

test('apply creates, changes and leaves alone, and get shows it', async () => {
  expect(await out('apply -f -', CONFIG_MAP)).toBe('configmap/settings created\n');
  expect(await out('apply -f -', CONFIG_MAP)).toBe('configmap/settings unchanged\n');
  expect(await out('apply -f -', CONFIG_MAP.replace('"1"', '"2"'))).toBe('configmap/settings configured\n');
  expect(await out('get cm settings -o jsonpath={.data.a}')).toBe('2');
  expect(await out('get configmaps -o name')).toBe('configmap/settings\n');
  expect(JSON.parse(await out('get cm settings -o json'))).toMatchObject({
    kind: 'ConfigMap',
    metadata: { namespace: 'default' },
  });
  expect(await out('delete cm settings')).toBe('configmap "settings" deleted\n');
  expect(await run('get cm settings')).toMatchObject({
    exitCode: 1,
    stderr: 'Error from server (NotFound): configmaps "settings" not found\n',
  });
  expect(await run('get cm settings --ignore-not-found')).toMatchObject({ exitCode: 0, stdout: '' });
});

test('diff says with its exit code whether the cluster would change, and shows no secret', async () => {
  const secret = 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n  password: hunter2\n';
  const before = await run('diff --server-side -f -', secret);
  expect(before.exitCode).toBe(1);
  expect(before.stdout).toMatch(/^--- LIVE[^\n]*\n\+\+\+ MERGED[^\n]*\n@@/);
  expect(before.stdout).not.toContain('hunter2');
  await run('apply --server-side --force-conflicts --field-manager stagecraft -f -', secret);
  expect(await run('diff --server-side -f -', secret)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  const changed = await run('diff -f -', CONFIG_MAP);
  expect(changed.stdout).toContain('+  a: "1"');
});

test('an object in a namespace that there is not is refused', async () => {
  const object = CONFIG_MAP.replace('  name:', '  namespace: app\n  name:');
  expect((await run('apply -f -', object)).stderr).toContain('namespaces "app" not found');
  expect(await out('create namespace app')).toBe('namespace/app created\n');
  expect((await run('apply -f -', object)).exitCode).toBe(0);
  expect(await out('get cm -n app -o name')).toBe('configmap/settings\n');
});

test('objects outlive the process; nodes are not Ready until they say so', async () => {
  const path = join(folder, 'kept.json');
  const first = createObjectStore(path);
  await simulatedRegistry(first).ready(member('one'));
  store = createObjectStore(path);
  expect(await out('get nodes one --no-headers')).toMatch(/ Ready /);
  const registry = simulatedRegistry(store);
  expect(await out('get nodes one --no-headers')).toMatch(/ NotReady /);
  await registry.ready(member('one'));
  expect(await out('get nodes one --no-headers')).toMatch(/ Ready /);
});

test('a node keeps the labels and taints of its registration, as the kubelet has it', async () => {
  const registry = simulatedRegistry(store);
  const taints = [{ key: 'dedicated', value: 'db', effect: 'NoSchedule' }];
  await registry.ready(member('db', { labels: { role: 'db' }, taints }));
  await registry.ready(member('db', { labels: { role: 'other' } }));
  expect(await out("get node db -o jsonpath={.metadata.labels.role}{'/'}{.spec.taints[0].key}")).toBe(
    'db/dedicated',
  );
  expect(await out('label node db role-')).toBe('node/db labeled\n');
  expect((await run('label node db kubernetes.io/os=windows')).stderr).toContain('--overwrite is false');
});

test('cordon, uncordon, drain, wait and delete do to nodes what people expect', async () => {
  const registry = simulatedRegistry(store);
  await registry.ready(member('one', { role: 'server' }));
  expect(await out('cordon one')).toBe('node/one cordoned\n');
  expect(await out('get nodes --no-headers')).toContain('Ready,SchedulingDisabled');
  expect(await out('drain one --ignore-daemonsets --delete-emptydir-data')).toMatch(
    /^node\/one already cordoned\nnode\/one drained/,
  );
  expect(await out('uncordon one')).toBe('node/one uncordoned\n');
  expect(await out('wait --for=condition=Ready node --all --timeout=1s')).toBe('node/one condition met\n');
  await registry.notReady('one');
  expect(await run('wait --for=condition=Ready node/one --timeout=0s')).toMatchObject({
    exitCode: 1,
    stderr: 'error: timed out waiting for the condition on nodes/one\n',
  });
  expect(await out('get nodes -l node-role.kubernetes.io/control-plane -o name')).toBe('node/one\n');
  expect(await out('delete node one')).toBe('node "one" deleted\n');
  expect(await out('get nodes')).toBe('No resources found\n');
});

test('jsonpath knows ranges, filters and escaped dots', async () => {
  const registry = simulatedRegistry(store);
  await registry.ready(member('a'));
  await registry.ready(member('b'));
  const path = '{range.items[*]}'.replace('range', 'range ');
  const args = [
    'get',
    'nodes',
    '-o',
    `jsonpath=${path}{.metadata.name}={.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}`,
  ];
  const { stdout } = await runKubectl(store, {
    args,
    manifest: '',
    as: 'default',
    version: 'v',
    apiserverArguments: [],
  });
  expect(stdout).toBe('a=True\nb=True\n');
  expect(await out('get node a -o jsonpath={.metadata.labels.kubernetes\\.io/hostname}')).toBe('a');
});

test("a kubelet's credentials read its own node only", async () => {
  await simulatedRegistry(store).ready(member('one'));
  expect((await run('get --raw /api/v1/nodes/one', '', 'system:node:one')).exitCode).toBe(0);
  expect((await run('get --raw /api/v1/nodes/one', '', 'system:node:two')).stderr).toContain('Forbidden');
  expect((await run('delete node one', '', 'system:node:one')).stderr).toContain('Forbidden');
});

test.each([
  ['frobnicate', 'unknown command "frobnicate"'],
  ['get nodes --frob', 'unknown flag: --frob'],
  ['get frobs', 'the server doesn\'t have a resource type "frobs"'],
  ['get --raw /frob', 'could not find the requested resource'],
])('%s is an error that says what is wrong', async (line, message) => {
  expect(await run(line)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(message) });
});
