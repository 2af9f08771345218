import { createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issuerAnswer } from '../../../provisioner/sandbox/cluster/issuer';

const folder = mkdtempSync(join(tmpdir(), 'stagecraft-issuer-'));
const keyFile = join(folder, 'service-accounts.key');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ask = (path: string, args: readonly string[] = []) => {
  const text = issuerAnswer(path, args, keyFile);
  return text === undefined ? undefined : JSON.parse(text);
};

test('the simulated API server says who it would sign as: the first of its issuers, else K3s’s own', () => {
  const own = 'https://kubernetes.default.svc.cluster.local';
  const args = [
    'audit-log-maxage=30',
    'service-account-issuer=https://issuer.example',
    `service-account-issuer=${own}`,
    'service-account-jwks-uri=https://issuer.example/openid/v1/jwks',
  ];
  expect(ask('/.well-known/openid-configuration', args)).toMatchObject({
    issuer: 'https://issuer.example',
    jwks_uri: 'https://issuer.example/openid/v1/jwks',
    simulated: 'by the stagecraft sandbox',
  });
  expect(ask('/.well-known/openid-configuration')).toMatchObject({ issuer: own });
});

test('its keys are public ones, the same each time, and the private one is its owner’s alone', () => {
  const { keys } = ask('/openid/v1/jwks');
  expect(keys).toHaveLength(1);
  expect(Object.keys(keys[0]).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
  expect(createPublicKey({ key: keys[0], format: 'jwk' }).asymmetricKeyType).toBe('rsa');
  expect(ask('/openid/v1/jwks')).toEqual({ keys });
  expect((statSync(keyFile).mode & 0o777).toString(8)).toBe('600');
});

test('other paths are not its own', () => {
  expect(ask('/readyz')).toBeUndefined();
});
