import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseFacts } from '../../../provisioner/engine/facts';
import { renderShell } from '../../../provisioner/engine/shell';
import { k3sFacts } from '../../../provisioner/roles/k3s/facts';
import { hasTool, itWith, runShell, shellcheck, shells } from '../../engine/shells';

const missing = ['openssl'].filter((tool) => !hasTool(tool));
if (missing.length > 0) console.warn(`skipped: ${missing.join(', ')} is not installed`);

(missing.length === 0 ? describe : describe.skip).each(shells)('facts of K3s under %s', (_, shell) => {
  const root = mkdtempSync(join(tmpdir(), 'stagecraft-k3s-facts-'));
  const data = join(root, 'var/lib/rancher/k3s');
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  /** The source with its absolute paths below the test's folder, and a cluster that answers. */
  const ask = (): ReadonlyMap<string, string> => {
    const script = renderShell(k3sFacts(), () => '').replaceAll(
      '/var/lib/rancher',
      `${root}/var/lib/rancher`,
    );
    const path = `${root}/bin:${process.env.PATH}`;
    return parseFacts(runShell(shell, script, { PATH: path }));
  };

  beforeAll(() => {
    for (const folder of ['bin', 'var/lib/rancher/k3s/server/tls/etcd', 'var/lib/rancher/k3s/agent'])
      mkdirSync(join(root, folder), { recursive: true });
    program('systemctl', 'exit 0');
    program('k3s', 'printf "node/b\\nnode/a\\n"');
  });

  const program = (name: string, body: string) =>
    writeFileSync(join(root, 'bin', name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });

  it('says nothing of certificates where there are none, and lists the cluster', () => {
    expect([...ask()]).toEqual([['cluster_nodes', 'b,a']]);
  });

  it('finds the certificate and the authority that end first, whatever follows them in their files', () => {
    const ca = certificate('server-ca', '/CN=k3s-server-ca@1', 3650, 'basicConstraints=critical,CA:TRUE');
    const old = certificate('client-ca', '/CN=k3s-client-ca@1', 700, 'basicConstraints=critical,CA:TRUE');
    const api = certificate('api', '/CN=kube-apiserver', 365, 'basicConstraints=CA:FALSE');
    const kubelet = certificate(
      'kubelet',
      '/O=system:nodes/CN=system:node:a',
      40,
      'basicConstraints=CA:FALSE',
    );
    writeFileSync(join(data, 'server/tls/server-ca.crt'), ca.pem);
    writeFileSync(join(data, 'server/tls/etcd/peer-ca.crt'), old.pem);
    writeFileSync(join(data, 'server/tls/serving-kube-apiserver.crt'), api.pem + ca.pem);
    writeFileSync(join(data, 'agent/client-kubelet.crt'), kubelet.pem + old.pem);
    writeFileSync(join(data, 'agent/client-kubelet.key'), 'not looked at');
    const facts = ask();
    expect(facts.get('k3s_certificate')).toBe('system:node:a');
    expect(facts.get('k3s_certificate_expires')).toBe(kubelet.ends);
    expect(facts.get('k3s_ca_expires')).toBe(old.ends);
  });

  it('leaves the list of nodes out where K3s does not answer, or does not run', () => {
    program('k3s', 'exit 1');
    expect(ask().has('cluster_nodes')).toBe(false);
    program('systemctl', 'exit 3');
    program('k3s', 'touch /nonexistent; echo node/never');
    expect(ask().has('cluster_nodes')).toBe(false);
  });

  const certificate = (name: string, subject: string, days: number, extension: string) => {
    const file = join(root, name);
    writeFileSync(
      `${file}.cnf`,
      `[req]\ndistinguished_name=dn\nx509_extensions=v3\n[dn]\n[v3]\n${extension}\n`,
    );
    const { stdout, stderr, status } = spawnSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
        ...['-subj', subject, '-days', String(days), '-keyout', `${file}.key`, '-config', `${file}.cnf`],
      ],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(stderr);
    return {
      pem: stdout,
      ends: new Date(new X509Certificate(stdout).validTo).toISOString().replace('.000', ''),
    };
  };
});

itWith('shellcheck')('shellcheck has nothing to say', () => {
  expect(shellcheck(renderShell(k3sFacts(), () => ''))).toBe('');
});
