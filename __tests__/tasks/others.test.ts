import { readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { raw, sh } from '../../provisioner/engine/shell';
import { aptPackage, command, file, helmChart, manifest, restart, waitFor } from '../../provisioner/tasks';
import { type Bench, bench, fingerprint, shells } from './harness';

describe.each(shells)('under $name', (shell) => {
  let on: Bench;
  beforeEach(() => {
    on = bench({ shell });
    on.write('calls', '');
  });
  afterEach(() => on.remove());

  describe('aptPackage', () => {
    /** dpkg and apt over a list of installed and a list of offered packages. */
    function packages(installed: string[], offered: string[], afterUpdate = offered) {
      on.write('installed', installed.map((name) => `${name}\n`).join(''));
      on.write('offered', offered.map((name) => `${name}\n`).join(''));
      on.write('newer', afterUpdate.map((name) => `${name}\n`).join(''));
      on.fake(
        'dpkg-query',
        `shift 2; [ "$1" != '\${Package}=\${db:Status-Status} ' ] || shift
rc=0
for name; do if grep -qx "$name" '${on.dir}/installed'; then printf '%s=installed ' "$name"; else rc=1; fi; done
exit $rc`,
      );
      on.fake(
        'apt-get',
        `echo "$DEBIAN_FRONTEND $*" >>'${on.dir}/calls'
case " $* " in
  *' update '*) cp '${on.dir}/newer' '${on.dir}/offered' ;;
  *) for name; do case $name in [a-z]*) ;; *) continue ;; esac
     case $name in install | noninteractive) continue ;; esac
     grep -qx "$name" '${on.dir}/offered' || exit 100; echo "$name" >>'${on.dir}/installed'; done ;;
esac`,
      );
    }
    const task = aptPackage({ packages: ['chrony', 'libstdc++6'], lockTimeoutSeconds: 5 });

    it('installs what is missing, without a refresh of the lists when they offer it', () => {
      packages(['chrony'], ['chrony', 'libstdc++6']);
      const { before } = on.converge(task);
      expect(before.output).toBe('libstdc++6 is not installed\n');
      expect(on.read('calls')).toMatch(/^noninteractive .*--force-confold .*DPkg::Lock::Timeout=5 install/);
      expect(on.read('calls')).not.toContain('update');
    });

    it('refreshes the lists when they do not offer it', () => {
      packages([], [], ['chrony', 'libstdc++6']);
      on.converge(task);
      expect(on.read('calls')).toContain('update');
    });

    it('fails when no list offers it', () => {
      packages([], ['chrony'], ['chrony']);
      expect(on.apply(task).code).not.toBe(0);
    });

    it('can be checked where there is no dpkg', () => {
      on.fake('dpkg-query', 'exit 127');
      expect(on.check(task).code).toBe(1);
    });
  });

  describe('command', () => {
    it('runs while nothing is at the path that it creates', () => {
      const path = join(on.dir, "it's $(here)");
      on.converge(command({ name: 'x', creates: path, command: sh`echo made >${path}` }));
      expect(on.read("it's $(here)")).toBe('made\n');
    });

    it('stops at its first failure', () => {
      const task = command({
        name: 'x',
        unless: sh`false`,
        command: sh`false
: >${join(on.dir, 'after')}`,
      });
      expect(on.apply(task).code).not.toBe(0);
      expect(readdirSync(on.dir)).not.toContain('after');
    });
  });

  describe('waitFor', () => {
    it('waits until the condition holds', () => {
      on.write('count', '');
      const task = waitFor({
        condition: {
          description: 'three looks',
          command: raw(`{ echo >>'${on.dir}/count'; [ "$(wc -l <'${on.dir}/count')" -ge 4 ]; }`),
        },
        intervalSeconds: 0,
      });
      expect(on.check(task)).toMatchObject({ code: 1, output: 'not so yet: three looks\n' });
      expect(on.apply(task).code).toBe(0);
    });

    it('gives up, with the last answer and the diagnosis', () => {
      const task = waitFor({
        condition: { description: 'never', command: sh`ls ${join(on.dir, 'nothing')}` },
        timeoutSeconds: 0,
        diagnose: sh`false
echo 'see the journal'`,
      });
      const { code, output } = on.apply(task);
      expect(code).toBe(1);
      expect(output).toContain('gave up after 0 s: never');
      expect(output).toContain('nothing');
      expect(output).toContain('see the journal');
    });

    it('knows whether a port takes connections', async () => {
      const { server, port } = await listening();
      expect(on.check(waitFor({ condition: { port } })).code).toBe(0);
      await new Promise((resolve) => server.close(resolve));
      expect(on.check(waitFor({ condition: { port } })).code).toBe(1);
    });
  });

  describe('manifest', () => {
    const objects = [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'app' } },
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'c', namespace: 'app' },
        data: { hostile: `'$(id)"\n` },
      },
    ];

    /** A cluster that is one file of what was applied last. */
    beforeEach(() => {
      on.write('cluster', '');
      on.fake(
        'k3s',
        `echo "$*" >>'${on.dir}/calls'
case "$*" in
  *' diff '*) diff -u '${on.dir}/cluster' - ;;
  *' apply '*) cat >'${on.dir}/cluster' ;;
  *' get '*) cat >/dev/null; if [ -s '${on.dir}/cluster' ]; then echo configmap/c; fi ;;
  *' delete '*) : >'${on.dir}/cluster' ;;
esac`,
      );
    });

    it('applies what the API server says differs', () => {
      on.converge(manifest({ name: 'app', objects }));
      expect(parseAllDocuments(on.read('cluster')).map((document) => document.toJS())).toEqual(objects);
      expect(on.read('calls')).toContain('--server-side --force-conflicts --field-manager stagecraft');
    });

    it('removes', () => {
      on.converge(manifest({ name: 'app', objects }));
      on.converge(manifest({ name: 'no app', objects, state: 'absent' }));
      expect(on.read('cluster')).toBe('');
    });

    it('can be checked before there is a cluster', () => {
      on.fake('k3s', 'exit 127');
      expect(on.check(manifest({ name: 'app', objects })).code).not.toBe(0);
      expect(on.check(manifest({ name: 'no app', objects, state: 'absent' })).code).not.toBe(0);
    });

    it('helmChart is a manifest for the controller of K3s', () => {
      on.converge(
        helmChart({
          release: 'loki',
          chart: 'loki',
          repository: 'https://charts.example.com',
          version: '1.2.3',
          namespace: 'monitoring',
          values: { a: { b: [1] } },
        }),
      );
      const [chart] = parseAllDocuments(on.read('cluster')).map((document) => document.toJS());
      expect(chart).toEqual({
        apiVersion: 'helm.cattle.io/v1',
        kind: 'HelmChart',
        metadata: { name: 'loki', namespace: 'kube-system' },
        spec: {
          chart: 'loki',
          repo: 'https://charts.example.com',
          version: '1.2.3',
          targetNamespace: 'monitoring',
          createNamespace: true,
          valuesContent: 'a:\n  b:\n    - 1\n',
        },
      });
    });
  });

  it('checks only read', () => {
    on.fake('dpkg-query', 'exit 1');
    on.fake('k3s', 'exit 1');
    const tasks = [
      aptPackage({ packages: ['chrony'] }),
      command({ name: 'x', creates: join(on.dir, 'x'), command: sh`:` }),
      waitFor({ condition: { description: 'x', command: sh`false` } }),
      manifest({ name: 'x', objects: 'a: 1\n' }),
    ];
    const before = fingerprint(on.dir);
    for (const task of tasks) expect(on.check(task).code).not.toBe(0);
    expect(fingerprint(on.dir)).toBe(before);
  });
});

it('hands on what the author asked for', () => {
  const handler = restart('x');
  const options = {
    tags: ['a'],
    notify: [handler],
    satisfies: [handler],
    onlyIf: sh`true`,
    sensitive: true,
    name: 'mine',
  };
  expect(file({ path: '/x/y', content: '', ...options })).toMatchObject(options);
  expect(Object.keys(file({ path: '/x/y', content: '' })).sort()).toEqual([
    'apply',
    'check',
    'define',
    'glance',
    'name',
  ]);
});

it.each(['a b', '-y', 'a=1', 'A', ''])('takes no package named %j', (name) => {
  expect(() => aptPackage({ packages: [name] })).toThrow(RangeError);
});

async function listening(): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { server, port: address.port };
}
