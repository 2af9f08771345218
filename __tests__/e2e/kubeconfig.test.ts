import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { SandboxCli, sandboxObstacle } from './sandbox-cli';

const obstacle = sandboxObstacle();
const maybe = obstacle === undefined ? describe : describe.skip;
if (obstacle !== undefined) console.warn(`skipped: ${obstacle}`);

jest.setTimeout(600_000);

const assets = process.env.KUBEBUILDER_ASSETS ?? '';
const hasControllers = assets !== '' && existsSync(join(assets, 'kube-controller-manager'));
if (!hasControllers)
  console.warn(
    'skipped: kubeconfig against a real API needs KUBEBUILDER_ASSETS with kube-controller-manager',
  );

const apis: (readonly [string, string])[] = [
  ['simulated', ''],
  ...(hasControllers ? [['real', assets] as const] : []),
];

maybe.each(apis)('kubeconfig on the %s API', (kind, kubebuilderAssets) => {
  const cli = new SandboxCli({ KUBEBUILDER_ASSETS: kubebuilderAssets });
  const file = join(cli.state, 'kubeconfig');
  afterAll(() => cli.remove());

  const certificateIn = (path: string) => {
    const { users, clusters } = parse(readFileSync(path, 'utf8'));
    const decoded = (text: string) => Buffer.from(text, 'base64').toString('utf8');
    return {
      certificate: new X509Certificate(decoded(users.at(-1).user['client-certificate-data'])),
      ca: new X509Certificate(decoded(clusters.at(-1).cluster['certificate-authority-data'])),
      key: decoded(users.at(-1).user['client-key-data']),
      server: String(clusters.at(-1).cluster.server),
    };
  };

  test('signs a key of this machine, for a day, and leaves what was in the file', async () => {
    await cli.provision('--limit', 'servers');
    writeFileSync(file, '# mine\napiVersion: v1\nkind: Config\ncurrent-context: other\n');
    const { code, stderr } = await cli.run('kubeconfig', '--env', 'sandbox', '--output', `${file}.own`);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const { certificate, ca, key } = certificateIn(`${file}.own`);
    expect(certificate.verify(ca.publicKey)).toBe(true);
    expect(certificate.subject).toContain('O=stagecraft:admins');
    const hours = (Date.parse(certificate.validTo) - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(23);
    expect(hours).toBeLessThan(25);
    expect(key).toContain('BEGIN PRIVATE KEY');
  });

  test('merges into $KUBECONFIG, and nothing secret was sent to the node', async () => {
    const merging = new SandboxCli({ KUBEBUILDER_ASSETS: kubebuilderAssets, KUBECONFIG: file }, cli.state);
    expect(await merging.run('kubeconfig', '--env', 'sandbox', '--view')).toMatchObject({ code: 0 });
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('# mine');
    expect(parse(text)).toMatchObject({
      'current-context': 'other',
      contexts: [{ name: 'stagecraft-sandbox' }],
    });
    const { certificate, key, server, ca } = certificateIn(file);
    expect(certificate.subject).toContain('O=stagecraft:viewers');
    // The beginning is the same in every key of this kind.
    const secret = key.replace(/-----.*-----|\n/g, '').slice(-80, -30);
    const found = spawnSync('grep', ['-rlF', secret, join(cli.state, 'runs'), join(cli.state, 'sandbox')], {
      encoding: 'utf8',
    });
    expect(found.stdout).toBe('');
    writeFileSync(`${file}.ca`, ca.toString());
    const ready = spawnSync('curl', ['-sS', '--cacert', `${file}.ca`, `${server}/readyz`], {
      encoding: 'utf8',
    });
    expect(ready.stdout).toBe('ok');
  });

  // The simulated API has no levels of access.
  if (kind === 'simulated') return;

  test('kubectl may do with it what its level says', () => {
    const kubectl = (config: string, ...args: string[]) =>
      spawnSync(
        join(assets, 'kubectl'),
        ['--kubeconfig', config, '--context', 'stagecraft-sandbox', ...args],
        { encoding: 'utf8' },
      );
    expect(kubectl(`${file}.own`, 'auth', 'can-i', '*', '*').stdout.trim()).toBe('yes');
    expect(kubectl(file, 'get', 'nodes', '-o', 'name').stdout).toContain('node/sandbox-server-1');
    expect(kubectl(file, 'get', 'pods', '--all-namespaces')).toMatchObject({ status: 0 });
    expect(kubectl(file, 'get', 'secrets', '--all-namespaces').stderr).toContain('Forbidden');
    expect(kubectl(file, 'delete', 'node', 'sandbox-server-1').stderr).toContain('Forbidden');
    expect(kubectl(`${file}.own`, 'get', 'csr', '-o', 'name').stdout).toBe('');
  });
});
