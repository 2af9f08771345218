import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { issuerDocuments } from '../../provisioner/inventory/schema';
import { sandboxObstacle } from '../e2e/sandbox-cli';
import { type RoleRun, RoleSandbox } from './sandbox-run';

const obstacle = sandboxObstacle();
const maybe = obstacle === undefined ? describe : describe.skip;
if (obstacle !== undefined) console.warn(`skipped: ${obstacle}`);

jest.setTimeout(240_000);

const server = 'sandbox-server-1';
const general1 = 'sandbox-general-1';
const general2 = 'sandbox-general-2';
const monitoring = 'sandbox-monitoring-1';
const database = 'sandbox-database-1';

const restarted = 'handler: restart k3s-agent.service';
const config = 'file /etc/rancher/k3s/config.yaml';
const started = 'service k3s-agent.service started and enabled';
const binary = expect.stringMatching(/^binary v/);

/** What happens to nodes by hand, and what the next run has to do there and nowhere else. */
const drifts = {
  'edited, removed, stopped, truncated': {
    [server]: [
      'echo "# x" >>/etc/systemd/system/k3s.service',
      ['unit k3s.service', 'handler: restart k3s.service'],
    ],
    [general1]: ['echo "node-ip: 10.9.9.9" >>/etc/rancher/k3s/config.yaml', [config, restarted]],
    [general2]: ['rm /usr/local/bin/k3s', [binary, restarted]],
    [monitoring]: ['systemctl stop k3s-agent', [started]],
    [database]: [': >/usr/local/bin/k3s', [binary, restarted]],
  },
  'tampered with, opened, disabled, unlinked': {
    [server]: [
      'chmod 644 /etc/rancher/k3s/audit-policy.yaml',
      ['file /etc/rancher/k3s/audit-policy.yaml', 'handler: restart k3s.service'],
    ],
    [general1]: ['echo "# evil" >>/usr/local/bin/k3s', [binary, restarted]],
    [general2]: ['chmod 644 /usr/local/bin/k3s; rm /usr/local/bin/ctr', [binary, 'command ctr', restarted]],
    [monitoring]: ['systemctl disable k3s-agent', [started]],
    [database]: ['echo "mirrors: {}" >/etc/rancher/k3s/registries.yaml', ['no registry mirrors', restarted]],
  },
  'stopped with its files changed: a start is enough': {
    [general1]: ['systemctl stop k3s-agent; rm /etc/rancher/k3s/config.yaml', [config, started]],
  },
} as const;

