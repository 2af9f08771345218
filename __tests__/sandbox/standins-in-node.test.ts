import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureSandbox, type SandboxHandle } from '../../provisioner/sandbox';
import { currentStatus, reset } from '../../provisioner/sandbox/lifecycle';
import { enterArguments } from '../../provisioner/sandbox/nodes/namespaces';
import { AGENT_PATH } from '../../provisioner/sandbox/nodes/node';
import { itWithNamespaces, ownStateFolder, smallEnvironment } from './namespaces-support';

// Starting a daemon is seconds on a busy machine.
jest.setTimeout(180_000);

const maybe = itWithNamespaces();
const SERVER = 'sandbox-server-1';
const AGENT = 'sandbox-general-1';

const shellcheck = spawnSync('shellcheck', ['--version']).status === 0;
if (!shellcheck) console.warn('skipped: shellcheck is not installed');
const sandboxFolder = join(__dirname, '..', '..', 'provisioner', 'sandbox');
const scripts = ['stand-ins', 'nodes'].flatMap((folder) =>
  readdirSync(join(sandboxFolder, folder))
    .filter((name) => name.endsWith('.sh'))
    .map((name) => join(folder, name)),
);

(shellcheck ? it : it.skip).each(scripts)('%s is clean POSIX sh', (script) => {
  const { stdout, status } = spawnSync('shellcheck', ['-s', 'sh', join(sandboxFolder, script)], {
    encoding: 'utf8',
  });
  expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
});

