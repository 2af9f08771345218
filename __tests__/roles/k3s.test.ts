import { parse } from 'yaml';
import { type NodeValue, renderShell } from '../../provisioner/engine/shell';
import { stepsOf } from '../../provisioner/engine/steps';
import type { Task } from '../../provisioner/engine/task';
import type { RoleContext } from '../../provisioner/roles/context';
import { k3sAgent, k3sServer } from '../../provisioner/roles/k3s';
import { configOf } from '../../provisioner/roles/k3s/config';
import { k3sTokenPrerequisite } from '../../provisioner/roles/k3s/token';
import { site } from '../../provisioner/site';
import { exampleContext, exampleInventory, exampleIssuer, valueOn } from './example';

function config(context: RoleContext, name: string) {
  const node = context.inventory.nodes.find((candidate) => candidate.name === name);
  if (node === undefined) throw new Error(`no node ${name}`);
  return configOf(context, node);
}

const task = (tasks: readonly Task[], name: string | RegExp): Task => {
  const found = tasks.find((candidate) =>
    typeof name === 'string' ? candidate.name === name : name.test(candidate.name),
  );
  if (found === undefined) throw new Error(`no task ${name}`);
  return found;
};

function nodeValues({ define, check, apply }: Task): NodeValue[] {
  const found: NodeValue[] = [];
  for (const shell of [define, check, apply]) {
    if (shell !== undefined) renderShell(shell, (value) => `v${found.push(value)}`);
  }
  return found;
}

