import { kubernetesAssets, realApiObstacle, SandboxCli } from './sandbox-cli';

const obstacle = realApiObstacle();
if (obstacle !== undefined) console.warn(`skipped: ${obstacle}`);
const maybe = obstacle === undefined ? describe : describe.skip;

jest.setTimeout(600_000);

const spot = ['--set', 'nodeGroups.general.spot=true'];
const node = 'sandbox-general-1';

/** The program that the role puts on spot nodes, against a real Kubernetes API and with a kubelet's rights. */
maybe('AWS takes a spot node back', () => {
  const sandbox = new SandboxCli({ KUBEBUILDER_ASSETS: kubernetesAssets });
  beforeAll(async () => {
    const run = await sandbox.provision(...spot, '--limit', 'servers,general');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    await kubectl('apply -f -', [pod('web'), pod('ds', { kind: 'DaemonSet' })]);
  });
  afterAll(() => sandbox.remove());

  async function kubectl(command: string, objects: readonly object[] = []): Promise<string> {
    const input = objects.map((object) => JSON.stringify(object)).join('\n---\n');
    const script = `k3s kubectl ${command} <<'OBJECTS'\n${input}\nOBJECTS`;
    const end = await sandbox.run('sandbox', 'shell', 'sandbox-server-1', '--', 'sh', '-euc', script);
    if (end.code !== 0) throw new Error(end.stderr);
    return end.stdout.trim();
  }

  const isCordoned = async () =>
    (await kubectl(`get node ${node} -o 'jsonpath={.spec.unschedulable}'`)) === 'true';
  const pods = async () => (await kubectl('get pods -o name')).split('\n');

  test('it is cordoned, and what can go elsewhere is evicted', async () => {
    expect(await isCordoned()).toBe(false);
    expect(await sandbox.run('sandbox', 'up', ...spot, '--spot-notice', node)).toMatchObject({ code: 0 });
    await until(isCordoned);
    await until(async () => !(await pods()).includes('pod/web'));
    expect(await pods()).toEqual(['pod/ds']);
  });

  test('it takes pods again when it is not taken, or back', async () => {
    expect(await sandbox.run('sandbox', 'up', ...spot, '--spot-notice', 'none')).toMatchObject({ code: 0 });
    await until(async () => !(await isCordoned()));
  });

  test('of a node that is not spot, AWS gives no such notice', async () => {
    const { code, stderr } = await sandbox.run('sandbox', 'up', ...spot, '--spot-notice', 'sandbox-server-1');
    expect(code).not.toBe(0);
    expect(stderr).toContain('sandbox-server-1 is no spot node');
  });
});

/** On the node already, as if the scheduler had put it there; gone at once when it is deleted, for no kubelet ends it. */
function pod(name: string, owner?: { readonly kind: string }): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      ...(owner && {
        ownerReferences: [{ apiVersion: 'apps/v1', ...owner, name: 'ds', uid: 'of-the-test' }],
      }),
    },
    spec: {
      nodeName: node,
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'main', image: 'registry.example/none' }],
    },
  };
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 500));
}
