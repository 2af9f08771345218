import { leaseClock } from '../../provisioner/lease/clock';
import { acquire } from '../../provisioner/lease/contender';
import { dynamoDbStore, leaseClient } from '../../provisioner/lease/dynamodb-store';
import { HeldLease } from '../../provisioner/lease/held-lease';
import { DynamoDbDouble } from './dynamodb-double';
import { request } from './records';

const place = { table: 'locks', region: 'ap-northeast-2', project: 'stagecraft', environment: 'prod' };
let double: DynamoDbDouble;

beforeEach(async () => {
  double = await DynamoDbDouble.start(place.table);
});
afterEach(() => double.close());

/** A run of its own: its own client, and what it was told. */
async function contend(user: string, waitSeconds: number) {
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
  const store = dynamoDbStore(
    place,
    leaseClient({ region: place.region, endpoint: double.url, credentials, maxAttempts: 1 }),
  );
  const told: string[] = [];
  const common = {
    store,
    request: request(user, { seconds: 4 }),
    clock: leaseClock,
    note: (text: string) => told.push(text),
  };
  const { signal } = new AbortController();
  const acquired = await acquire({ ...common, environment: 'prod', waitSeconds, signal });
  if (acquired === undefined) throw new Error('interrupted');
  let lost: string | undefined;
  const lease = new HeldLease(
    {
      ...common,
      onLost: (reason) => {
        lost = reason;
      },
    },
    acquired,
  );
  return { store, lease, told, lost: () => lost };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

test('a run renews its lease and tells what it is at; another waits, and gets it when it is given back', async () => {
  const first = await contend('anna', 0);
  const refused = await contend('ben', 0).catch((error: unknown) => error);
  expect(refused).toMatchObject({
    exitCode: 3,
    what: expect.stringContaining('prod is locked: anna on laptop'),
  });
  first.lease.isAt('play "k3s"');
  const waiting = contend('cleo', 60);
  await until(() => double.requests.filter(({ input }) => Number(input.Item?.Renewals?.N) >= 2).length > 0);
  expect(await first.store.read()).toMatchObject({ user: 'anna', doing: 'play "k3s"' });
  await first.lease.release();
  const second = await waiting;
  expect(await second.store.read()).toMatchObject({ user: 'cleo' });
  expect(second.told).toEqual([expect.stringMatching(/^waiting up to 60 s for anna on laptop/)]);
  await second.lease.release();
  expect(double.items.size).toBe(0);
});

test('a run whose lease is removed loses it with its next renewal, and takes nothing from whoever has it then', async () => {
  const first = await contend('anna', 0);
  double.items.clear();
  const second = await contend('ben', 0);
  await until(() => first.lost() !== undefined);
  expect(first.lost()).toMatch(/^it was taken over by ben on laptop/);
  await expect(first.lease.ensure()).rejects.toThrow('taken over by ben');
  await first.lease.release();
  expect(await second.store.read()).toMatchObject({ user: 'ben' });
  await second.lease.release();
});

test('a run that may not renew its lease any more tells of each failure, and loses it when it has run out', async () => {
  const run = await contend('anna', 0);
  double.always = { kind: 'error', code: 'AccessDeniedException', message: 'not authorized' };
  await until(() => run.lost() !== undefined);
  expect(run.lost()).toMatch(/^it could not be renewed before \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
  expect(run.told[0]).toMatch(
    /^the lease could not be renewed \(The lease of 'prod' can't be used: access to the lock table locks is denied \(not authorized\)\); trying again, it holds until/,
  );
  await run.lease.release();
});
