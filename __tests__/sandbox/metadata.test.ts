import { request } from 'node:http';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { createCredentialStore, type Listener } from '../../provisioner/sandbox/endpoint';
import { createMetadataServer, type MetadataNode } from '../../provisioner/sandbox/metadata';
import { ACCOUNT, instanceId, manualClock, PREFIX, REGION, startEndpoint } from './endpoint/fixture';

const node: MetadataNode = {
  instanceId: instanceId(1),
  privateIp: '10.0.0.1',
  zone: `${REGION}a`,
  region: REGION,
  accountId: ACCOUNT,
  arch: 'amd64',
  instanceType: 't3.medium',
  tags: { Name: 'sandbox-server-1', 'stagecraft:role': 'server' },
};

const ROLE = 'stagecraft-sandbox-node';
const clock = manualClock();
const credentials = createCredentialStore(clock);

let listener: Listener;
let isTakenBack = false;

beforeAll(async () => {
  const server = createMetadataServer({
    node,
    roleName: ROLE,
    credentials: () => credentials.forNode(node.instanceId, PREFIX),
    clock,
    isTakenBack: () => isTakenBack,
  });
  listener = await server.listen(0);
});

afterAll(() => listener.close());

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
  readonly headers: NodeJS.Dict<string | string[]>;
}

function ask(method: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(`${listener.url}${path}`, { method, headers }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      response.on('end', () => resolve({ status: response.statusCode, body, headers: response.headers }));
    });
    asked.once('error', reject);
    asked.end();
  });
}

async function token(seconds = '60'): Promise<string> {
  return (await ask('PUT', '/latest/api/token', { 'X-aws-ec2-metadata-token-ttl-seconds': seconds })).body;
}

async function get(path: string): Promise<Answer> {
  return ask('GET', path, { 'X-aws-ec2-metadata-token': await token() });
}

describe('session tokens', () => {
  it.each(['1', '21600'])('live %s seconds', async (seconds) => {
    const answer = await ask('PUT', '/latest/api/token', { 'X-aws-ec2-metadata-token-ttl-seconds': seconds });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatch(/^[\w-]{40,}$/);
    expect(answer.headers['x-aws-ec2-metadata-token-ttl-seconds']).toBe(seconds);
  });

  it.each(['0', '21601', '-1', 'long', ''])('of %p seconds are refused', async (seconds) => {
    const answer = await ask('PUT', '/latest/api/token', { 'X-aws-ec2-metadata-token-ttl-seconds': seconds });
    expect(answer.status).toBe(400);
  });

  it('need their time to live', async () => {
    expect((await ask('PUT', '/latest/api/token')).status).toBe(400);
  });

  it('are needed for every read', async () => {
    expect((await ask('GET', '/latest/meta-data/instance-id')).status).toBe(401);
    expect((await ask('GET', '/latest/meta-data/none')).status).toBe(401);
    const invented = { 'X-aws-ec2-metadata-token': 'invented' };
    expect((await ask('GET', '/latest/meta-data/instance-id', invented)).status).toBe(401);
  });

  it('expire', async () => {
    const headers = { 'X-aws-ec2-metadata-token': await token('30') };
    clock.advance(29_000);
    expect((await ask('GET', '/latest/meta-data/instance-id', headers)).status).toBe(200);
    clock.advance(1000);
    expect((await ask('GET', '/latest/meta-data/instance-id', headers)).status).toBe(401);
  });

  it('are not given to what came through a proxy', async () => {
    const headers = { 'X-aws-ec2-metadata-token-ttl-seconds': '60', 'X-Forwarded-For': '192.0.2.1' };
    expect((await ask('PUT', '/latest/api/token', headers)).status).toBe(403);
  });
});

