import { defineEnvironment } from '../../environments/schema';
import { mistakesOf } from './mistakes-of';

const name = 'test';

it('without a word, nodes are reached over SSM, and SSH would trust no unknown host', () => {
  const { transport, ssh } = defineEnvironment({ name }, 'test');
  expect(transport).toBe('ssm');
  expect(ssh).toEqual({ identityFiles: [], strictHostKeyChecking: 'yes' });
});

it.each(['none', 'bastion.example.com', 'anna@bastion:2222', 'outer,root@inner:22'])(
  'a jump over %s is accepted',
  (proxyJump) => {
    expect(mistakesOf({ name, transport: 'ssh', ssh: { proxyJump } })).toEqual([]);
  },
);

it.each([
  [{ proxyJump: '-oProxyCommand=evil' }, /^ssh\.proxyJump: .*jump hosts such as/],
  [{ proxyJump: 'a b' }, /^ssh\.proxyJump: /],
  [{ user: 'root; reboot' }, /^ssh\.user: .*a Linux account/],
  [{ port: 0 }, /^ssh\.port: .*from 1 to 65535/],
  [{ strictHostKeyChecking: 'no' }, /^ssh\.strictHostKeyChecking: .*"yes", "accept-new"/],
  [{ identityFile: '~/.ssh/id' }, /did you mean "identityFiles"/],
])('%j is refused', (ssh, line) => {
  expect(mistakesOf({ name, transport: 'ssh', ssh })).toEqual([expect.stringMatching(line)]);
});

it('another transport than there is', () => {
  expect(mistakesOf({ name, transport: 'shh' })).toEqual([
    expect.stringMatching(/^transport: "shh" is not allowed; allowed: one of "ssm", "ssh", "local"/),
  ]);
});
