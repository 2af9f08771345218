import { spawnSync } from 'node:child_process';
import { keyAndRequest } from '../../provisioner/kubeconfig/certificate-request';
import { itWith } from '../engine/shells';

const maybe = itWith('openssl').each;

maybe([
  ['alice', 'stagecraft:admins'],
  ['Ünïcode "quoted", with=signs', `stagecraft:${'g'.repeat(180)}`],
])('openssl reads the request of %j, and its signature is the key’s own', (user, group) => {
  const { key, request } = keyAndRequest({ user, group });
  const read = spawnSync(
    'openssl',
    ['req', '-noout', '-verify', '-subject', '-nameopt', 'utf8,sep_multiline,esc_ctrl', '-pubkey'],
    { input: request, encoding: 'utf8' },
  );
  expect(read).toMatchObject({ status: 0 });
  expect(read.stdout).toContain(`O=${group}`);
  expect(read.stdout).toContain(`CN=${user}`);
  const own = spawnSync('openssl', ['pkey', '-pubout'], { input: key, encoding: 'utf8' }).stdout;
  expect(read.stdout).toContain(own);
});

test('makes another key each time', () => {
  const [one, two] = [keyAndRequest({ user: 'a', group: 'b' }), keyAndRequest({ user: 'a', group: 'b' })];
  expect(one.key).not.toBe(two.key);
  expect(one.request).not.toContain('PRIVATE');
});
