import { createHmac } from 'node:crypto';
import {
  checkHostKey,
  fingerprint,
  keyType,
  knownHostLine,
  knownHostName,
  knownKeyTypes,
  parseKnownHosts,
} from '../../provisioner/transports/ssh-known-hosts';

/** A public key in SSH's wire format: length and text of the type, then anything. */
function key(type: string, filler: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([length, Buffer.from(type), Buffer.from(filler)]);
}

const [ed, otherEd, rsa] = [key('ssh-ed25519', 'one'), key('ssh-ed25519', 'two'), key('ssh-rsa', 'three')];
const line = (hosts: string, of: Buffer, marker = '') =>
  `${marker}${hosts} ${keyType(of)} ${of.toString('base64')} a comment\n`;
const check = (content: string, name: string, of: Buffer) =>
  checkHostKey(parseKnownHosts(content, 'file'), name, of);

test('a port that is not 22 is part of the name', () => {
  expect(knownHostName('10.0.0.1', 22)).toBe('10.0.0.1');
  expect(knownHostName('10.0.0.1', 2222)).toBe('[10.0.0.1]:2222');
  expect(check(line('10.0.0.1', ed), '[10.0.0.1]:2222', ed).kind).toBe('unknown');
});

test.each([
  ['web.example.com', 'web.example.com'],
  ['WEB.example.com', 'web.EXAMPLE.com'],
  ['other,10.0.0.1', '10.0.0.1'],
  ['10.0.0.*', '10.0.0.17'],
  ['10.0.0.?', '10.0.0.7'],
  ['*.example.com,!bad.example.com', 'good.example.com'],
  ['[*]:2222', '[10.0.0.1]:2222'],
])('%s matches %s', (hosts, name) => {
  expect(check(line(hosts, ed), name, ed)).toEqual({ kind: 'known' });
});

test.each([
  ['*.example.com,!bad.example.com', 'bad.example.com'],
  ['10.0.0.?', '10.0.0.17'],
  ['10x0x0x1', '10.0.0.1'],
  ['10.0.0.1', '110.0.0.1'],
])('%s does not match %s', (hosts, name) => {
  expect(check(line(hosts, ed), name, ed)).toEqual({ kind: 'unknown' });
});

test('hashed names', () => {
  const salt = Buffer.from('twenty bytes of salt');
  const hash = createHmac('sha1', salt).update('web').digest('base64');
  const hashed = `|1|${salt.toString('base64')}|${hash}`;
  expect(check(line(hashed, ed), 'web', ed).kind).toBe('known');
  expect(check(line(hashed, ed), 'web2', ed).kind).toBe('unknown');
});

test('another key of the host is a change, told with the line that has the known one', () => {
  expect(check(`# old\n${line('web', ed)}`, 'web', otherEd)).toEqual({ kind: 'changed', where: 'file:2' });
  // The line of the same type is the one that matters.
  expect(check(line('web', rsa) + line('web', ed), 'web', otherEd)).toEqual({
    kind: 'changed',
    where: 'file:2',
  });
  expect(check(line('web', rsa), 'web', ed)).toEqual({ kind: 'changed', where: 'file:1' });
});

test('one of several known keys is enough', () => {
  expect(check(line('web', ed) + line('web', otherEd), 'web', otherEd).kind).toBe('known');
  expect(knownKeyTypes(parseKnownHosts(line('web', rsa) + line('w*', ed), 'file'), 'web')).toEqual([
    'ssh-rsa',
    'ssh-ed25519',
  ]);
});

test('a revoked key stays revoked, whoever else vouches for it', () => {
  const content = line('web', ed) + line('*', ed, '@revoked ');
  expect(check(content, 'web', ed)).toEqual({ kind: 'revoked', where: 'file:2' });
  expect(check(content, 'web', otherEd).kind).toBe('changed');
});

test('certificate authorities and what is no line of known_hosts vouch for nothing', () => {
  const content = `${line('web', ed, '@cert-authority ')}${line('web', ed, '@unheard-of ')}\nweb\n\u0000\u0001\nweb ssh-ed25519\n`;
  expect(check(content, 'web', ed).kind).toBe('unknown');
});

test('a line that was written is understood', () => {
  expect(check(knownHostLine('[10.0.0.1]:2222', ed), '[10.0.0.1]:2222', ed).kind).toBe('known');
});

test('fingerprints are those of ssh-keygen -l', () => {
  const real = 'AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';
  // The key of github.com, whose fingerprint is published in GitHub's documentation.
  expect(fingerprint(Buffer.from(real, 'base64'))).toBe('SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU');
});
