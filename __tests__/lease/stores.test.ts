import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../provisioner/errors';
import { dynamoDbStore, leaseClient } from '../../provisioner/lease/dynamodb-store';
import { fileStore } from '../../provisioner/lease/file-store';
import type { LeaseRecord } from '../../provisioner/lease/record';
import type { LeaseStore } from '../../provisioner/lease/store';
import { DynamoDbDouble } from './dynamodb-double';
import { record } from './records';

const place = {
  table: 'stagecraft-tfstate-locks',
  region: 'ap-northeast-2',
  project: 'stagecraft',
  environment: 'prod',
};
const id = 'stagecraft/stagecraft/prod/provision';
const root = mkdtempSync(join(tmpdir(), 'stagecraft-lease-'));
let double: DynamoDbDouble;

beforeAll(async () => {
  double = await DynamoDbDouble.start(place.table);
});
afterAll(async () => {
  await double.close();
  rmSync(root, { recursive: true, force: true });
});
beforeEach(() => {
  double.items.clear();
  double.requests.length = 0;
  double.faults.length = 0;
  double.always = undefined;
});

function dynamo(more: Parameters<typeof leaseClient>[0] = {}): LeaseStore {
  const client = leaseClient({
    region: place.region,
    endpoint: double.url,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    ...more,
  });
  return dynamoDbStore(place, client);
}

let folders = 0;
const file = (folder = join(root, String(++folders), 'prod')) => fileStore(folder);

describe.each([
  ['in a folder', file],
  ['in DynamoDB', dynamo],
] as const)('a lease %s', (_, open) => {
  let store: LeaseStore;
  beforeEach(() => {
    store = open();
  });

  test('is written where nobody holds it, and read as it was written', async () => {
    expect(await store.read()).toBeUndefined();
    const mine = record('anna', { doing: 'play "k3s"', command: "provision --limit 'a&b' ü" });
    expect(await store.write(mine, 'free')).toEqual({ done: true });
    expect(await store.read()).toEqual(mine);
  });

  test('is not written where another holds it; that one is told', async () => {
    const [hers, his] = [record('anna'), record('ben')];
    await store.write(hers, 'free');
    expect(await store.write(his, 'free')).toEqual({ done: false, current: hers });
    expect(await store.read()).toEqual(hers);
  });

  test('is renewed from its last state only', async () => {
    const first = record('anna');
    const second: LeaseRecord = { ...first, renewals: 1, doing: 'play "k3s"' };
    await store.write(first, 'free');
    expect(await store.write(second, first)).toEqual({ done: true });
    expect(await store.write({ ...first, renewals: 2 }, first)).toEqual({ done: false, current: second });
  });

  test('is taken over from that very state only', async () => {
    const hers = record('anna');
    await store.write(hers, 'free');
    await store.write({ ...hers, renewals: 1 }, hers);
    expect(await store.write(record('ben'), hers)).toMatchObject({ done: false, current: { renewals: 1 } });
    const his = record('ben');
    expect(await store.write(his, { ...hers, renewals: 1 })).toEqual({ done: true });
    expect(await store.write({ ...hers, renewals: 2 }, { ...hers, renewals: 1 })).toEqual({
      done: false,
      current: his,
    });
  });

  test('is removed by its id, however often it was renewed, and nobody else’s is', async () => {
    const [hers, his] = [record('anna'), record('ben')];
    await store.write(hers, 'free');
    await store.write({ ...hers, renewals: 1 }, hers);
    expect(await store.remove(his.id)).toMatchObject({ done: false, current: { id: hers.id } });
    expect(await store.remove(hers.id)).toEqual({ done: true });
    expect(await store.remove(hers.id)).toEqual({ done: false, current: undefined });
    expect(await store.write(his, 'free')).toEqual({ done: true });
  });

  test('of many who want it, one gets it', async () => {
    const wanted = Array.from({ length: 20 }, (_each, index) => record(`user-${index}`));
    const written = await Promise.all(wanted.map((one) => store.write(one, 'free')));
    expect(written.filter(({ done }) => done)).toHaveLength(1);
    expect(await store.read()).toEqual(wanted[written.findIndex(({ done }) => done)]);
  });
});

