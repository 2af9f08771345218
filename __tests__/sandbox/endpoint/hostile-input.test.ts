import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { type Fixture, instanceId, REGION, scriptedAgent, startEndpoint } from './fixture';

let fixture: Fixture;

beforeAll(async () => {
  fixture = await startEndpoint({ agents: [scriptedAgent(1)] });
});

afterAll(() => fixture.stop());

const signer = new SignatureV4({
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  region: REGION,
  service: 'ssm',
  sha256: Sha256,
});

/** Signs and posts whatever bytes, as no SDK would. */
async function post(operation: string, body: string): Promise<{ status: number; body: string }> {
  const url = new URL(fixture.url);
  const { headers } = await signer.sign({
    method: 'POST',
    protocol: 'http:',
    hostname: url.hostname,
    path: '/',
    headers: {
      host: url.host,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AmazonSSM.${operation}`,
    },
    body,
  });
  const response = await fetch(fixture.url, { method: 'POST', headers, body });
  return { status: response.status, body: await response.text() };
}

const operations = [
  'SendCommand',
  'GetCommandInvocation',
  'ListCommands',
  'ListCommandInvocations',
  'CancelCommand',
  'DescribeInstanceInformation',
  'PutParameter',
  'GetParameter',
  'GetParameters',
  'GetParametersByPath',
  'DeleteParameter',
];

const members = fc.dictionary(
  fc.constantFrom(
    ...[
      'InstanceIds',
      'Targets',
      'DocumentName',
      'Parameters',
      'CommandId',
      'InstanceId',
      'Filters',
      'MaxResults',
    ],
    ...[
      'NextToken',
      'Name',
      'Names',
      'Path',
      'Value',
      'Type',
      'WithDecryption',
      'Comment',
      'TimeoutSeconds',
      '__proto__',
    ],
  ),
  fc.oneof(
    fc.jsonValue(),
    fc.constantFrom<unknown>(
      'AWS-RunShellScript',
      [instanceId(1)],
      { commands: ['true'] },
      '/a',
      'String',
      10,
      true,
    ),
  ),
);

it('never brings the endpoint down: every answer is JSON and a success or the fault of the client', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...operations), members, async (operation, input) => {
      const answer = await post(operation, JSON.stringify(input));
      expect([200, 400]).toContain(answer.status);
      expect(() => JSON.parse(answer.body)).not.toThrow();
    }),
    { numRuns: 400 },
  );
});

it.each(['', '{', '[]', 'null', '"text"', '\u0000'])(
  'takes %j for no input or a SerializationException',
  async (body) => {
    const answer = await post('ListCommands', body);
    if (body === '') expect(answer.status).toBe(200);
    else expect(JSON.parse(answer.body)).toMatchObject({ __type: 'SerializationException' });
  },
);

it('refuses a body of more than a megabyte', async () => {
  const answer = await post('PutParameter', JSON.stringify({ Name: '/a', Value: 'v'.repeat(1024 * 1024) }));
  expect(answer.status).toBe(413);
});
