import { type K3sInput, readConfig } from '../../../provisioner/sandbox/cluster/k3s-config';

function read(overrides: Partial<K3sInput>) {
  return readConfig({ role: 'server', files: [], args: [], environment: {}, ...overrides });
}
const file = (content: string, path = '/etc/rancher/k3s/config.yaml') => ({ path, content });

test('options come from files, then the command line, then the environment', () => {
  const config = read({
    files: [file('node-name: from-file\ntoken: from-file\n')],
    args: ['--node-name', 'from-args'],
    environment: {
      K3S_TOKEN: 'from-environment',
      K3S_NODE_NAME: 'from-environment',
      K3S_URL: 'https://a:6443',
    },
  });
  expect(config.value('node-name')).toBe('from-args');
  expect(config.value('token')).toBe('from-file');
  expect(config.value('server')).toBe('https://a:6443');
});

test('a later file replaces a list, `key+` adds to it', () => {
  const config = read({
    files: [
      file('disable: [traefik, servicelb]\nnode-label: ["a=1"]\n'),
      file('disable: [local-storage]\nnode-label+: ["b=2"]\n', 'd/10.yaml'),
    ],
  });
  expect(config.values('disable')).toEqual(['local-storage']);
  expect(config.values('node-label')).toEqual(['a=1', 'b=2']);
});

test('options that may be repeated are collected, flags are true without a value', () => {
  const config = read({
    args: ['--kubelet-arg=x=1', '--kubelet-arg', 'y=2', '--cluster-init', '--secrets-encryption=true'],
  });
  expect(config.values('kubelet-arg')).toEqual(['x=1', 'y=2']);
  expect(config.isTrue('cluster-init')).toBe(true);
  expect(config.isTrue('secrets-encryption')).toBe(true);
  expect(config.isTrue('protect-kernel-defaults')).toBe(false);
});

test.each([
  ['an unknown option', { files: [file('nod-name: x')] }, 'flag provided but not defined: -nod-name'],
  [
    "a server's option on an agent",
    { role: 'agent', files: [file('cluster-init: true')] },
    'flag provided but not defined: -cluster-init',
  ],
  [
    'a file that is no map',
    { files: [file('- x')] },
    'failed to parse /etc/rancher/k3s/config.yaml: a map of options was expected',
  ],
  ['a stray word', { args: ['stray'] }, 'unexpected argument: stray'],
] as const)('%s is refused', (_, input, message) => {
  expect(() => read(input)).toThrow(message);
});
