import { requireSessionManager, requireSsh } from '../../provisioner/cli/required-programs';
import { sshTunnelTo, tunnelTo } from '../../provisioner/cli/tunnel';
import { sshArguments } from '../../provisioner/transports/ssh-command';
import type { SshTarget } from '../../provisioner/transports/ssh-target';

test('through Session Manager: the documented command, its parameters as JSON', () => {
  const { words, url, check } = tunnelTo({
    region: 'ap-northeast-2',
    instanceId: 'i-0123456789abcdef0',
    localPort: 16_443,
  });
  expect(words.slice(0, 3)).toEqual(['aws', 'ssm', 'start-session']);
  expect(words).toContain('AWS-StartPortForwardingSession');
  expect(JSON.parse(words.at(-1) ?? '')).toEqual({ portNumber: ['6443'], localPortNumber: ['16443'] });
  expect([url, check]).toEqual(['https://127.0.0.1:16443', requireSessionManager]);
});

const target: SshTarget = {
  host: '10.0.0.10',
  port: 2222,
  user: 'ubuntu',
  identityFiles: ['/keys/one'],
  identitiesOnly: true,
  knownHosts: ['/with space/hosts'],
  acceptNew: true,
  hostKeyAlias: 'prod-server-1',
};

test('through sshd: as the transport goes, with its keys, host keys and jumps', () => {
  const jump = { ...target, host: 'bastion', identityFiles: ['/keys/two'] };
  const { words, url, check } = sshTunnelTo({ ...target, jump }, 16_443);
  const [program, ...args] = words;
  expect(program).toBe('ssh');
  const forward = ['-N', '-L', '16443:127.0.0.1:6443', '-o', 'ExitOnForwardFailure=yes'];
  expect(args).toEqual([...forward, ...sshArguments({ ...target, jump })]);
  expect([url, check]).toEqual(['https://127.0.0.1:16443', requireSsh]);
});

test('where the transport cannot go, no tunnel does', () => {
  const unsupported = 'ProxyCommand is not supported';
  expect(() => sshTunnelTo({ ...target, unsupported }, 16_443)).toThrow(unsupported);
});