describe('stand-ins on a node', () => {
  const state = ownStateFolder();
  let sandbox: SandboxHandle;
  const pids = new Map<string, number>();
  beforeAll(async () => {
    if (maybe !== it) return;
    // The simulated API, whatever the environment of this test run is.
    delete process.env.KUBEBUILDER_ASSETS;
    sandbox = await ensureSandbox(smallEnvironment());
    for (const { name, pid } of (await currentStatus())?.nodes ?? []) pids.set(name, pid ?? 0);
  });
  afterAll(async () => {
    await reset();
    state.remove();
  });

  /** Runs a script in a node and gives its output, both streams, and exit code. */
  const on = (node: string, script: string, shell = 'sh') => {
    const result = spawnSync(
      'nsenter',
      [...enterArguments(pids.get(node) ?? 0), shell, '-c', `exec 2>&1\n${script}`],
      {
        encoding: 'utf8',
        env: { PATH: AGENT_PATH },
      },
    );
    return { code: result.status, output: result.stdout };
  };
  const unit = (name: string, content: string) =>
    `cat >/etc/systemd/system/${name}.service <<'UNIT'\n${content}\nUNIT\nsystemctl daemon-reload\n`;

  maybe('systemctl runs a service, knows its process, and restarts it after a crash', () => {
    const { code, output } = on(
      SERVER,
      `${unit('demo', '[Service]\nEnvironment=GREETING=hello\nExecStart=/bin/sh -c "echo $GREETING; exec sleep 1000"\nRestart=always\nRestartSec=50ms\n[Install]\nWantedBy=multi-user.target')}
systemctl is-active demo; echo "code $?"
systemctl enable --now demo; systemctl is-active demo; systemctl is-enabled demo
first=$(systemctl show -p MainPID --value demo)
tr '\\0' ' ' </proc/$first/cmdline; echo
kill -9 "$first"
for _ in $(seq 200); do second=$(systemctl show -p MainPID --value demo); [ "$second" != 0 ] && [ "$second" != "$first" ] && break; sleep 0.05; done
[ "$second" != "$first" ] && systemctl is-active demo; systemctl show -p NRestarts demo
journalctl -u demo -q | grep -c '^hello$'
systemctl stop demo; systemctl is-active demo; [ -e "/proc/$second" ] || echo gone
systemctl disable demo; systemctl is-enabled demo`,
    );
    expect(output.split('\n')).toEqual([
      'inactive',
      'code 3',
      'Created symlink /etc/systemd/system/multi-user.target.wants/demo.service → /etc/systemd/system/demo.service.',
      'active',
      'enabled',
      'sleep 1000 ',
      'active',
      'NRestarts=1',
      '2',
      'inactive',
      'gone',
      'Removed "/etc/systemd/system/multi-user.target.wants/demo.service".',
      'disabled',
      '',
    ]);
    expect(code).toBe(1);
  });

  maybe('a unit that is restarted while it waits for another start runs once', () => {
    const { output } = on(
      SERVER,
      `${unit('loop', '[Service]\nExecStart=/bin/sh -c "[ -e /run/mended ] || exit 1; echo lives; exec sleep 1000"\nRestart=always\nRestartSec=2s')}
systemctl start loop
for _ in $(seq 100); do [ "$(systemctl show -P SubState loop)" = auto-restart ] && break; sleep 0.05; done
: >/run/mended
systemctl restart loop; systemctl is-active loop
sleep 3
journalctl -u loop -q | grep -c '^lives$'
systemctl stop loop; systemctl is-active loop`,
    );
    expect(output.trim().split('\n').slice(-3)).toEqual(['active', '1', 'inactive']);
  });

  maybe(
    'systemctl answers as the real one about units that fail, are unknown, are masked, or changed on disk',
    () => {
      const { output } = on(
        SERVER,
        `systemctl start nothing; echo "code $?"; systemctl is-active nothing; echo "code $?"
${unit('broken', '[Service]\nExecStart=/bin/false')}
systemctl start broken; echo "code $?"; sleep 0.2; systemctl is-failed broken; systemctl show -p Result --value broken
systemctl mask -q broken 2>/dev/null; systemctl mask -q absent; systemctl start absent; echo "code $?"
${unit('sleeper', '[Service]\nExecStart=/bin/sleep 1000')}
systemctl start sleeper; systemctl show -p NeedDaemonReload --value sleeper
echo '# more' >>/etc/systemd/system/sleeper.service; systemctl show -p NeedDaemonReload --value sleeper
systemctl daemon-reload; systemctl show -p NeedDaemonReload --value sleeper; systemctl stop sleeper`,
      );
      expect(output.split('\n')).toEqual([
        'Failed to start nothing.service: Unit nothing.service not found.',
        'code 5',
        'inactive',
        'code 4',
        'code 0',
        'failed',
        'exit-code',
        'Failed to start absent.service: Unit absent.service is masked.',
        'code 1',
        'no',
        'yes',
        'no',
        '',
      ]);
    },
  );

  maybe('a command that is killed takes no service along, and leaves none of its own group', async () => {
    const { output } = on(
      SERVER,
      `${unit('stays', '[Service]\nExecStart=/bin/sleep 2000')}
setsid sh -c 'systemctl start stays; kill -9 -- -$$'
systemctl is-active stays; systemctl stop stays`,
    );
    expect(output.trim().split('\n').at(-1)).toBe('active');
  });

  maybe(
    'apt-get registers packages where dpkg looks for them, and knows no package that there is not',
    () => {
      const { output } = on(
        SERVER,
        `dpkg-query -W -f '\${db:Status-Status}' chrony; echo "code $?"
apt-get install -y no-such-package; echo "code $?"
apt-get install -qq -y chrony >/dev/null; dpkg-query -W -f '\${Package}=\${db:Status-Status}\\n' chrony
systemctl is-active chrony; systemctl is-active chronyd; systemctl is-enabled chrony; test -f /etc/chrony/chrony.conf && echo conf
echo changed >/etc/chrony/chrony.conf; apt-get purge -y chrony >/dev/null; systemctl is-active chrony; ls /etc/chrony 2>/dev/null || echo purged`,
      );
      expect(output.split('\n')).toEqual([
        expect.stringMatching(/^dpkg-query: no packages found matching chrony/),
        'code 1',
        'E: Unable to locate package no-such-package',
        'code 100',
        'chrony=installed',
        'active',
        'active',
        'enabled',
        'conf',
        'inactive',
        'purged',
        '',
      ]);
    },
  );

  maybe('what stands in for something says so', () => {
    const { output } = on(
      SERVER,
      `systemctl --version; apt-get --version; modprobe --version; swapoff --version; journalctl --version; timedatectl --version; grep PRETTY /etc/os-release`,
    );
    const lines = output.trim().split('\n');
    expect(lines).toHaveLength(7);
    for (const line of lines) expect(line).toContain('simulated');
  });

  const install = (version = 'v1.34.4+k3s1') =>
    `curl -fsS -o /usr/local/bin/k3s ${sandbox.artifacts}/k3s-io/k3s/releases/download/${version.replace('+', '%2B')}/k3s && chmod 755 /usr/local/bin/k3s
mkdir -p /etc/rancher/k3s
ln -sf k3s /usr/local/bin/kubectl`;
  const k3sUnit = (role: string) =>
    unit(
      'k3s',
      `[Service]\nType=${role === 'server' ? 'notify' : 'exec'}\nKillMode=process\nExecStart=/usr/local/bin/k3s ${role}\nTimeoutStartSec=20`,
    );
  const ready = (node: string) =>
    `for _ in $(seq 200); do kubectl get nodes ${node} 2>/dev/null | grep -q ' Ready' && break; sleep 0.05; done\nkubectl get nodes ${node} --no-headers | awk '{ print $2 }'`;

  maybe.each(['dash', 'bash', 'busybox'])(
    'k3s --version is in the format of the real one under %s',
    (shell) => {
      const words = shell === 'busybox' ? 'busybox sh' : shell;
      const { output } = on(
        SERVER,
        `${install()}\nif command -v ${shell} >/dev/null; then ${words} /usr/local/bin/k3s --version; else echo 'k3s version v1.34.4+k3s1 (simulated: no ${shell})'; fi`,
      );
      expect(output).toMatch(/^k3s version v1\.34\.4\+k3s1 \(simulated/);
    },
  );

  maybe('k3s refuses an option that it has not, and kernel defaults that are not protected', () => {
    on(SERVER, install());
    expect(
      on(SERVER, 'echo \'write-kubeconfig-mod: "0600"\' >/etc/rancher/k3s/config.yaml; k3s server'),
    ).toEqual({
      code: 1,
      output: expect.stringContaining(
        'level=fatal msg="flag provided but not defined: -write-kubeconfig-mod"',
      ),
    });
    const unprotected = on(
      SERVER,
      "echo 'protect-kernel-defaults: true' >/etc/rancher/k3s/config.yaml; sysctl -qw kernel.panic=0; k3s server",
    );
    expect(unprotected.code).toBe(1);
    expect(unprotected.output).toContain(
      'invalid kernel flag: kernel/panic, expected value: 10, actual value: 0',
    );
  });

  maybe('a server and an agent make a cluster; a wrong token does not; a stopped service is NotReady', () => {
    const server = on(
      SERVER,
      `${install()}
echo s3cret >/etc/rancher/k3s/token
printf 'node-name: one\\ntoken-file: /etc/rancher/k3s/token\\nwrite-kubeconfig-mode: "0640"\\ndisable: [traefik]\\n' >/etc/rancher/k3s/config.yaml
${k3sUnit('server')}
systemctl start k3s; echo "code $?"
kubectl get --raw /readyz; echo; stat -c %a /etc/rancher/k3s/k3s.yaml
${ready('one')}
ls /var/lib/rancher/k3s/server/manifests | grep -c traefik; sed 's/.*:://' /var/lib/rancher/k3s/server/token`,
    );
    expect(server.output).toBe('code 0\nok\n640\nReady\n0\nserver:s3cret\n');

    const api = sandbox.inventory.endpoints.kubernetesApi;
    const join = (token: string) =>
      on(
        AGENT,
        `${install()}
echo ${token} >/etc/rancher/k3s/token; rm -f /var/log/stagecraft-sandbox/k3s.service.log
printf 'server: https://${api}\\nnode-name: two\\ntoken-file: /etc/rancher/k3s/token\\nnode-label:\\n  - role=db\\nnode-taint:\\n  - dedicated=db:NoSchedule\\nkubelet-arg:\\n  - provider-id=aws:///a/i-1\\n' >/etc/rancher/k3s/config.yaml
${k3sUnit('agent')}
systemctl restart k3s; for _ in $(seq 100); do [ -s /var/log/stagecraft-sandbox/k3s.service.log ] && grep -Eq 'Unauthorized|is registered' /var/log/stagecraft-sandbox/k3s.service.log && break; sleep 0.05; done
cat /var/log/stagecraft-sandbox/k3s.service.log`,
      );
    const wrong = join('wrong');
    expect(wrong.output).toContain('401 Unauthorized');
    expect(on(SERVER, 'kubectl get node two').output).toBe(
      'Error from server (NotFound): nodes "two" not found\n',
    );

    expect(join('s3cret').output).toContain('node two is registered');
    expect(on(SERVER, ready('two')).output).toBe('Ready\n');
    const path =
      "kubectl get node two -o jsonpath='{.metadata.labels.role} {.spec.taints[0].key} {.spec.providerID}'";
    expect(on(SERVER, path).output).toBe('db dedicated aws:///a/i-1');
    // The kubelet's own credentials read its own node, and no other.
    const kubelet =
      'kubectl --kubeconfig /var/lib/rancher/k3s/agent/kubelet.kubeconfig get --raw /api/v1/nodes';
    expect(on(AGENT, `${kubelet}/two`).output).toContain('"type":"Ready","status":"True"');
    expect(on(AGENT, `${kubelet}/one`).output).toContain('Forbidden');

    const lost = (how: string) =>
      on(AGENT, how).code === 0 &&
      on(
        SERVER,
        `for _ in $(seq 200); do kubectl get nodes two | grep -q NotReady && break; sleep 0.05; done\nkubectl get nodes two --no-headers | awk '{ print $2 }'`,
      ).output;
    expect(lost('systemctl stop k3s')).toBe('NotReady\n');
    expect(on(AGENT, 'systemctl start k3s').code).toBe(0);
    expect(on(SERVER, ready('two')).output).toBe('Ready\n');
    expect(lost('kill -9 $(systemctl show -p MainPID --value k3s)')).toBe('NotReady\n');

    const down = on(SERVER, 'systemctl stop k3s; kubectl get nodes');
    expect(down.code).toBe(1);
    expect(down.output).toMatch(/The connection to the server 127\.0\.0\.1:\d+ was refused/);
    const other = on(SERVER, 'echo other >/etc/rancher/k3s/token; k3s server');
    expect(other.output).toContain('bootstrap data already found and encrypted with different token');
    // What was in the cluster is still there after a restart.
    on(SERVER, 'echo s3cret >/etc/rancher/k3s/token; systemctl start k3s');
    expect(on(SERVER, ready('one')).output).toBe('Ready\n');
  });

  maybe('an address other than a server is refused to an agent', () => {
    const { output } = on(
      AGENT,
      `${install()}\nsystemctl stop k3s; rm -f /var/lib/rancher/k3s/agent/etc/*.json; echo t >/etc/rancher/k3s/token; printf 'server: https://127.0.0.1:1\\ntoken-file: /etc/rancher/k3s/token\\n' >/etc/rancher/k3s/config.yaml; timeout 2 k3s agent`,
    );
    expect(output).toContain('dial tcp 127.0.0.1:1: connect: connection refused');
  });
});