/** In this order. */
maybe('the role k3s on a server and four agents', () => {
  const sandbox = new RoleSandbox('k3s');
  afterAll(() => sandbox.remove());
  beforeAll(async () => {
    expect(await sandbox.provision('all', '--tags', 'base')).toMatchObject({ code: 0, failed: [] });
  });

  test('can be checked on nodes without it', async () => {
    const check = await sandbox.provision('all', '--check');
    expect(check).toMatchObject({ code: 0, failed: [] });
    expect(check.changed[server]).toContain('service k3s.service started and enabled');
    expect(check.changed[database]).toContain(started);
  });

  test('converges; a first start is not followed by a restart', async () => {
    const run = await sandbox.provision('all');
    expect(run).toMatchObject({ code: 0, failed: [] });
    expect(run.changed[server]).toContain('join token');
    expect(run.changed[database]).toContain(started);
    expect(JSON.stringify(run.changed)).not.toContain('handler');
  });

  test('has nothing to do the second time, in both modes', async () => {
    expect(await sandbox.provision('all')).toMatchObject({ code: 0, failed: [], changed: {} });
    const check = await sandbox.provision('all', '--check', '--detailed-exitcode');
    expect(check).toMatchObject({ code: 0, failed: [], changed: {} });
  });

  test('left the nodes as the README says', async () => {
    const modes = await sandbox.onNode(
      server,
      `cd /etc/rancher/k3s; stat -c '%a %U' . token config.yaml audit-policy.yaml k3s.yaml; readlink /usr/local/bin/kubectl`,
    );
    expect(modes.trim().split('\n')).toEqual([
      '700 root',
      '600 root',
      '600 root',
      '600 root',
      '600 root',
      'k3s',
    ]);
    const nodes = await sandbox.onNode(server, 'k3s kubectl get nodes');
    for (const node of [server, general1, general2, monitoring, database])
      expect(nodes).toMatch(new RegExp(`${node} +Ready`));
    expect(await sandbox.onNode(database, 'cat /etc/rancher/k3s/config.yaml')).toMatch(
      /provider-id=aws:\/\/\/ap-northeast-2[a-z]\/i-[0-9a-f]+/,
    );
  });

  test('keeps the token to itself, and fetches it again where it was changed', async () => {
    const token = await sandbox.onNode(database, 'cat /etc/rancher/k3s/token');
    expect(token).toMatch(/^[0-9a-f]{64}$/);
    await sandbox.onNode(database, 'printf wrong >/etc/rancher/k3s/token');
    const run = await sandbox.provision('all', '--diff', '--verbose');
    expect(run.changed).toEqual({ [database]: ['join token', restarted] });
    expect(run.printed).not.toContain(token);
    expect(
      await sandbox.onNode(database, `grep -rl ${token} /var/log /run/stagecraft /tmp 2>/dev/null || :`),
    ).toBe('');
  });

  test.each(Object.entries(drifts))('finds and mends what was %s, and only that', async (_, spoiled) => {
    for (const [node, [spoil]] of Object.entries(spoiled)) await sandbox.onNode(node, spoil);
    const mended = Object.fromEntries(Object.entries(spoiled).map(([node, [, tasks]]) => [node, tasks]));
    const run = await sandbox.provision('all');
    expect(run).toMatchObject({ code: 0, failed: [] });
    expect(withoutWaits(run.changed)).toEqual(mended);
    expect((await sandbox.provision('all')).changed).toEqual({});
  });

  test('an agent that starts and dies, over and over, is a failure, and not a change', async () => {
    // What the kubelet refuses to run with, as with an argument that it doesn't know: systemd has started it by then.
    await sandbox.onNode(
      general1,
      'echo 0 >/proc/sys/vm/overcommit_memory; echo "# x" >>/etc/rancher/k3s/config.yaml',
    );
    const run = await sandbox.provision(general1, '--skip-tags', 'ready');
    await sandbox.onNode(general1, 'echo 1 >/proc/sys/vm/overcommit_memory');
    expect(run.code).toBe(1);
    expect(run.failed.join()).toContain('k3s-agent.service does not come up');
    expect(run.failed.join()).toContain('invalid kernel flag: vm/overcommit_memory');
    expect(await sandbox.provision(general1)).toMatchObject({ code: 0, failed: [] });
    expect(await sandbox.provision(general1)).toMatchObject({ code: 0, failed: [], changed: {} });
  });

  test('never installs a binary with another hash', async () => {
    await sandbox.onNode(general2, 'rm /usr/local/bin/k3s');
    await sandbox.cli.run('sandbox', 'up', '--mirror-fault', 'tampered');
    const run = await sandbox.provision(general2);
    expect(run.code).toBe(1);
    expect(run.failed.join()).toContain('nothing was replaced');
    expect(await sandbox.onNode(general2, 'ls -A /usr/local/bin')).not.toMatch(/k3s/);
    await sandbox.cli.run('sandbox', 'up', '--reset-faults');
    expect(await sandbox.provision(general2)).toMatchObject({ code: 0, failed: [] });
  });

  test('gives a registered node the labels that were changed, and leaves those of others', async () => {
    await sandbox.onNode(
      server,
      `k3s kubectl label --overwrite node ${database} node-role=wrong others=mine`,
    );
    const run = await sandbox.provision('all');
    expect(run.changed).toEqual({ [server]: ['labels and taints of the nodes'] });
    const labels = await sandbox.onNode(server, `k3s kubectl get --raw /api/v1/nodes/${database}`);
    expect(JSON.parse(labels).metadata.labels).toMatchObject({ 'node-role': 'db', others: 'mine' });
  });

  test('publishes who signs the cluster’s tokens, and puts right what was changed there', async () => {
    const [discovery = '', keys = ''] = documentsIn(sandbox.cli.state);
    expect(JSON.parse(readFileSync(discovery, 'utf8'))).toMatchObject({
      issuer: 'https://stagecraft-sandbox-oidc-000000000000.s3.ap-northeast-2.amazonaws.com',
      simulated: 'by the stagecraft sandbox',
    });
    const served = await sandbox.onNode(server, 'k3s kubectl get --raw /openid/v1/jwks');
    expect(readFileSync(keys, 'utf8')).toBe(served.trimEnd());
    writeFileSync(keys, '{"keys":[]}');
    rmSync(discovery);
    const run = await sandbox.provision('all');
    expect(run.changed).toEqual({ [server]: ['documents of the token issuer'] });
    expect(run.diffs['documents of the token issuer']).toContain('-{"keys":[]}');
    expect(readFileSync(keys, 'utf8')).toBe(served.trimEnd());
    expect((await sandbox.provision('all')).changed).toEqual({});
  });

  test('brings a cluster that signed as K3s does by itself over to the issuer, in one run', async () => {
    await sandbox.onNode(
      server,
      "sed -i '/service-account-\\(issuer\\|jwks\\)/d' /etc/rancher/k3s/config.yaml; systemctl restart k3s",
    );
    for (const document of documentsIn(sandbox.cli.state)) rmSync(document);
    const alone = await sandbox.provision(server, '--tags', 'issuer');
    expect(alone.code).toBe(1);
    expect(alone.failed.join()).toContain('signs as https://kubernetes.default.svc.cluster.local, not as ');
    const run = await sandbox.provision('all');
    expect(run).toMatchObject({ code: 0, failed: [] });
    expect(withoutWaits(run.changed)).toEqual({
      [server]: [config, 'handler: restart k3s.service', 'documents of the token issuer'],
    });
    expect((await sandbox.provision('all')).changed).toEqual({});
  });

  test('refuses a token that is not the cluster’s, and says what to do', async () => {
    await sandbox.onNode(
      server,
      'echo "K10abc::server:another" >/var/lib/rancher/k3s/server/token; rm /etc/rancher/k3s/token',
    );
    const run = await sandbox.provision(server);
    expect(run.code).toBe(1);
    expect(run.printed).toContain('npm run token -- rotate');
    expect(await sandbox.onNode(server, 'ls /etc/rancher/k3s')).not.toMatch(/^token$/m);
  });
});

/** The objects of the issuer's bucket: who signs, and the keys. */
function documentsIn(state: string): readonly string[] {
  return Object.values(issuerDocuments).map((key) =>
    join(state, 'sandbox', 'issuer', encodeURIComponent(key)),
  );
}

/** Whether a service is up again before it is looked at depends on the machine. */
function withoutWaits(changed: RoleRun['changed']) {
  return Object.fromEntries(
    Object.entries(changed).map(([node, tasks]) => [
      node,
      tasks.filter((task) => !task.startsWith('wait until')),
    ]),
  );
}
