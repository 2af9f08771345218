import type { EnvironmentInput } from '../../../environments/schema';
import { configOf } from '../../../provisioner/roles/k3s/config';
import { exampleContext, exampleInventory } from '../example';

/** The options of etcd's snapshots of the first server. */
function options(k3s: EnvironmentInput['k3s'], bucket?: string, servers = 3) {
  const inventory = exampleInventory(servers, { buckets: bucket === undefined ? {} : { backups: bucket } });
  const context = exampleContext({ servers: { count: servers }, k3s }, inventory);
  const [first] = context.inventory.nodes;
  if (first === undefined) throw new Error('no node');
  return Object.fromEntries(
    Object.entries(configOf(context, first)).filter(([name]) => name.startsWith('etcd-')),
  );
}

test('snapshots stay on the servers where the inventory has no bucket for them', () => {
  expect(options({})).toEqual({
    'etcd-snapshot-schedule-cron': '0 */6 * * *',
    'etcd-snapshot-retention': 12,
    'etcd-snapshot-compress': true,
  });
});

test('with a bucket they go there as well, in a folder of the cluster, with the role of the node: no keys', () => {
  expect(
    options({ snapshots: { schedule: '30 2 * * *', keepOnServer: 3, keepInBucket: 30 } }, 'backups'),
  ).toEqual({
    'etcd-snapshot-schedule-cron': '30 2 * * *',
    'etcd-snapshot-retention': 3,
    'etcd-snapshot-compress': true,
    'etcd-s3': true,
    'etcd-s3-bucket': 'backups',
    'etcd-s3-region': 'ap-northeast-2',
    'etcd-s3-folder': 'test/etcd',
    'etcd-s3-retention': 30,
  });
});

test.each([
  ['v1.34.0+k3s1', true],
  ['v1.33.4+k3s1', true],
  ['v1.33.3+k3s1', false],
  ['v1.32.8+k3s1', true],
  ['v1.31.11+k3s1', false],
  ['v1.30.14+k3s1', false],
])(
  '%s is given a retention of the bucket: %s (another option would keep it from starting)',
  (version, known) => {
    expect('etcd-s3-retention' in options({ version }, 'backups')).toBe(known);
  },
);

test('a single server has no etcd to take snapshots of', () => {
  expect(options({}, 'backups', 1)).toEqual({});
});

test.each(['0 */6 * * *', '*/15 * * * *', '0 3 1,15 * 1-5'])('%j is a schedule', (schedule) => {
  expect(options({ snapshots: { schedule } })['etcd-snapshot-schedule-cron']).toBe(schedule);
});

test.each(['', 'daily', '0 6 * *', '0 6 * * * *', '0 6 * * *; reboot', '0 6 * * *\n* * * * * root id'])(
  '%j is none',
  (schedule) => {
    expect(() => options({ snapshots: { schedule } })).toThrow('five fields of cron');
  },
);
