import { sshTunnelTo, tunnelTo } from '../../provisioner/cli/tunnel';
import type { SshTarget } from '../../provisioner/transports/ssh-target';

test('through Session Manager: the documented command, its parameters as JSON', () => {
  const { words, url, needsSessionManager } = tunnelTo({
    region: 'ap-northeast-2',
    instanceId: 'i-0123456789abcdef0',
    localPort: 16_443,
  });
  expect(words.slice(0, 3)).toEqual(['aws', 'ssm', 'start-session']);
  expect(words).toContain('AWS-StartPortForwardingSession');
  expect(JSON.parse(words.at(-1) ?? '')).toEqual({ portNumber: ['6443'], localPortNumber: ['16443'] });
  expect([url, needsSessionManager]).toEqual(['https://127.0.0.1:16443', true]);
});

test('through sshd: the host, keys and jumps of the transport', () => {
  const target: SshTarget = {
    host: '10.0.0.10',
    port: 2222,
    user: 'ubuntu',
    identityFiles: ['/keys/one'],
    identitiesOnly: true,
    knownHosts: ['/hosts'],
    acceptNew: false,
    hostKeyAlias: 'prod-server-1',
  };
  const hop = (host: string, jump?: SshTarget): SshTarget => ({
    ...target,
    host,
    port: 22,
    ...(jump && { jump }),
  });
  const { words } = sshTunnelTo({ ...target, jump: hop('inner', hop('outer')) }, 16_443);
  expect(words.join(' ')).toBe(
    'ssh -N -L 16443:127.0.0.1:6443 -o ExitOnForwardFailure=yes -o IdentitiesOnly=yes -o HostKeyAlias=prod-server-1 ' +
      '-o UserKnownHostsFile=/hosts -i /keys/one -J ubuntu@outer:22,ubuntu@inner:22 -p 2222 ubuntu@10.0.0.10',
  );
});