describe('config.yaml', () => {
  it('of a single server', () => {
    expect(config(exampleContext(), 'test-server-1')).toMatchInlineSnapshot(`
      {
        "cluster-cidr": "10.42.0.0/16",
        "disable": [
          "servicelb",
          "traefik",
        ],
        "flannel-backend": "vxlan",
        "kube-apiserver-arg": [
          "audit-policy-file=/etc/rancher/k3s/audit-policy.yaml",
          "audit-log-path=/var/lib/rancher/k3s/server/logs/audit.log",
          "audit-log-maxage=30",
          "audit-log-maxbackup=10",
          "audit-log-maxsize=100",
          "service-account-extend-token-expiration=false",
        ],
        "kube-controller-manager-arg": [
          "terminated-pod-gc-threshold=100",
        ],
        "kubelet-arg": [
          "provider-id=aws:///ap-northeast-2a/i-00000000000000010",
          "streaming-connection-idle-timeout=5m",
          "tls-cipher-suites=TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305,TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
          "pod-max-pids=4096",
          "container-log-max-files=3",
          "container-log-max-size=20Mi",
        ],
        "node-ip": "10.0.0.10",
        "node-name": "test-server-1",
        "protect-kernel-defaults": true,
        "secrets-encryption": true,
        "service-cidr": "10.43.0.0/16",
        "tls-san": [
          "10.0.0.10",
        ],
        "token-file": "/etc/rancher/k3s/token",
        "write-kubeconfig-mode": "0600",
      }
    `);
  });

  it('of an agent', () => {
    expect(config(exampleContext(), 'test-database-1')).toMatchInlineSnapshot(`
      {
        "kubelet-arg": [
          "provider-id=aws:///ap-northeast-2a/i-00000000000000031",
          "streaming-connection-idle-timeout=5m",
          "tls-cipher-suites=TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305,TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
          "pod-max-pids=4096",
          "container-log-max-files=3",
          "container-log-max-size=20Mi",
        ],
        "node-ip": "10.0.0.31",
        "node-label": [
          "node-role=db",
        ],
        "node-name": "test-database-1",
        "node-taint": [
          "bare:NoExecute",
          "dedicated=database:NoSchedule",
        ],
        "protect-kernel-defaults": true,
        "server": "https://10.0.0.10:6443",
        "token-file": "/etc/rancher/k3s/token",
      }
    `);
  });

  it('of three servers: the first makes the cluster, the others choose whom they join', () => {
    const context = exampleContext({ servers: { count: 3 } });
    expect(config(context, 'test-server-1')).toMatchObject({
      'cluster-init': true,
    });
    expect(config(context, 'test-server-1')).not.toHaveProperty('server');
    for (const node of ['test-server-2', 'test-server-3', 'test-general-1']) {
      expect(config(context, node)).not.toHaveProperty('cluster-init');
      expect(config(context, node)).not.toHaveProperty('server');
    }
    expect(config(context, 'test-server-3')).toMatchObject({
      'tls-san': ['10.0.0.10', '10.0.0.11', '10.0.0.12'],
    });
  });

  it('keeps the cluster-wide options equal on all servers', () => {
    const context = exampleContext({ servers: { count: 3 } });
    const shared = ['cluster-cidr', 'service-cidr', 'flannel-backend', 'disable', 'secrets-encryption'];
    const of = (name: string) => shared.map((key) => config(context, name)[key]);
    expect(of('test-server-2')).toEqual(of('test-server-1'));
  });

  it('sends etcd snapshots to the bucket for backups, where there is one', () => {
    const inventory = exampleInventory(3, {
      buckets: { backups: 'my-backups' },
    });
    const context = exampleContext({ servers: { count: 3 } }, inventory);
    expect(config(context, 'test-server-1')).toMatchObject({
      'etcd-s3': true,
      'etcd-s3-bucket': 'my-backups',
      'etcd-s3-region': 'ap-northeast-2',
      'etcd-s3-folder': 'test/etcd',
    });
    expect(config(exampleContext(), 'test-server-1')).not.toHaveProperty('etcd-s3');
  });

  it('signs tokens as the issuer of the inventory, and takes those that K3s signed before', () => {
    const context = exampleContext({}, exampleInventory(1, { workloadIdentity: exampleIssuer }));
    expect(config(context, 'test-server-1')).toMatchObject({
      'kube-apiserver-arg': expect.arrayContaining([
        `service-account-issuer=${exampleIssuer.issuer}`,
        'service-account-issuer=https://kubernetes.default.svc.cluster.local',
        `service-account-jwks-uri=${exampleIssuer.issuer}/openid/v1/jwks`,
      ]),
    });
    // The first of them signs.
    const issuers = Object(config(context, 'test-server-1'))['kube-apiserver-arg'].filter((one: string) =>
      one.startsWith('service-account-issuer='),
    );
    expect(issuers).toHaveLength(2);
    expect(issuers[0]).toContain(exampleIssuer.issuer);
    expect(JSON.stringify(config(context, 'test-general-1'))).not.toContain('issuer');
    expect(JSON.stringify(config(exampleContext(), 'test-server-1'))).not.toContain('issuer');
  });

  it('reaches each node as its own', () => {
    const context = exampleContext();
    const [content] = nodeValues(task(k3sAgent.tasks(context), 'file /etc/rancher/k3s/config.yaml'));
    expect(parse(valueOn(content, 'test-database-1'))).toMatchObject({
      'node-name': 'test-database-1',
    });
    expect(parse(valueOn(content, 'test-general-1'))).toMatchObject({
      'node-ip': '10.0.0.21',
    });
  });
});

