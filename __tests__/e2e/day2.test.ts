import { rmSync } from 'node:fs';
import { type Finished, recapOf, SandboxCli, sandboxObstacle } from './sandbox-cli';

const obstacle = sandboxObstacle();
const maybe = obstacle === undefined ? describe : describe.skip;
if (obstacle !== undefined) console.warn(`skipped: ${obstacle}`);

jest.setTimeout(600_000);

const ENV = ['--env', 'sandbox-ha'] as const;
const [first, second, third] = ['sandbox-ha-server-1', 'sandbox-ha-server-2', 'sandbox-ha-server-3'] as const;
const agent = 'sandbox-ha-general-3';

/** In this order, on three servers and four agents. */
maybe('what comes after the first day', () => {
  const cli = new SandboxCli();

  const on = async (node: string, script: string): Promise<string> => {
    const { code, stdout, stderr } = await cli.run('sandbox', 'shell', node, '--', 'sh', '-euc', script);
    if (code !== 0) throw new Error(`on ${node}: ${script}\nexit code ${code}\n${stdout}${stderr}`);
    return stdout.trim();
  };
  /** Ends well, or shows what it printed. */
  const succeed = async (...args: string[]): Promise<Finished> => {
    const run = await cli.run(...args);
    if (run.code !== 0)
      throw new Error(`${args.join(' ')}\nexit code ${run.code}\n${run.stdout}${run.stderr}`);
    return run;
  };
  const until = (node: string, condition: string) =>
    on(node, `for _ in $(seq 300); do if ${condition}; then exit 0; fi; sleep 0.2; done; exit 1`);
  const changedBy = ({ stdout }: Finished) =>
    Object.fromEntries([...recapOf(stdout)].filter(([, { changed }]) => changed !== 0));
  const converged = async () => {
    const run = await cli.run('provision', ...ENV);
    expect({ code: run.code, changed: changedBy(run) }).toEqual({ code: 0, changed: {} });
  };

  beforeAll(async () => {
    await succeed('provision', ...ENV);
  });
  afterAll(async () => {
    await cli.run('sandbox', 'reset', ...ENV);
    rmSync(cli.state, { recursive: true, force: true });
  });

  let snapshot = '';

  test('a snapshot is taken when it is asked for, here and in the bucket, and never otherwise', async () => {
    await on(first, 'k3s kubectl create namespace before');
    const asked = await cli.run('provision', ...ENV, '--tags', 'etcd-snapshot', '--limit', first);
    expect(changedBy(asked)).toMatchObject({ [first]: { changed: 1 } });
    await converged();
    const list = await cli.run('restore', ...ENV, '--list');
    const lines = list.stdout.split('\n').filter((line) => line.startsWith('on-demand-'));
    expect(lines).toHaveLength(2);
    expect(list.stdout).toContain(
      's3://stagecraft-sandbox-ha-backups-000000000000/sandbox-ha/etcd/on-demand-',
    );
    snapshot = lines[0]?.split(/\s+/)[0] ?? '';
    await on(first, 'k3s kubectl create namespace after');
  });

  test('a restore asks first, and names what is lost', async () => {
    const refused = await cli.run('restore', ...ENV, '--snapshot', snapshot);
    expect(refused.code).toBe(64);
    expect(refused.stderr).toContain('Lost: every object');
    expect(refused.stderr).toContain('there is no terminal to ask on');
    expect(await on(first, 'k3s kubectl get namespace after -o name')).toBe('namespace/after');
  });

  test('a restore that breaks off says how to go on, and comes to its end', async () => {
    const broken = await cli.run('restore', ...ENV, '--snapshot', 'no-such-snapshot', '--yes');
    expect(broken.code).toBe(1);
    expect(broken.stdout).toContain('failed to download snapshot from S3');
    expect(broken.stderr).toContain('it begins anew, from the snapshot');
    await succeed('restore', ...ENV, '--snapshot', snapshot, '--yes');
    const namespaces = await on(second, 'k3s kubectl get namespaces -o name');
    expect(namespaces).toContain('namespace/before');
    expect(namespaces).not.toContain('namespace/after');
    expect(await on(third, 'ls -d /var/lib/rancher/k3s/server/db-before-restore-*')).not.toBe('');
    await converged();
  });

  test('a restore that breaks off after a server has joined is finished by the same command', async () => {
    await on(first, 'k3s kubectl create namespace later');
    const dropIn = '/etc/systemd/system/k3s.service.d/broken.conf';
    await on(
      third,
      `mkdir -p ${dropIn.replace(/[^/]*$/, '')}; printf '[Service]\\nExecStartPre=/bin/false\\n' >${dropIn}; systemctl daemon-reload`,
    );
    const restore = ['restore', ...ENV, '--snapshot', snapshot, '--yes'] as const;
    expect((await cli.run(...restore)).code).toBe(1);
    const joined = await on(first, 'k3s kubectl get nodes --no-headers');
    expect(joined).toMatch(new RegExp(`${second} +Ready`));
    // What is made in the half of a cluster is not in the snapshot either.
    await on(first, 'k3s kubectl create namespace between');
    await on(third, `rm ${dropIn}; systemctl daemon-reload`);
    await succeed(...restore);
    const namespaces = await on(third, 'k3s kubectl get namespaces -o name');
    expect(namespaces).toContain('namespace/before');
    expect(namespaces).not.toMatch(/later|between/);
    await converged();
  });

  test('certificates are made anew when it is asked for, one server at a time', async () => {
    const serial = 'openssl x509 -noout -serial -in /var/lib/rancher/k3s/agent/client-kubelet.crt';
    const before = await on(second, serial);
    const run = await cli.run('provision', ...ENV, '--tags', 'certificate-rotation', '--output', 'json');
    expect(run.code).toBe(0);
    expect(await on(second, serial)).not.toBe(before);
    const order = run.stdout
      .split('\n')
      .filter((line) => line.includes('certificates made anew') && line.includes('"status":"changed"'))
      .map((line): string => JSON.parse(line).node);
    expect(order.slice(0, 3)).toEqual([first, second, third]);
    expect(order).toHaveLength(7);
    await converged();
  });

  test('a certificate that ends soon is a warning in the recap', async () => {
    await on(
      agent,
      `cd /var/lib/rancher/k3s/agent
openssl req -x509 -key client-kubelet.key -subj "/CN=system:node:${agent}" -days 20 -addext basicConstraints=critical,CA:FALSE -out client-kubelet.crt`,
    );
    const run = await cli.run('provision', ...ENV, '--check');
    expect(run.stdout).toMatch(
      new RegExp(
        `warning: the certificate "system:node:${agent}" of ${agent} expires on .*, in 1?\\d{1,2} days`,
      ),
    );
    expect(run.stdout).toContain('--tags certificate-rotation');
    await on(agent, 'systemctl restart k3s-agent');
  });

  test('a node leaves the cluster, clean enough to come back', async () => {
    const removed = await succeed('node', 'remove', agent, ...ENV, '--yes');
    expect(removed.stderr).toContain('nodeGroups.general.count: 2');
    expect(await on(first, 'k3s kubectl get nodes -o name')).not.toContain(agent);
    expect(await on(agent, 'ls -A /var/lib/rancher /etc/rancher; ls /etc/systemd/system')).not.toMatch(/k3s/);
    const others = await cli.run('provision', ...ENV, '--limit', 'servers');
    expect(others.stdout).toContain(`warning: ${agent}: in the inventory, but not in the cluster`);
    await succeed('provision', ...ENV, '--limit', `servers:${agent}`);
    expect(await on(first, 'k3s kubectl get nodes -o name')).toContain(agent);
  });

  test('a node that is gone from the inventory is named, and is taken out', async () => {
    await on(
      first,
      `printf '{"apiVersion":"v1","kind":"Node","metadata":{"name":"old-1"}}' | k3s kubectl create -f -`,
    );
    const run = await cli.run('provision', ...ENV, '--limit', 'servers');
    expect(run.stdout).toContain('warning: old-1 is in the cluster, but not in the inventory');
    await succeed('node', 'remove', 'old-1', ...ENV, '--yes');
    expect(await cli.run('node', 'remove', 'old-2', ...ENV, '--yes')).toMatchObject({ code: 64 });
  });

  test('a server does not leave when etcd would lose its majority', async () => {
    await on(third, 'systemctl stop k3s');
    await until(first, `! k3s kubectl get node ${third} --no-headers | grep -q ' Ready '`);
    const refused = await cli.run('node', 'remove', second, ...ENV, '--yes');
    expect(refused.code).toBe(1);
    expect(refused.stdout).toContain('Bring the other servers back first');
    expect(await on(first, `k3s kubectl get node ${second} --no-headers`)).not.toContain(
      'SchedulingDisabled',
    );
    await on(third, 'systemctl start k3s');
    await until(first, `k3s kubectl get node ${third} --no-headers | grep -q ' Ready '`);
  });

  test('a server leaves etcd, and a new one of its name joins', async () => {
    await succeed('node', 'remove', second, ...ENV, '--yes');
    expect(await on(first, 'k3s kubectl get nodes -o name')).not.toContain(second);
    await succeed('provision', ...ENV);
    expect(await on(first, `k3s kubectl get node ${second} --no-headers`)).toContain('Ready');
  });

  test('a token rotation that breaks off leaves servers that start, and goes on', async () => {
    const token = (node: string) => on(node, 'cat /etc/rancher/k3s/token');
    const old = await token(first);
    await on(
      second,
      `mkdir -p /etc/systemd/system/k3s.service.d
printf '[Service]\\nExecStartPre=/bin/false\\n' >/etc/systemd/system/k3s.service.d/broken.conf; systemctl daemon-reload`,
    );
    const broken = await cli.run('token', 'rotate', ...ENV, '--yes');
    expect(broken.code).toBe(1);
    expect(broken.stderr).toContain('before any other run');
    // The third has not taken it yet, and starts all the same.
    expect(await token(third)).toBe(old);
    await on(second, 'rm /etc/systemd/system/k3s.service.d/broken.conf; systemctl daemon-reload');
    await on(second, 'systemctl restart k3s || :');
    await on(third, 'systemctl restart k3s || :');
    await until(third, `k3s kubectl get node ${third} --no-headers 2>/dev/null | grep -q ' Ready '`);
    const other = await cli.run('provision', ...ENV);
    expect(other.code).toBe(1);
    expect(other.stdout).toContain('npm run token -- rotate');

    const done = await succeed('token', 'rotate', ...ENV, '--yes');
    expect(done.stderr).toContain('it goes on with the same new token');
    const fresh = await token(first);
    expect(fresh).toMatch(/^[0-9a-f]{64}$/);
    expect(fresh).not.toBe(old);
    for (const node of [second, third, agent]) expect(await token(node)).toBe(fresh);
    expect(await on(second, 'ls /etc/rancher/k3s; ls /etc/systemd/system/k3s.service.d')).not.toMatch(
      /next|before|rotation/,
    );
    for (const { stdout, stderr } of [broken, done])
      for (const secret of [old, fresh]) expect(stdout + stderr).not.toContain(secret);
    expect(
      await on(first, `grep -rl -e ${old} -e ${fresh} /var/log /run/stagecraft /tmp 2>/dev/null || :`),
    ).toBe('');
    await converged();
  });

  test('a token rotation that breaks off while the old one is forgotten comes to its end', async () => {
    // What something is mounted on cannot be removed.
    const place = '/etc/rancher/k3s/token.before';
    await on(agent, `: >${place}; mount --bind /dev/null ${place}`);
    const broken = await cli.run('token', 'rotate', ...ENV, '--yes');
    expect(broken.code).toBe(1);
    expect(await on(first, 'ls /etc/rancher/k3s')).not.toMatch(/before/);
    await on(agent, `umount ${place}`);
    await succeed('token', 'rotate', ...ENV, '--yes');
    for (const node of [first, agent])
      expect(await on(node, 'ls /etc/rancher/k3s')).not.toMatch(/next|before/);
    await converged();
  });

  test('a snapshot from before the rotation comes back with the token of then', async () => {
    const wrong = await cli.run('restore', ...ENV, '--snapshot', snapshot, '--yes');
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toContain('encrypted with different token');
    await succeed('restore', ...ENV, '--snapshot', snapshot, '--token-version', '1', '--yes');
    await succeed('provision', ...ENV);
    await converged();
  });
});
