import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sshArguments } from '../../provisioner/transports/ssh-command';
import type { SshTarget } from '../../provisioner/transports/ssh-target';

const hasSsh = spawnSync('ssh', ['-V']).status === 0;
if (!hasSsh) console.warn('skipped: ssh is not on PATH');
const withSsh = hasSsh ? test : test.skip;

const target = (more: Partial<SshTarget> = {}): SshTarget => ({
  host: '10.0.1.11',
  port: 22,
  user: 'ubuntu',
  identityFiles: [],
  identitiesOnly: false,
  knownHosts: ['/home/anna/.ssh/known_hosts'],
  acceptNew: false,
  ...more,
});

/** What the real ssh makes of the arguments: its settings, in lower case. */
function settingsOf(args: readonly string[]): Map<string, string> {
  const { stdout, stderr, status } = spawnSync('ssh', ['-G', ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return new Map(
    stdout
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
  );
}

withSsh('keys, host keys and account are those of the transport', () => {
  // ssh leaves out a key file that is not there, with a warning.
  const key = join(mkdtempSync(join(tmpdir(), 'stagecraft-key-')), 'with space');
  writeFileSync(key, '');
  const settings = settingsOf(
    sshArguments(
      target({
        port: 2222,
        identityFiles: [key],
        identitiesOnly: true,
        agent: '/run/agent.sock',
        hostKeyAlias: 'prod-server-1',
        knownHosts: ['/a "b" %h/known', '/c'],
        acceptNew: true,
      }),
    ),
  );
  expect(Object.fromEntries(settings)).toMatchObject({
    hostname: '10.0.1.11',
    port: '2222',
    user: 'ubuntu',
    identityfile: key,
    identitiesonly: 'yes',
    identityagent: '/run/agent.sock',
    hostkeyalias: 'prod-server-1',
    stricthostkeychecking: 'accept-new',
  });
  expect(settings.get('userknownhostsfile')).toContain('/c');
});

withSsh('an agent that was not asked for is not asked, and nothing of another known_hosts counts', () => {
  expect(Object.fromEntries(settingsOf(sshArguments(target())))).toMatchObject({
    identityagent: 'none',
    stricthostkeychecking: 'true',
    userknownhostsfile: '/home/anna/.ssh/known_hosts',
    globalknownhostsfile: '/dev/null',
  });
});

test('jumps are made with the settings of the transport too, the nearest to the operator first', () => {
  const inner = target({ host: 'first.example.com', port: 443, user: 'a', knownHosts: ['/100%/known'] });
  const outer = target({ host: 'second.example.com', user: 'b', identityFiles: ["/it's"], jump: inner });
  const chain = target({ jump: outer });
  expect(commandOf(sshArguments(chain), '10.0.1.11', 22)).toEqual([
    'ssh',
    ...sshArguments(outer).slice(0, -1),
    '-W',
    '[10.0.1.11]:22',
    'second.example.com',
  ]);
  expect(commandOf(sshArguments(outer), 'second.example.com', 22)).toEqual([
    'ssh',
    ...sshArguments(inner).slice(0, -1),
    '-W',
    '[second.example.com]:22',
    'first.example.com',
  ]);
});

/** The words of the ProxyCommand, as ssh expands it and a shell splits it. */
function commandOf(args: readonly string[], host: string, port: number): string[] {
  const option = args.find((word) => word.startsWith('ProxyCommand='))?.slice('ProxyCommand='.length) ?? '';
  const values: Readonly<Record<string, string>> = { '%': '%', h: host, p: String(port) };
  const expanded = option.replace(/%(.)/g, (_, token: string) => values[token] ?? '');
  const { stdout } = spawnSync('sh', ['-c', `printf '%s\\0' ${expanded}`], { encoding: 'utf8' });
  return stdout.split('\0').slice(0, -1);
}
