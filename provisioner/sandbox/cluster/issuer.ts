/** What a simulated API server tells of the tokens that it would sign. It signs none: nothing runs here that would ask. */
import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { issuerDocuments } from '../../inventory/schema';

/** Who K3s signs as where it is told nothing else. */
export const OWN_ISSUER = 'https://kubernetes.default.svc.cluster.local';

/**
 * Answers a path of the API as kube-apiserver would with these arguments; undefined for any other path.
 *
 * @param keyFile PEM of the key that tokens would be signed with; made where it is not there
 */
export function issuerAnswer(
  path: string,
  apiserverArguments: readonly string[],
  keyFile: string,
): string | undefined {
  if (path === `/${issuerDocuments.keys}`) return JSON.stringify({ keys: [keyOf(keyFile)] });
  if (path !== `/${issuerDocuments.discovery}`) return undefined;
  const issuer = argumentOf(apiserverArguments, 'service-account-issuer') ?? OWN_ISSUER;
  return JSON.stringify({
    issuer,
    jwks_uri: argumentOf(apiserverArguments, 'service-account-jwks-uri') ?? `${OWN_ISSUER}/openid/v1/jwks`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    simulated: 'by the stagecraft sandbox',
  });
}

/** The first of several issuers signs. */
function argumentOf(all: readonly string[], name: string): string | undefined {
  return all.find((argument) => argument.startsWith(`${name}=`))?.slice(name.length + 1);
}

function keyOf(file: string): object {
  if (!existsSync(file)) {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  }
  const key = createPublicKey(readFileSync(file));
  const { kty, n, e } = key.export({ format: 'jwk' });
  const id = createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
  return { use: 'sig', kty, kid: id, alg: 'RS256', n, e };
}