describe('in a folder', () => {
  test('a writer that slept while others wrote is too late, although its next number is free again', async () => {
    const folder = join(root, 'late');
    const store = fileStore(folder);
    const states = [record('anna'), record('ben'), record('cleo')] as const;
    await store.write(states[0], 'free');
    await store.write(states[1], states[0]);
    await store.write(states[2], states[1]);
    expect(readdirSync(folder)).toEqual(['0000000003.json']);
    writeFileSync(join(folder, '0000000002.json'), JSON.stringify(states[0]));
    expect(await store.read()).toEqual(states[2]);
    await store.remove(states[2].id);
    expect(readdirSync(folder)).toEqual(['0000000004.json']);
  });

  test('is readable by its owner only', async () => {
    const folder = join(root, 'mode');
    await fileStore(folder).write(record(), 'free');
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, '0000000001.json')).mode & 0o777).toBe(0o600);
  });

  test('reading leaves nothing behind', async () => {
    const folder = join(root, 'unread');
    await fileStore(folder).read();
    expect(existsSync(folder)).toBe(false);
  });

  test('a state that a power cut left empty counts as free, one of another form is told', async () => {
    const folder = join(root, 'odd');
    mkdirSync(folder);
    writeFileSync(join(folder, '0000000001.json'), '');
    expect(await fileStore(folder).read()).toBeUndefined();
    writeFileSync(join(folder, '0000000002.json'), '{"version": 99}');
    await expect(fileStore(folder).read()).rejects.toThrow('not in a form that this version knows');
  });

  test('a folder that is none is one readable message', async () => {
    const path = join(root, 'file');
    writeFileSync(path, '');
    await expect(fileStore(path).write(record(), 'free')).rejects.toThrow(UserError);
    await expect(fileStore(path).write(record(), 'free')).rejects.toThrow(/STAGECRAFT_STATE_DIR/);
  });
});

describe('in DynamoDB', () => {
  const failing = (code: string, message = 'Said by DynamoDB.', status = 400) =>
    ({ kind: 'error', code, message, status }) as const;

  async function refusal(store: LeaseStore): Promise<UserError> {
    const error: unknown = await store.write(record(), 'free').then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (error instanceof UserError) return error;
    throw new Error(`no UserError: ${String(error)}`);
  }

  test("its item stands beside Terraform's, with an id that none of those has", async () => {
    const lock = { LockID: { S: 'bucket/stagecraft/prod.tfstate' }, Info: { S: '{}' } };
    double.items.set('bucket/stagecraft/prod.tfstate', lock);
    await dynamo().write(record(), 'free');
    expect([...double.items.keys()]).toEqual(['bucket/stagecraft/prod.tfstate', id]);
    await dynamo().remove((await dynamo().read())?.id ?? '');
    expect([...double.items.keys()]).toEqual(['bucket/stagecraft/prod.tfstate']);
  });

  test('needs the rights that Terraform needs on the table, and reads consistently', async () => {
    const store = dynamo();
    const mine = record();
    await store.read();
    await store.write(mine, 'free');
    await store.remove(mine.id);
    expect(double.requests.map(({ operation }) => operation)).toEqual(['GetItem', 'PutItem', 'DeleteItem']);
  });

  test('a write whose answer was lost is sent again, and then told from a refusal', async () => {
    double.faults.push({ kind: 'answer lost' });
    const mine = record();
    expect(await dynamo().write(mine, 'free')).toEqual({ done: false, current: mine });
  });

  test('throttling is waited out', async () => {
    double.faults.push(failing('ThrottlingException'), failing('ProvisionedThroughputExceededException'));
    expect(await dynamo().write(record(), 'free')).toEqual({ done: true });
    expect(double.requests).toHaveLength(3);
  });

  test.each([
    ['ResourceNotFoundException', 'there is no lock table', 'cdktf deploy bootstrap'],
    [
      'AccessDeniedException',
      'access to the lock table stagecraft-tfstate-locks is denied',
      'dynamodb:PutItem',
    ],
    ['ThrottlingException', 'is throttled', 'Run again in a minute'],
    ['ExpiredTokenException', 'the AWS credentials have expired', 'aws sso login'],
    ['UnrecognizedClientException', 'does not accept the credentials', 'aws sts get-caller-identity'],
    ['InternalServerError', 'Said by DynamoDB', 'Run again'],
  ])('%s is one readable message', async (code, what, next) => {
    double.always = failing(code, 'Said by DynamoDB.', code === 'InternalServerError' ? 500 : 400);
    const error = await refusal(dynamo());
    expect(error).toMatchObject({ exitCode: 3 });
    expect(error.what).toContain(`The lease of 'prod' can't be used: `);
    expect(error.what).toContain(what);
    expect(error.next).toContain(next);
    expect(`${error.what}\n${error.next}`).not.toContain('undefined');
  });

  test('a service that never answers is given up', async () => {
    double.always = { kind: 'silent' };
    const impatient = { maxAttempts: 1, requestHandler: { requestTimeout: 50, throwOnRequestTimeout: true } };
    const error = await refusal(dynamo(impatient));
    expect(error.what).toContain("DynamoDB in ap-northeast-2 can't be reached");
    expect(error.next).toContain('--no-lease');
  });

  test('so is a network where nobody is', async () => {
    const gone = await DynamoDbDouble.start('gone');
    const endpoint = gone.url;
    await gone.close();
    expect((await refusal(dynamo({ endpoint, maxAttempts: 1 }))).what).toContain("can't be reached");
  });

  test('an item of another form is told, with its id', async () => {
    double.items.set(id, { LockID: { S: id }, Info: { S: 'rubbish' } });
    await expect(dynamo().read()).rejects.toThrow(
      /not in a form .*\n.*stagecraft\/stagecraft\/prod\/provision/,
    );
  });
});