describe('metadata', () => {
  it.each([
    ['instance-id', node.instanceId],
    ['local-ipv4', '10.0.0.1'],
    ['local-hostname', 'ip-10-0-0-1.ap-northeast-2.compute.internal'],
    ['placement/availability-zone', 'ap-northeast-2a'],
    ['placement/region', 'ap-northeast-2'],
    ['instance-type', 't3.medium'],
    ['tags/instance/Name', 'sandbox-server-1'],
    ['tags/instance/stagecraft:role', 'server'],
    ['tags/instance/', 'Name\nstagecraft:role'],
    ['tags/instance', 'Name\nstagecraft:role'],
    ['iam/security-credentials/', ROLE],
    ['placement/', 'availability-zone\nregion'],
  ])('%s', async (path, content) => {
    expect(await get(`/latest/meta-data/${path}`)).toMatchObject({ status: 200, body: content });
  });

  it('lists folders with a slash behind them', async () => {
    const names = (await get('/latest/meta-data/')).body.split('\n');
    expect(names).toEqual(expect.arrayContaining(['ami-id', 'iam/', 'placement/', 'tags/', 'instance-id']));
  });

  it.each(['none', 'instance-id/deeper', 'instance-id/', 'constructor', '__proto__'])(
    'knows no %s',
    async (path) => {
      expect((await get(`/latest/meta-data/${path}`)).status).toBe(404);
    },
  );

  it('has an identity document', async () => {
    expect(JSON.parse((await get('/latest/dynamic/instance-identity/document')).body)).toMatchObject({
      accountId: ACCOUNT,
      architecture: 'x86_64',
      instanceId: node.instanceId,
      region: REGION,
      availabilityZone: `${REGION}a`,
    });
  });

  it('hands out credentials, and new ones before they expire', async () => {
    const path = `/latest/meta-data/iam/security-credentials/${ROLE}`;
    const first = JSON.parse((await get(path)).body);
    expect(first).toMatchObject({
      Code: 'Success',
      Type: 'AWS-HMAC',
      AccessKeyId: expect.stringMatching(/^ASIA/),
    });
    expect(Date.parse(first.Expiration)).toBeGreaterThan(clock.now());
    expect(JSON.parse((await get(path)).body)).toEqual(first);
    clock.advance(5.5 * 3600_000);
    expect(JSON.parse((await get(path)).body).AccessKeyId).not.toBe(first.AccessKeyId);
  });
});

describe('the notice to a spot instance', () => {
  const path = '/latest/meta-data/spot/instance-action';

  it('is there when AWS takes it back: two minutes ahead, and the same at every look', async () => {
    expect((await get(path)).status).toBe(404);
    isTakenBack = true;
    const { body } = await get(path);
    const said = JSON.parse(body);
    expect(said.action).toBe('stop');
    expect(Date.parse(said.time) - clock.now()).toBeGreaterThan(118_000);
    expect(Date.parse(said.time) - clock.now()).toBeLessThanOrEqual(120_000);
    clock.advance(30_000);
    expect((await get(path)).body).toBe(body);
    isTakenBack = false;
    expect((await get(path)).status).toBe(404);
  });
});

describe('the SDK on a node', () => {
  const saved = { ...process.env };

  afterEach(() => {
    process.env = { ...saved };
  });

  it('finds its credentials here and reads its secret with them', async () => {
    const fixture = await startEndpoint();
    const server = createMetadataServer({
      node,
      roleName: ROLE,
      credentials: () => fixture.credentials.forNode(node.instanceId, PREFIX),
    });
    const own = await server.listen(0);
    fixture.parameters.put({
      name: `${PREFIX}/token`,
      type: 'SecureString',
      dataType: 'text',
      tier: 'Standard',
      value: 'canary',
      modifiedAt: 0,
    });
    const unset = Object.keys(process.env).filter((name) => name.startsWith('AWS_'));
    for (const name of unset) delete process.env[name];
    process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT = own.url;
    process.env.AWS_SHARED_CREDENTIALS_FILE = '/dev/null';
    process.env.AWS_CONFIG_FILE = '/dev/null';
    const client = new SSMClient({ endpoint: fixture.url, region: REGION, maxAttempts: 1 });
    const { Parameter } = await client.send(
      new GetParameterCommand({ Name: `${PREFIX}/token`, WithDecryption: true }),
    );
    expect(Parameter?.Value).toBe('canary');
    client.destroy();
    await own.close();
    await fixture.stop();
  });
});
