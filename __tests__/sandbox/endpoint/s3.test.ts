import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { createCredentialStore } from '../../../provisioner/sandbox/endpoint/credentials';
import { createS3 } from '../../../provisioner/sandbox/endpoint/s3';

const folder = mkdtempSync(join(tmpdir(), 'stagecraft-s3-'));
const credentials = createCredentialStore();
const node = credentials.forNode('i-0123456789abcdef0', '/stagecraft/test');
let server: Server;
let endpoint = '';

beforeAll(async () => {
  server = createServer(
    createS3({
      region: 'ap-northeast-2',
      buckets: {
        backups: { folder, pruned: 'test/etcd/' },
        documents: { folder: `${folder}-documents`, publicKeys: ['.well-known/a'] },
      },
      credentials,
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server that is listening has an AddressInfo; the string form is that of a Unix socket.
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  for (const one of [folder, `${folder}-documents`]) rmSync(one, { recursive: true, force: true });
});

const client = (secretAccessKey = node.secretAccessKey) =>
  new S3Client({
    endpoint,
    region: 'ap-northeast-2',
    forcePathStyle: true,
    // Checksums of the SDK's own would be sent in chunks, which this stand-in does not take.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    credentials: { accessKeyId: node.accessKeyId, secretAccessKey, sessionToken: node.sessionToken },
  });
const Bucket = 'backups';

test('the SDK puts, lists, gets and deletes objects, below a prefix', async () => {
  const s3 = client();
  await s3.send(new PutObjectCommand({ Bucket, Key: 'test/etcd/one', Body: 'first' }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'other/two', Body: 'second' }));
  const listed = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'test/' }));
  expect(listed.Contents).toMatchObject([{ Key: 'test/etcd/one', Size: 5 }]);
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: 'test/etcd/one' }));
  expect(await Body?.transformToString()).toBe('first');
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'test/etcd/one' }));
  expect(readdirSync(folder)).toEqual(['other%2Ftwo']);
  // As of the role in AWS: of backups K3s deletes its own snapshots, nobody on a node anything else.
  await expect(s3.send(new DeleteObjectCommand({ Bucket, Key: 'other/two' }))).rejects.toMatchObject({
    name: 'AccessDenied',
  });
  expect(readdirSync(folder)).toEqual(['other%2Ftwo']);
  s3.destroy();
});

test('what curl signs is taken, what it does not sign is not', async () => {
  const curl = async (...args: string[]) => {
    const always = ['-s', '-o', '/dev/null', '-w', '%{http_code}', '--max-time', '60'];
    const { stdout } = await promisify(execFile)('curl', [
      ...always,
      ...args,
      `${endpoint}/backups/test/curl`,
    ]);
    return stdout;
  };
  const signed = [
    ...['--user', `${node.accessKeyId}:${node.secretAccessKey}`, '--aws-sigv4', 'aws:amz:ap-northeast-2:s3'],
    ...['-H', `X-Amz-Security-Token: ${node.sessionToken}`],
  ];
  expect(await curl('-X', 'PUT', '--data-binary', 'x', ...signed)).toBe('200');
  expect(await curl(...signed)).toBe('200');
  expect(await curl()).toBe('403');
});

test('another bucket, an object that is not there and a wrong key are refused with the codes of S3', async () => {
  const s3 = client();
  await expect(s3.send(new GetObjectCommand({ Bucket: 'another', Key: 'a' }))).rejects.toMatchObject({
    name: 'NoSuchBucket',
  });
  await expect(s3.send(new GetObjectCommand({ Bucket, Key: 'none' }))).rejects.toMatchObject({
    name: 'NoSuchKey',
  });
  const wrong = client('not the secret');
  await expect(wrong.send(new GetObjectCommand({ Bucket, Key: 'none' }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 403 },
  });
  for (const one of [s3, wrong]) one.destroy();
});

test('everybody reads the public objects of a bucket, and nothing else; nodes write those alone', async () => {
  const s3 = client();
  const get = async (path: string) => {
    const answer = await fetch(`${endpoint}/${path}`);
    return { status: answer.status, text: await answer.text() };
  };
  const put = (Key: string) => s3.send(new PutObjectCommand({ Bucket: 'documents', Key, Body: 'public' }));
  // Without the right to list, a missing object looks like a forbidden one.
  expect(await get('documents/.well-known/a')).toMatchObject({ status: 403 });
  await put('.well-known/a');
  expect(await get('documents/.well-known/a')).toEqual({ status: 200, text: 'public' });
  await expect(put('other')).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(
    s3.send(new DeleteObjectCommand({ Bucket: 'documents', Key: '.well-known/a' })),
  ).rejects.toMatchObject({ name: 'AccessDenied' });
  expect(await get('documents/')).toMatchObject({ status: 403 });
  expect(await get('backups/.well-known/a')).toMatchObject({ status: 403 });
  expect((await fetch(`${endpoint}/documents/.well-known/a`, { method: 'PUT', body: 'x' })).status).toBe(403);
  s3.destroy();
});
