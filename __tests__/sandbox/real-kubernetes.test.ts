import { spawnSync } from 'node:child_process';
import { ensureSandbox } from '../../provisioner/sandbox';
import { currentStatus, down, reset } from '../../provisioner/sandbox/lifecycle';
import { markedProcesses } from '../../provisioner/sandbox/process-table';
import { stateFolder } from '../../provisioner/sandbox/state-folder';
import { itWithNamespaces, ownStateFolder, runThrough, smallEnvironment } from './namespaces-support';

// etcd and kube-apiserver take their time.
jest.setTimeout(240_000);

const assets = process.env.KUBEBUILDER_ASSETS ?? '';
if (assets === '') console.warn('skipped: KUBEBUILDER_ASSETS is not set (etcd, kube-apiserver, kubectl)');
const maybe = assets === '' ? it.skip : itWithNamespaces();

describe('with a real Kubernetes API', () => {
  const state = ownStateFolder();
  afterAll(async () => {
    await reset();
    state.remove();
  });

  maybe('k3s on the nodes registers real Node objects, which the real kubectl shows', async () => {
    const sandbox = await ensureSandbox(smallEnvironment());
    expect((await currentStatus())?.kubernetes.kind).toBe('real');
    const api = sandbox.inventory.endpoints.kubernetesApi;
    const start = (
      role: string,
      config: string,
    ) => `curl -fsS -o /usr/local/bin/k3s '${sandbox.artifacts}/k3s-io/k3s/releases/download/v1.34.4%2Bk3s1/k3s'
chmod 755 /usr/local/bin/k3s; mkdir -p /etc/rancher/k3s
printf 'token: s3cret\\n${config}' >/etc/rancher/k3s/config.yaml
printf '[Service]\\nType=notify\\nExecStart=/usr/local/bin/k3s ${role}\\n[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/k3s.service
systemctl enable --now k3s`;
    expect((await runThrough(sandbox, 'sandbox-server-1', start('server', 'node-name: one\\n'))).Status).toBe(
      'Success',
    );
    const agent = start(
      'agent',
      `node-name: two\\nserver: https://${api}\\nnode-label: [role=db]\\nnode-taint: ["dedicated=db:NoSchedule"]\\n`,
    );
    expect((await runThrough(sandbox, 'sandbox-general-1', agent)).Status).toBe('Success');

    const onServer = async (script: string) =>
      (await runThrough(sandbox, 'sandbox-server-1', script)).StandardOutputContent;
    expect(await onServer("k3s kubectl get nodes --no-headers | awk '{ print $1, $2 }'")).toBe(
      'one Ready\ntwo Ready\n',
    );
    expect(
      await onServer("k3s kubectl get node two -o jsonpath='{.metadata.labels.role} {.spec.taints[*].key}'"),
    ).toBe('db dedicated');
    const invalid =
      "printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata:\\n  name: UPPER\\n' | k3s kubectl apply -f - 2>&1 | grep -c 'RFC 1123'";
    expect(await onServer(invalid)).toBe('1\n');
    expect(await onServer('k3s kubectl create namespace kept')).toBe('namespace/kept created\n');

    await runThrough(sandbox, 'sandbox-general-1', 'systemctl stop k3s');
    expect(await onServer('k3s kubectl wait --for=condition=Ready=Unknown node/two --timeout=20s')).toContain(
      'condition met',
    );
    await runThrough(sandbox, 'sandbox-server-1', 'systemctl stop k3s');
    expect(spawnSync('curl', ['-sk', `https://${api}/readyz`]).status).toBe(7);

    await down();
    expect(markedProcesses(stateFolder().root)).toEqual([]);
    const again = await ensureSandbox(smallEnvironment());
    const kept = await runThrough(
      again,
      'sandbox-server-1',
      'for _ in $(seq 100); do k3s kubectl get ns kept -o name && exit; sleep 0.1; done',
    );
    expect(kept.StandardOutputContent).toBe('namespace/kept\n');
  });
});
