import { createServer, type Server } from 'node:http';
import { S3Client } from '@aws-sdk/client-s3';
import type { UserError } from '../../provisioner/errors';
import { loadInventory } from '../../provisioner/inventory/load-inventory';
import { objectReader, remoteStateSource } from '../../provisioner/inventory/remote-state';
import { inventory } from './fixture';

const location = { bucket: 'stagecraft-state', key: 'stagecraft/prod.tfstate', region: 'ap-northeast-2' };
const state = (outputs: unknown) =>
  JSON.stringify({ version: 4, terraform_version: '1.11.0', outputs, resources: [] });

/** What the S3 stand-in answers next, and what it was asked. */
const answer = { status: 200, body: '' };
const asked: string[] = [];
let owner: string | undefined;
let server: Server;
let client: S3Client;

beforeAll(async () => {
  server = createServer((request, response) => {
    owner = request.headers['x-amz-expected-bucket-owner']?.toString();
    asked.push(`${request.method} ${request.url?.split('?')[0]}`);
    response.writeHead(answer.status, { 'content-type': 'application/xml' }).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = clientAt(portOf(server));
});

afterAll(() => {
  client.destroy();
  server.close();
});

function clientAt(
  port: number,
  credentials: () => Promise<{ accessKeyId: string; secretAccessKey: string }> = keys,
): S3Client {
  return new S3Client({
    region: location.region,
    endpoint: `http://127.0.0.1:${port}`,
    forcePathStyle: true,
    credentials,
    maxAttempts: 1,
  });
}

const keys = async () => ({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' });

function portOf(listening: Server): number {
  const address = listening.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return address.port;
}

const load = (s3: S3Client = client) => loadInventory(remoteStateSource(location, 'prod', objectReader(s3)));

async function refusal(promise: Promise<unknown>): Promise<UserError> {
  return promise.then(
    () => Promise.reject(new Error('it was accepted')),
    (error) => {
      expect(error).toMatchObject({ name: 'UserError' });
      return error;
    },
  );
}

const s3Error = (code: string, message: string) =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;

describe('remoteStateSource', () => {
  it("reads the output of the environment's state, and that object only", async () => {
    Object.assign(answer, {
      status: 200,
      body: state({ inventory: { value: inventory(), type: ['object', {}] } }),
    });
    asked.length = 0;
    expect(await load()).toEqual(inventory());
    expect(asked).toEqual(['GET /stagecraft-state/stagecraft/prod.tfstate']);
  });

  it("does not believe another account's bucket of the same name", async () => {
    Object.assign(answer, {
      status: 200,
      body: state({ inventory: { value: inventory(), type: ['object', {}] } }),
    });
    await load();
    expect(owner).toBeUndefined();
    await loadInventory(
      remoteStateSource({ ...location, accountId: '123456789012' }, 'prod', objectReader(client)),
    );
    expect(owner).toBe('123456789012');
  });

  it.each([
    [404, 'NoSuchBucket', 'there is no state bucket stagecraft-state', 'cdktf deploy bootstrap'],
    [404, 'NoSuchKey', "'prod' has never been deployed", 'Run `cdktf deploy prod`.'],
    [
      403,
      'AccessDenied',
      'access to s3://stagecraft-state/stagecraft/prod.tfstate is denied',
      's3:GetObject',
    ],
    [400, 'ExpiredToken', 'credentials have expired', 'aws sso login'],
    [403, 'InvalidAccessKeyId', 'does not accept the credentials', 'aws sts get-caller-identity'],
    [403, 'SignatureDoesNotMatch', 'does not accept the credentials', 'aws sts get-caller-identity'],
    [301, 'PermanentRedirect', 'is not in ap-northeast-2', 'state.region in environments/prod.ts'],
    [403, 'RequestTimeTooSkewed', 'clock', 'timedatectl'],
    [500, 'InternalError', 'Said by S3', '--inventory FILE'],
  ])('explains %d %s', async (status, code, what, next) => {
    Object.assign(answer, { status, body: s3Error(code, 'Said by S3.') });
    const error = await refusal(load());
    expect(error.what).toContain(what);
    expect(error.next).toContain(next);
  });

  it.each([
    [
      'has no such output',
      state({ vpc: { value: 'vpc-1', type: 'string' } }),
      "has no output 'inventory'",
      'cdktf deploy prod',
    ],
    [
      'has no outputs',
      JSON.stringify({ version: 4, resources: [] }),
      "has no output 'inventory'",
      'cdktf deploy prod',
    ],
    ['is empty', '', 'is not a Terraform state', 'list-object-versions'],
    [
      'is another stage',
      state({ inventory: { value: inventory({ environment: 'dev' }), type: 'x' } }),
      "belongs to environment 'dev'",
      '--env dev',
    ],
    [
      'is older',
      state({ inventory: { value: { schemaVersion: 0 }, type: 'x' } }),
      'schema version 0',
      'Run `cdktf deploy prod`.',
    ],
    [
      'has no nodes',
      state({ inventory: { value: inventory({ nodes: [] }), type: 'x' } }),
      'has no nodes',
      'Run `cdktf deploy prod`.',
    ],
  ])('explains a state that %s', async (_, body, what, next) => {
    Object.assign(answer, { status: 200, body });
    const error = await refusal(load());
    expect(error.what).toContain(what);
    expect(error.next).toContain(next);
  });

  it.each([
    ['Could not load credentials from any providers', 'no usable AWS credentials'],
    ['The SSO session associated with this profile has expired.', 'credentials have expired'],
  ])('explains credentials that cannot be had: %s', async (message, what) => {
    const without = clientAt(portOf(server), () =>
      Promise.reject(Object.assign(new Error(message), { name: 'CredentialsProviderError' })),
    );
    const error = await refusal(load(without));
    expect(error.what).toContain(what);
    expect(error.next).toContain('aws sso login');
  });

  it('explains a network where nobody answers', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const port = portOf(closed);
    await new Promise((resolve) => closed.close(resolve));
    const error = await refusal(load(clientAt(port)));
    expect(error.what).toContain("can't be reached");
    expect(error.next).toContain('AWS_ENDPOINT_URL');
  });
});
