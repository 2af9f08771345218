import { parse } from 'yaml';
import type { KubeconfigEntry } from '../../provisioner/kubeconfig/entry';
import { mergeKubeconfig } from '../../provisioner/kubeconfig/merge';

const entry: KubeconfigEntry = {
  name: 'stagecraft-prod',
  server: 'https://127.0.0.1:16443',
  tlsServerName: 'kubernetes.default.svc',
  ca: 'authority',
  certificate: 'certificate',
  key: 'key',
};
const merge = (text: string, use = false, changes: Partial<KubeconfigEntry> = {}) =>
  mergeKubeconfig(text, { ...entry, ...changes }, { where: 'the file', use });

const others = `# of the team
apiVersion: v1
kind: Config
clusters:
  # do not touch
  - name: other
    cluster: {server: "https://other:6443", certificate-authority-data: QUJD} # theirs
contexts:
- context:
    cluster: other
    user: other
    namespace: shop
  name: other
current-context: other
users:
- name: other
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: aws
      args: [eks, get-token]
extensions:
- name: vendor
  extension: {last: 2026-01-01}
`;

test('a new file has all that kubectl needs, and uses the context', () => {
  const config = parse(merge(''));
  expect(config).toMatchObject({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'stagecraft-prod',
    contexts: [{ name: 'stagecraft-prod', context: { cluster: 'stagecraft-prod', user: 'stagecraft-prod' } }],
  });
  expect(config.clusters[0].cluster).toEqual({
    server: 'https://127.0.0.1:16443',
    'tls-server-name': 'kubernetes.default.svc',
    'certificate-authority-data': Buffer.from('authority').toString('base64'),
  });
  expect(Buffer.from(config.users[0].user['client-key-data'], 'base64').toString()).toBe('key');
});

test('others’ entries, comments, unknown fields and the current context stay', () => {
  const merged = merge(others);
  for (const line of others.split('\n').filter((text) => text.includes('#'))) {
    const comment = line.slice(line.indexOf('#')).trim();
    expect(merged).toContain(comment);
  }
  const [before, after] = [parse(others), parse(merged)];
  expect(after['current-context']).toBe('other');
  expect(after.extensions).toEqual(before.extensions);
  for (const list of ['clusters', 'users', 'contexts']) {
    expect(after[list].slice(0, 1)).toEqual(before[list]);
    expect(after[list]).toHaveLength(2);
  }
});

test('again replaces its own entries alone; `use` switches to them', () => {
  const once = merge(others);
  const twice = merge(once, true, { key: 'another', server: 'https://127.0.0.1:7' });
  const config = parse(twice);
  expect(config.clusters.map(({ name }: { name: string }) => name)).toEqual(['other', 'stagecraft-prod']);
  expect(config.clusters[1].cluster.server).toBe('https://127.0.0.1:7');
  expect(config['current-context']).toBe('stagecraft-prod');
  expect(merge(once)).toBe(once);
});

test('empty and missing lists are filled', () => {
  const config = parse(
    merge('apiVersion: v1\nkind: Config\nclusters: []\nusers: null\ncurrent-context: ""\n'),
  );
  expect(config.clusters).toHaveLength(1);
  expect(config.users).toHaveLength(1);
  expect(config['current-context']).toBe('stagecraft-prod');
});

test.each([
  ['a: [', 'not a kubeconfig'],
  ['- a list', 'no map of fields'],
  ['kind: Deployment', 'its kind is Deployment'],
  ['clusters: none', 'its clusters are no list'],
])('%j is refused, and nothing of it is lost', (text, why) => {
  expect(() => merge(text)).toThrow(why);
});
