import { defineEnvironment, type EnvironmentInput } from '../../environments/schema';
import { windowsMeet } from '../../environments/windows';
import { workloadsOf } from '../../environments/workloads';
import { mistakesOf } from './mistakes-of';

const one = { name: 'test', network: { availabilityZones: ['ap-northeast-2a'] } };

describe('data stores in one zone', () => {
  it('are refused where AWS asks for two', () => {
    expect(mistakesOf({ ...one, database: { mode: 'rds' } })).toEqual([
      'database.mode: "rds" is not allowed; allowed: "pod" or "replicated" in one zone; RDS asks for two in network.availabilityZones',
    ]);
    expect(mistakesOf({ ...one, redis: { replicas: 1 } })).toEqual([
      'redis.replicas: 1 is not allowed; allowed: 0 in one zone; a replica that takes over asks for two in network.availabilityZones',
    ]);
    expect(mistakesOf({ ...one, production: true })).toHaveLength(1);
    expect(mistakesOf({ ...one, production: true, redis: { replicas: 0 } })).toEqual([]);
    expect(mistakesOf(one)).toEqual([]);
  });
});

describe('windows', () => {
  it.each([
    ['18:00-19:00', 'sun:19:30-sun:20:30', false],
    ['18:00-19:30', 'sun:19:30-sun:20:30', false],
    ['18:00-19:31', 'sun:19:30-sun:20:30', true],
    ['20:00-21:00', 'sun:19:30-sun:20:30', true],
    ['19:40-19:50', 'sun:19:30-sun:20:30', true],
    ['19:00-21:00', 'sun:19:30-sun:20:30', true],
    ['23:30-00:30', 'mon:00:00-mon:01:00', true],
    ['00:10-01:10', 'sun:23:30-mon:00:30', true],
    ['01:00-02:00', 'sun:23:30-mon:00:30', false],
  ])('%s and %s meet: %s', (daily, weekly, meet) => {
    expect(windowsMeet(daily, weekly)).toBe(meet);
  });

  it('that meet are refused', () => {
    expect(mistakesOf({ name: 'test', redis: { backupWindow: '19:00-20:00' } })).toEqual([
      'redis.maintenanceWindow: "sun:19:30-sun:20:30" is not allowed; allowed: a window that does not meet the daily backupWindow (19:00-20:00), as AWS asks for',
    ]);
  });

  it.each(['sun:19:30-sun:20:00', 'sunday:19:30-sun:20:30', 'sun:24:30-sun:25:30', '19:30-20:30', ''])(
    '%j is refused',
    (maintenanceWindow) => {
      const [line] = mistakesOf({ name: 'test', database: { rds: { maintenanceWindow } } });
      expect(line).toMatch(/^database\.rds\.maintenanceWindow: .*a weekly window of an hour or more in UTC/);
    },
  );
});

describe('the database', () => {
  it('may grow by a tenth at least', () => {
    expect(mistakesOf({ name: 'test', database: { mode: 'rds', storageGiB: 190 } })).toEqual([
      'database.rds.maxStorageGiB: 200 is not allowed; allowed: at least 10 % more than storageGiB: 209 (GiB) or more',
    ]);
    expect(mistakesOf({ name: 'test', database: { mode: 'pod', storageGiB: 190 } })).toEqual([]);
  });

  it('can be restored for 7 to 35 days', () => {
    for (const restoreDays of [6, 36])
      expect(mistakesOf({ name: 'test', database: { rds: { restoreDays } } })).toEqual([
        `database.rds.restoreDays: ${restoreDays} is not allowed; allowed: a whole number from 7 to 35 (days)`,
      ]);
  });

  it('does not lock dumps longer than it keeps them', () => {
    const dumps = { objectLock: 'governance', lockDays: 31, retentionDays: 30 };
    expect(mistakesOf({ name: 'test', database: { dumps } })).toEqual([
      'database.dumps.lockDays: 31 is not allowed; allowed: at most retentionDays (30)',
    ]);
  });
});

describe('messaging', () => {
  it('has the queues of the site, two of which subscribe', () => {
    const { queues } = defineEnvironment({ name: 'test' }, 'test').messaging;
    expect(Object.entries(queues).map(([queue, { subscribed }]) => [queue, subscribed])).toEqual([
      ['reservation-lockrelease', false],
      ['reservation-reservedetail', true],
      ['reservation-statistics', false],
      ['reservation-ticketcreation', true],
    ]);
  });

  it('refuses names that do not fit', () => {
    expect(mistakesOf({ name: 'test', messaging: { queues: { Mail: {} } } })[0]).toMatch(
      /^messaging\.queues\.Mail: this name is not allowed/,
    );
    expect(mistakesOf({ name: 'test', messaging: { queues: { ['q'.repeat(39)]: {} } } })).toHaveLength(1);
  });
});

