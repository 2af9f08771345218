import { createHash } from 'node:crypto';
import type { Listener, SandboxSettings } from '../../provisioner/sandbox/endpoint';
import { createMirror } from '../../provisioner/sandbox/mirror';

let fault: SandboxSettings['mirrorFault'] = 'none';
let listener: Listener;

beforeAll(async () => {
  const mirror = createMirror({
    k3sBinary: (version, arch) => `#!/bin/sh\necho "simulated k3s ${version} ${arch}"\n`,
    airgapImages: () => Buffer.from([1, 2, 3]),
    fault: () => fault,
  });
  listener = await mirror.listen(0);
});

afterAll(() => listener.close());

beforeEach(() => {
  fault = 'none';
});

const get = (file: string, init: RequestInit = {}, version = 'v1.33.4%2Bk3s1') =>
  fetch(`${listener.url}/k3s-io/k3s/releases/download/${version}/${file}`, init);

const sha256 = (content: string) => createHash('sha256').update(content).digest('hex');

/** The published checksum of a file. */
async function checksumOf(file: string, arch: string): Promise<string | undefined> {
  const lines = (await (await get(`sha256sum-${arch}.txt`)).text()).split('\n');
  return lines.find((line) => line.endsWith(`  ${file}`))?.split(' ')[0];
}

it.each([
  ['k3s', 'amd64'],
  ['k3s-arm64', 'arm64'],
])('serves %s with its checksum', async (file, arch) => {
  const content = await (await get(file)).text();
  expect(content).toContain(`simulated k3s v1.33.4+k3s1 ${arch}`);
  expect(await checksumOf(file, arch)).toBe(sha256(content));
});

it('takes the plus of a version as it is, too', async () => {
  expect(await (await get('k3s', {}, 'v1.33.4+k3s1')).text()).toContain('v1.33.4+k3s1');
});

it('serves air-gap images', async () => {
  const images = Buffer.from(await (await get('k3s-airgap-images-amd64.tar.zst')).arrayBuffer());
  expect([...images]).toEqual([1, 2, 3]);
  expect(await checksumOf('k3s-airgap-images-amd64.tar.zst', 'amd64')).toMatch(/^[0-9a-f]{64}$/);
});

it('has no air-gap images unless it is given some', async () => {
  const bare = await createMirror({ k3sBinary: () => 'k3s' }).listen(0);
  const path = '/k3s-io/k3s/releases/download/v1.33.4%2Bk3s1/k3s-airgap-images-amd64.tar.zst';
  expect((await fetch(`${bare.url}${path}`)).status).toBe(404);
  await bare.close();
});

it('answers HEAD and If-None-Match', async () => {
  const head = await get('k3s', { method: 'HEAD' });
  expect(await head.text()).toBe('');
  expect(Number(head.headers.get('content-length'))).toBeGreaterThan(10);
  const etag = head.headers.get('etag') ?? '';
  expect((await get('k3s', { headers: { 'If-None-Match': etag } })).status).toBe(304);
});

it.each([
  ['nothing', 'v1.33.4%2Bk3s1'],
  ['k3s', 'latest'],
  ['k3s', '%ff'],
  ['k3s', '..'],
])('knows no %s of %s', async (file, version) => {
  expect((await get(file, {}, version)).status).toBe(404);
});

it('only reads', async () => {
  expect((await get('k3s', { method: 'POST' })).status).toBe(405);
});

describe('faults', () => {
  it('a cut file: fewer bytes than Content-Length says', async () => {
    fault = 'cut';
    const response = await get('k3s');
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    expect(await checksumOf('k3s', 'amd64')).toBeDefined();
  });

  it('a tampered file: whole, but not the one of the checksum', async () => {
    fault = 'tampered';
    const content = await (await get('k3s')).text();
    expect(await checksumOf('k3s', 'amd64')).not.toBe(sha256(content));
  });

  it('unavailable: 503 for everything', async () => {
    fault = 'unavailable';
    expect((await get('k3s')).status).toBe(503);
    expect((await get('sha256sum-amd64.txt')).status).toBe(503);
  });
});
