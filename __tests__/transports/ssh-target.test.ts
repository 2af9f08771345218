import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSshConfig } from '../../provisioner/transports/ssh-config-file';
import { type SshWishes, targetOfNode } from '../../provisioner/transports/ssh-target';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'stagecraft-home-'));
  mkdirSync(join(home, '.ssh', 'config.d'), { recursive: true });
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const node = { name: 'prod-web-1', address: '10.0.0.10' };
const noWishes: SshWishes = { identityFiles: [], strictHostKeyChecking: 'yes' };

function target(config: string, wishes: Partial<SshWishes> = {}) {
  writeFileSync(join(home, '.ssh', 'config'), config);
  return targetOfNode(
    node,
    { ...noWishes, ...wishes },
    { config: readSshConfig(home), home, localUser: 'anna', project: '/project', agent: '/run/agent' },
  );
}

test('without any setting: the address, port 22, the account of the image, the usual files, the agent', () => {
  expect(target('')).toEqual({
    host: '10.0.0.10',
    port: 22,
    user: 'ubuntu',
    identityFiles: [],
    identitiesOnly: false,
    agent: '/run/agent',
    knownHosts: [join(home, '.ssh/known_hosts'), join(home, '.ssh/known_hosts2'), '/etc/ssh/ssh_known_hosts'],
    acceptNew: false,
  });
});

test('~/.ssh/config by name, then by address, then for all', () => {
  const config = `
Host prod-*
  User deploy
  IdentityFile ~/.ssh/%r-%u
Host 10.0.*
  User someone
  Port 2222
  IdentityFile /keys/second
Host *
  IdentitiesOnly yes
  HostKeyAlias web
  UserKnownHostsFile ~/.ssh/team /etc/team
  IdentityAgent none
`;
  const found = target(config);
  expect(found).toMatchObject({
    host: '10.0.0.10',
    user: 'deploy',
    port: 2222,
    identityFiles: [join(home, '.ssh/deploy-anna'), '/keys/second'],
    identitiesOnly: true,
    hostKeyAlias: 'web',
    knownHosts: [join(home, '.ssh/team'), '/etc/team', '/etc/ssh/ssh_known_hosts'],
  });
  expect(found.agent).toBeUndefined();
});

test('the environment precedes ~/.ssh/config', () => {
  const config = 'Host *\n  User someone\n  Port 2222\n  IdentityFile /keys/other\n  ProxyJump bastion\n';
  expect(
    target(config, {
      user: 'root',
      port: 22,
      identityFiles: ['~/key', 'keys/deploy'],
      knownHosts: 'known_hosts',
      strictHostKeyChecking: 'accept-new',
      proxyJump: 'none',
    }),
  ).toMatchObject({
    user: 'root',
    port: 22,
    identityFiles: [join(home, 'key'), '/project/keys/deploy'],
    knownHosts: [
      '/project/known_hosts',
      join(home, '.ssh/known_hosts'),
      expect.anything(),
      expect.anything(),
    ],
    acceptNew: true,
  });
  expect(target(config, { proxyJump: 'none' }).jump).toBeUndefined();
});

test('HostName leads elsewhere', () => {
  expect(target('Host prod-web-1\n  HostName %h.example.com\n').host).toBe('prod-web-1.example.com');
});

describe('ProxyJump', () => {
  test('from the environment: the user of the node unless it names one; each host looked up in ~/.ssh/config', () => {
    const config = 'Host bastion\n  HostName 203.0.113.5\n  Port 2200\n';
    expect(target(config, { proxyJump: 'bastion', user: 'deploy' }).jump).toMatchObject({
      host: '203.0.113.5',
      port: 2200,
      user: 'deploy',
    });
    expect(target(config, { proxyJump: 'anna@bastion:22' }).jump).toMatchObject({
      host: '203.0.113.5',
      port: 22,
      user: 'anna',
    });
  });

  test('several: the first of the list is the first on the way', () => {
    const found = target('', { proxyJump: 'outer,root@inner:2222' });
    expect(found.jump).toMatchObject({ host: 'inner', port: 2222, user: 'root' });
    expect(found.jump?.jump).toMatchObject({ host: 'outer', port: 22, user: 'ubuntu' });
    expect(found.jump?.jump?.jump).toBeUndefined();
  });

  test('a jump host may have a way of its own, and one that names itself is no loop', () => {
    const config =
      'Host 10.*\n  ProxyJump inner\nHost inner\n  ProxyJump outer\nHost outer\n  ProxyJump outer\n';
    const found = target(config);
    expect(found.jump?.host).toBe('inner');
    expect(found.jump?.jump?.host).toBe('outer');
    expect(found.jump?.jump?.jump).toBeUndefined();
  });

  test('a ProxyCommand is not silently passed over', () => {
    expect(target('Host *\n  ProxyCommand nc %h %p\n').unsupported).toMatch(/ProxyCommand .* use ProxyJump/);
    expect(target('Host *\n  ProxyCommand none\n').unsupported).toBeUndefined();
  });
});

describe('~/.ssh/config', () => {
  test('includes other files, with wildcards, one inside another', () => {
    writeFileSync(join(home, '.ssh/config.d/10-web'), 'Host prod-*\n  User included\n');
    writeFileSync(join(home, '.ssh/config.d/20-all'), 'Include config.d/deep/*\n');
    mkdirSync(join(home, '.ssh/config.d/deep'));
    writeFileSync(join(home, '.ssh/config.d/deep/port'), 'Host *\n  Port 2200\n');
    expect(target('Include config.d/*\nInclude nowhere/*\nInclude ~/.ssh/gone\n')).toMatchObject({
      user: 'included',
      port: 2200,
    });
  });

  test('that includes itself ends with a message', () => {
    expect(() => target('Include config\n')).toThrow(/Include goes deeper than 16 files/);
  });
});
