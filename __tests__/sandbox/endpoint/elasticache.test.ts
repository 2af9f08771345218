import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createCredentialStore, createSettingsStore } from '../../../provisioner/sandbox/endpoint';
import { createElastiCache, hashOf } from '../../../provisioner/sandbox/endpoint/elasticache';
import { boto3Python } from './boto3-python';

const folder = mkdtempSync(join(tmpdir(), 'stagecraft-elasticache-'));
const file = join(folder, 'user.json');
const credentials = createCredentialStore();
const settings = createSettingsStore();
const node = credentials.forNode('i-0123456789abcdef0', '/stagecraft/test');
const options = { region: 'ap-northeast-2', accountId: '000000000000', userId: 'stagecraft-test-app' };
let server: Server;
let endpoint = '';

beforeAll(async () => {
  server = createServer(createElastiCache({ ...options, file, credentials, settings }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server that is listening has an AddressInfo; the string form is that of a Unix socket.
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  rmSync(file, { force: true });
  settings.reset();
});

const password = 'correct-horse-battery';

/** What curl signs with the role of a node, as the nodes do. */
async function asNode(data: string, token = node.sessionToken): Promise<string> {
  const { stdout } = await promisify(execFile)('curl', [
    ...['-s', '--max-time', '60', '--user', `${node.accessKeyId}:${node.secretAccessKey}`],
    ...['--aws-sigv4', 'aws:amz:ap-northeast-2:elasticache', '-H', `X-Amz-Security-Token: ${token}`],
    ...['--data', data, endpoint],
  ]);
  return stdout;
}

const setPassword = `Action=ModifyUser&UserId=stagecraft-test-app&AuthenticationMode.Type=password&AuthenticationMode.Passwords.member.1=${password}`;
const describeUsers = 'Action=DescribeUsers&UserId=stagecraft-test-app';

test('a node gives the user a password; the change is under way for a moment', async () => {
  expect(await asNode(describeUsers)).toMatch(/<Status>active<\/Status>[\s\S]*<Type>iam<\/Type>/);
  expect(await asNode(setPassword)).toContain('<Status>modifying</Status>');
  expect(await asNode(setPassword)).toContain('<Code>InvalidUserState</Code>');
  expect(await asNode(describeUsers)).toContain('<Status>modifying</Status>');
  expect(await asNode(describeUsers)).toMatch(
    /<Status>active<\/Status>[\s\S]*<Type>password<\/Type><PasswordCount>1<\/PasswordCount>/,
  );
});

test('what is kept is a hash, for its owner only', async () => {
  await asNode(setPassword);
  await asNode(describeUsers);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ type: 'password', passwords: [hashOf(password)] });
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test.each([
  ['another kind of authentication', setPassword.replace('=password', '=iam'), 'AccessDenied'],
  ['another action', 'Action=DeleteUser&UserId=stagecraft-test-app', 'AccessDenied'],
  ['another user', describeUsers.replace('-app', '-other'), 'UserNotFound'],
  ['a password that is too short', `${setPassword.slice(0, -10)}`, 'InvalidParameterValue'],
])('%s is refused with the code of the service', async (_, data, code) => {
  expect(await asNode(data)).toContain(`<Code>${code}</Code>`);
});

test('who is not who they say, is refused', async () => {
  expect(await asNode(describeUsers, 'another')).toContain('<Code>UnrecognizedClientException</Code>');
});

test.each([
  ['denied', 'AccessDenied'],
  ['throttled', 'Throttling'],
])('%s is a fault that can be set', async (cacheFault, code) => {
  settings.set({ cacheFault });
  expect(await asNode(describeUsers)).toContain(`<Code>${code}</Code>`);
});

test('a role that may look and not change is one too', async () => {
  settings.set({ cacheFault: 'denied-change' });
  expect(await asNode(describeUsers)).toContain('<Status>active</Status>');
  expect(await asNode(setPassword)).toContain('<Code>AccessDenied</Code>');
});

(boto3Python === undefined ? test.skip : test)('boto3 understands it, and is understood', async () => {
  const script = `
import boto3, sys
cache = boto3.client('elasticache', endpoint_url=sys.argv[1], region_name='ap-northeast-2',
    aws_access_key_id='test', aws_secret_access_key='test')
cache.modify_user(UserId='stagecraft-test-app',
    AuthenticationMode={'Type': 'password', 'Passwords': ['a' * 16, 'b' * 16]})
users = [cache.describe_users(UserId='stagecraft-test-app')['Users'][0] for _ in range(2)]
print([(user['Status'], user['Authentication']['Type'], user['Authentication']['PasswordCount']) for user in users])
try:
    cache.describe_users(UserId='nobody')
except cache.exceptions.UserNotFoundFault as fault:
    print(fault.response['Error']['Code'])
`;
  const { stdout } = await promisify(execFile)(boto3Python ?? '', ['-c', script, endpoint]);
  expect(stdout).toBe("[('modifying', 'password', 2), ('active', 'password', 2)]\nUserNotFound\n");
});