describe('the binary', () => {
  it('comes from the release, by architecture, with its checksum file', () => {
    const context = exampleContext({ k3s: { version: 'v1.33.5+k3s1' } });
    const values = nodeValues(task(k3sAgent.tasks(context), 'binary v1.33.5+k3s1'));
    const on = (name: string) => new Set(values.map((value) => valueOn(value, name)));
    const folder = 'https://github.com/k3s-io/k3s/releases/download/v1.33.5%2Bk3s1';
    expect(on('test-general-1')).toEqual(new Set([`${folder}/k3s`, `${folder}/sha256sum-amd64.txt`, 'k3s']));
    expect(on('test-general-2')).toEqual(
      new Set([`${folder}/k3s-arm64`, `${folder}/sha256sum-arm64.txt`, 'k3s-arm64']),
    );
  });

  it('comes from the mirror, and is verified with the environment’s checksums', () => {
    const inventory = exampleInventory();
    const context = exampleContext(
      { k3s: { checksums: { amd64: 'a'.repeat(64), arm64: 'b'.repeat(64) } } },
      {
        ...inventory,
        endpoints: {
          ...inventory.endpoints,
          artifacts: 'http://mirror.example.com:8080/',
        },
      },
    );
    const values = nodeValues(task(k3sServer.tasks(context), /^binary/));
    const texts = values.map((value) => valueOn(value, 'test-general-2'));
    expect(texts).toContain('b'.repeat(64));
    expect(texts).toContain(
      'http://mirror.example.com:8080/k3s-io/k3s/releases/download/v1.34.4%2Bk3s1/k3s-arm64',
    );
    expect(texts.join()).not.toContain('sha256sum');
  });
});

describe('restarts', () => {
  it.each([
    ['server', k3sServer],
    ['agent', k3sAgent],
  ])('of a %s: due when a file changed that it reads at its start, and only then', (_, role) => {
    const tasks = role.tasks(exampleContext({ k3s: { airgapImages: true } }));
    const notifying = tasks
      .filter(({ notify }) => notify !== undefined)
      .map(({ name }) => name.replace(/ v.*| \(.*/, ''));
    expect(notifying).toEqual(
      expect.arrayContaining([
        'binary',
        'join token',
        'file /etc/rancher/k3s/config.yaml',
        'image archive',
        'no registry mirrors',
      ]),
    );
    expect(notifying).not.toContain('command kubectl');
  });

  it('of a service that was just started: not due', () => {
    const [service] = k3sServer.tasks(exampleContext()).filter(({ satisfies }) => satisfies !== undefined);
    expect(service?.name).toBe('service k3s.service started and enabled');
    expect(service?.satisfies?.map(({ name }) => name)).toEqual(['restart k3s.service']);
  });
});

describe('the token', () => {
  it('is never part of a task', () => {
    const token = task(k3sServer.tasks(exampleContext()), 'join token');
    expect(token.sensitive).toBe(true);
  });

  it('is made once, 32 random bytes, with the key of the environment', async () => {
    const inventory = exampleInventory();
    const context = exampleContext(
      {},
      {
        ...inventory,
        secrets: { ...inventory.secrets, kmsKeyArn: 'arn:aws:kms:x' },
      },
    );
    const created: unknown[][] = [];
    const prerequisite = k3sTokenPrerequisite(context, {
      exists: async () => created.length > 0,
      create: async (...all) => void created.push(all),
    });
    expect(await prerequisite.check()).toBe(false);
    await prerequisite.apply();
    expect(await prerequisite.check()).toBe(true);
    expect(created).toEqual([
      [
        '/stagecraft/test/k3s/token',
        expect.stringMatching(/^[0-9a-f]{64}$/),
        expect.objectContaining({ kmsKeyArn: 'arn:aws:kms:x' }),
      ],
    ]);
    expect(JSON.stringify(prerequisite)).not.toContain(String(created[0]?.[1]));
  });
});

describe('the site', () => {
  it('is base everywhere, then servers one at a time, then agents at once', () => {
    const plays = site({
      secrets: { exists: async () => true, create: async () => {} },
    });
    expect(
      plays.map(({ name, hosts, serial, roles }) => [name, hosts, serial, roles.map((role) => role.name)]),
    ).toEqual([
      ['base', 'all', undefined, ['base', 'data-volume']],
      ['k3s servers', 'servers', 1, ['k3s']],
      ['k3s agents', 'agents', undefined, ['k3s', 'spot-notice']],
      ['k3s nodes', 'servers', undefined, ['k3s', 'redis']],
    ]);
  });

  it('has the steps of each role in its play', () => {
    const context = exampleContext();
    for (const play of site({
      secrets: { exists: async () => true, create: async () => {} },
    }))
      expect(stepsOf(play, context).length).toBeGreaterThan(0);
  });
});
