import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { issuerDocuments } from '../../provisioner/inventory/schema';
import { kubernetesAssets, realApiObstacle, recapOf, SandboxCli } from './sandbox-cli';

const obstacle = realApiObstacle();
if (obstacle !== undefined) console.warn(`skipped: ${obstacle}`);
const maybe = obstacle === undefined ? describe : describe.skip;

jest.setTimeout(600_000);

const server = 'sandbox-server-1';
const audience = 'sts.amazonaws.com';

const discoverySchema = z.object({ issuer: z.url(), jwks_uri: z.url() });
const keysSchema = z.object({ keys: z.array(z.looseObject({ kid: z.string(), kty: z.string() })) });
const claimsSchema = z.object({
  iss: z.string(),
  sub: z.string(),
  aud: z.array(z.string()),
  exp: z.number(),
  iat: z.number(),
});

/** What STS does with a pod's token, by hand: with a real Kubernetes API and the documents that the provisioner published. */
maybe('a token of a service account, as STS looks at it', () => {
  const sandbox = new SandboxCli({ KUBEBUILDER_ASSETS: kubernetesAssets });
  let inventory: {
    readonly workloadIdentity: {
      readonly issuer: string;
      readonly services: Readonly<
        Record<string, { readonly namespace: string; readonly serviceAccount: string }>
      >;
    };
  };

  beforeAll(async () => {
    expect(await sandbox.provision()).toMatchObject({ code: 0, stderr: '' });
    const { stdout } = await sandbox.run('inventory', '--env', 'sandbox', '--format', 'json');
    inventory = JSON.parse(stdout);
  });
  afterAll(() => sandbox.remove());

  const published = (key: string): unknown =>
    JSON.parse(readFileSync(join(sandbox.state, 'sandbox', 'issuer', encodeURIComponent(key)), 'utf8'));

  async function onServer(script: string): Promise<string> {
    const { code, stdout, stderr } = await sandbox.run(
      ...['sandbox', 'shell', server, '--', 'sh', '-euc', script],
    );
    if (code !== 0) throw new Error(stderr);
    return stdout.trim();
  }

  /** A token as the kubelet would project it into a pod. */
  async function tokenFor(wanted: string): Promise<string> {
    const { namespace, serviceAccount } = Object.values(inventory.workloadIdentity.services)[0] ?? {
      namespace: '',
      serviceAccount: '',
    };
    return onServer(`k3s kubectl get namespace ${namespace} >/dev/null 2>&1 || k3s kubectl create namespace ${namespace} >&2
k3s kubectl -n ${namespace} get serviceaccount ${serviceAccount} >/dev/null 2>&1 || k3s kubectl -n ${namespace} create serviceaccount ${serviceAccount} >&2
k3s kubectl -n ${namespace} create token ${serviceAccount} ${wanted}`);
  }

  test('a second run changes nothing', async () => {
    const { code, stdout } = await sandbox.provision();
    expect(code).toBe(0);
    for (const figures of recapOf(stdout).values()) expect(figures).toMatchObject({ changed: 0, failed: 0 });
  });

  test('the published documents name the issuer, and where its keys are', () => {
    const { issuer } = inventory.workloadIdentity;
    expect(discoverySchema.parse(published(issuerDocuments.discovery))).toEqual({
      issuer,
      jwks_uri: `${issuer}/${issuerDocuments.keys}`,
    });
  });

  test('its signature is that of a published key; it names the issuer, STS and the service account', async () => {
    const token = await tokenFor(`--audience ${audience}`);
    const { header, claims, valid } = examined(token, keysSchema.parse(published(issuerDocuments.keys)).keys);
    expect({ valid, alg: header.alg }).toEqual({ valid: true, alg: expect.stringMatching(/^(RS|ES)256$/) });
    expect(claims).toMatchObject({
      iss: inventory.workloadIdentity.issuer,
      sub: 'system:serviceaccount:app:reserve-service',
      aud: [audience],
    });
    expect(claims.exp - claims.iat).toBeLessThanOrEqual(3600);
  });

  test('one that was changed is not of a published key', async () => {
    const [header = '', payload = '', signature = ''] = (await tokenFor(`--audience ${audience}`)).split('.');
    const text = Buffer.from(payload, 'base64url')
      .toString('utf8')
      .replace('reserve-service', 'user-service');
    const forged = [header, Buffer.from(text).toString('base64url'), signature].join('.');
    expect(examined(forged, keysSchema.parse(published(issuerDocuments.keys)).keys).valid).toBe(false);
  });

  test('for the API itself tokens are for whom they were before: K3s’s own name', async () => {
    const token = await tokenFor('');
    const { claims } = examined(token, keysSchema.parse(published(issuerDocuments.keys)).keys);
    expect(claims.aud).toEqual(['https://kubernetes.default.svc.cluster.local', 'k3s']);
    const who = await onServer(
      `k3s kubectl auth whoami --token "${token}" --kubeconfig /dev/null --insecure-skip-tls-verify \\
  --server "$(sed -n 's/^ *server: //p' /etc/rancher/k3s/k3s.yaml)" -o jsonpath='{.status.userInfo.username}'`,
    );
    expect(who).toBe('system:serviceaccount:app:reserve-service');
  });
});

type Jwk = z.infer<typeof keysSchema>['keys'][number];

function examined(token: string, keys: readonly Jwk[]) {
  const [head = '', payload = '', signature = ''] = token.split('.');
  const part = (text: string): unknown => JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  const header = z.object({ alg: z.string(), kid: z.string() }).parse(part(head));
  const key = keys.find(({ kid }) => kid === header.kid);
  const valid =
    key !== undefined &&
    verify(
      'sha256',
      Buffer.from(`${head}.${payload}`),
      { key: createPublicKey({ key, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    );
  return { header, claims: claimsSchema.parse(part(payload)), valid };
}