describe('backups', () => {
  it('are copied to another region, not to their own', () => {
    expect(mistakesOf({ name: 'test', backup: { copyToRegion: 'ap-northeast-2' } })).toEqual([
      'backup.copyToRegion: "ap-northeast-2" is not allowed; allowed: another region than the environment\'s (ap-northeast-2)',
    ]);
    expect(mistakesOf({ name: 'test', backup: { copyToRegion: 'ap-northeast-1' } })).toEqual([]);
  });
});

describe('subjects of GitHub', () => {
  const github = { owner: 'acme', repositories: { web: 'web' } };

  it('are those of the owner and the repository, with ids or without', () => {
    for (const subject of ['repo:acme/web', 'repo:acme@12/web@345'])
      expect(mistakesOf({ name: 'test', github: { ...github, subjects: { web: subject } } })).toEqual([]);
  });

  it.each([
    ['repo:acme@12/other@345', 'a subject of acme/web, such as "repo:acme@1234/web@5678"'],
    ['repo:evil@12/web@345', 'a subject of acme/web'],
    ['repo:acme@*/web@*', 'what stands before ":environment:"'],
    ['repo:acme/web:environment:DEV', 'what stands before ":environment:"'],
  ])('refuses %s', (subject, allowed) => {
    const [line] = mistakesOf({ name: 'test', github: { ...github, subjects: { web: subject } } });
    expect(line).toMatch(/^github\.subjects\.web: /);
    expect(line).toContain(allowed);
  });
});

describe('services with a role', () => {
  const workloads = (input: Partial<EnvironmentInput> = {}) =>
    workloadsOf(defineEnvironment({ name: 'test', ...input }, 'test'));

  it('are by default the one that the queues are named after', () => {
    expect(workloads()).toEqual([
      {
        name: 'reserve-service',
        namespace: 'app',
        serviceAccount: 'reserve-service',
        publish: true,
        send: ['reservation-lockrelease', 'reservation-statistics'],
        consume: [
          'reservation-lockrelease',
          'reservation-reservedetail',
          'reservation-statistics',
          'reservation-ticketcreation',
        ],
      },
    ]);
    expect(workloads({ messaging: { enabled: false } })).toEqual([]);
    expect(workloads({ messaging: { queues: { mail: { subscribed: true } } } })).toMatchObject([
      { send: [], consume: ['mail'] },
    ]);
    expect(workloads({ services: {} })).toEqual([]);
  });

  it('may nothing that is not said, and have a service account of their name', () => {
    expect(workloads({ services: { 'user-service': {}, mailer: { namespace: 'mail', send: [] } } })).toEqual([
      {
        name: 'user-service',
        namespace: 'app',
        serviceAccount: 'user-service',
        publish: false,
        send: [],
        consume: [],
      },
      {
        name: 'mailer',
        namespace: 'mail',
        serviceAccount: 'mailer',
        publish: false,
        send: [],
        consume: [],
      },
    ]);
  });

  it('name queues that there are', () => {
    const services = {
      'reserve-service': { send: ['reservation-lockrelase'], consume: ['reservation-statistics', 'orders'] },
    };
    expect(mistakesOf({ name: 'test', services })).toEqual([
      'services.reserve-service.send[0]: "reservation-lockrelase" is not allowed; allowed: a queue of messaging.queues; did you mean "reservation-lockrelease"?',
      'services.reserve-service.consume[1]: "orders" is not allowed; allowed: a queue of messaging.queues: reservation-lockrelease, reservation-reservedetail, reservation-statistics, reservation-ticketcreation',
    ]);
  });

  it('ask for no messages where there are none', () => {
    const services = { a: { publish: true, consume: ['reservation-statistics'] }, b: {} };
    expect(mistakesOf({ name: 'test', messaging: { enabled: false }, services })).toEqual([
      'services.a.publish: true is not allowed; allowed: nothing, where messaging.enabled is false',
      'services.a.consume[0]: "reservation-statistics" is not allowed; allowed: nothing, where messaging.enabled is false',
    ]);
  });

  it('do not share a service account: the roles of both would be one’s', () => {
    expect(mistakesOf({ name: 'test', services: { a: {}, b: { serviceAccount: 'a' } } })).toEqual([
      'services.b.serviceAccount: "a" is not allowed; allowed: a service account of its own: app/a is that of a',
    ]);
    const apart = { a: {}, b: { namespace: 'other', serviceAccount: 'a' } };
    expect(mistakesOf({ name: 'test', services: apart })).toEqual([]);
  });

  it('have names that fit', () => {
    expect(mistakesOf({ name: 'test', services: { ['s'.repeat(27)]: {} } })).toEqual([]);
    for (const name of ['s'.repeat(28), 'Reserve', '-a'])
      expect(mistakesOf({ name: 'test', services: { [name]: {} } })).toHaveLength(1);
    expect(mistakesOf({ name: 'test', services: { a: { publishes: true } } })).toEqual([
      'services.a.publishes: unknown setting; did you mean "publish"?',
    ]);
  });
});
