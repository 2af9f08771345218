import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type BenchNodes, sshOptions } from './nodes';
import { ansiblePlaybook, pyinfraDeploy } from './resources';

/** A tool in the comparison: what starts it, and how to read from its output that it has changed nothing. */
export interface Contender {
  readonly name: 'ansible' | 'pyinfra' | 'stagecraft';
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly changedNothing: (output: string) => boolean;
}

/** Each as its documentation says that it is fast, with nothing of this machine's own configuration. */
export function contenders(nodes: BenchNodes, folder: string, bin: string): Contender[] {
  return [
    ansible(nodes, join(folder, 'ansible'), bin),
    pyinfra(nodes, join(folder, 'pyinfra'), bin),
    own(nodes, folder),
  ];
}

function ansible(nodes: BenchNodes, folder: string, bin: string): Contender {
  mkdirSync(folder, { recursive: true });
  const hosts = Object.fromEntries(
    nodes.nodes.map(({ name, port }) => [
      name,
      { ansible_host: nodes.host, ansible_port: port, ansible_user: nodes.user },
    ]),
  );
  writeFileSync(join(folder, 'inventory.json'), JSON.stringify({ all: { hosts } }));
  writeFileSync(join(folder, 'site.yml'), ansiblePlaybook());
  writeFileSync(
    join(folder, 'ansible.cfg'),
    `[defaults]
inventory = inventory.json
forks = 10
gathering = explicit
interpreter_python = /usr/bin/python3
[ssh_connection]
pipelining = True
control_path_dir = ${join(folder, 'cp')}
ssh_args = -o ControlMaster=auto -o ControlPersist=60s ${sshOptions(nodes).join(' ')}
`,
  );
  return {
    name: 'ansible',
    command: [join(bin, 'ansible-playbook'), 'site.yml'],
    cwd: folder,
    env: {
      ANSIBLE_CONFIG: join(folder, 'ansible.cfg'),
      ANSIBLE_HOME: join(folder, 'home'),
      LC_ALL: 'C.UTF-8',
    },
    changedNothing: (output) =>
      nodes.nodes.every(({ name }) => new RegExp(`^${name} .* changed=0 .* failed=0 `, 'm').test(output)),
  };
}

function pyinfra(nodes: BenchNodes, folder: string, bin: string): Contender {
  mkdirSync(folder, { recursive: true });
  const hosts = nodes.nodes.map(({ name, port }) => [
    name,
    {
      ssh_hostname: nodes.host,
      ssh_port: port,
      ssh_user: nodes.user,
      ssh_key: nodes.identityFile,
      ssh_known_hosts_file: nodes.knownHostsFile,
    },
  ]);
  writeFileSync(join(folder, 'inventory.py'), `nodes = [tuple(node) for node in ${JSON.stringify(hosts)}]\n`);
  writeFileSync(join(folder, 'deploy.py'), pyinfraDeploy());
  return {
    name: 'pyinfra',
    command: [join(bin, 'pyinfra'), '-y', 'inventory.py', 'deploy.py'],
    cwd: folder,
    env: { LC_ALL: 'C.UTF-8' },
    changedNothing: (output) => {
      const [, operations = ''] = output.split('--> Beginning operation run');
      return operations.includes('No changes') && !/\] +(Success|Error)/.test(operations);
    },
  };
}

function own(nodes: BenchNodes, folder: string): Contender {
  const file = join(folder, 'nodes.json');
  writeFileSync(file, JSON.stringify(nodes));
  return {
    name: 'stagecraft',
    command: [process.execPath, join(__dirname, 'start.cjs'), 'scripts/bench/stagecraft.ts', file],
    cwd: resolve(__dirname, '..', '..'),
    env: {},
    changedNothing: (output) =>
      nodes.nodes.every(({ name }) =>
        new RegExp(`^${name} +: ok=40 changed=0 unreachable=0 failed=0 `, 'm').test(output),
      ),
  };
}
