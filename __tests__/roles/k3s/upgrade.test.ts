import { stepsOf } from '../../../provisioner/engine/steps';
import { k3sAgent, k3sServer } from '../../../provisioner/roles/k3s';
import { site } from '../../../provisioner/site';
import { exampleContext } from '../example';

const three = exampleContext({ servers: { count: 3 }, k3s: { airgapImages: true } });
const one = exampleContext();
const plays = site({ secrets: { exists: async () => true, create: async () => {} } });

const namesOf = (role: typeof k3sServer, context = three) => role.tasks(context).map(({ name }) => name);
const before = 'snapshot of etcd before v1.34.4+k3s1';
const exchange = 'release v1.34.4+k3s1 in place of the one that runs';
const fetched = 'release v1.34.4+k3s1 beside the one that runs';

test.each([
  ['server', k3sServer],
  ['agent', k3sAgent],
])(
  'of a %s: images and binary are there before it is taken out of service, everything else changes after',
  (_, role) => {
    const names = namesOf(role);
    const at = names.indexOf(exchange);
    const earlier = names.slice(0, at);
    expect(earlier).toEqual(
      expect.arrayContaining(
        ['image archive (amd64, arm64)', fetched].map((name) => expect.stringContaining(name)),
      ),
    );
    for (const later of ['join token', 'file /etc/rancher/k3s/config.yaml', 'binary v1.34.4+k3s1'])
      expect(names.indexOf(later)).toBeGreaterThan(at);
  },
);

test('only the exchange takes a node out of service: a setting restarts K3s without a drain', () => {
  for (const context of [one, three])
    for (const play of plays.filter(({ name }) => name.startsWith('k3s')))
      expect(
        stepsOf(play, context)
          .filter(({ task }) => task.disruptive === true || task.reboots === true)
          .map(({ task }) => task.name),
      ).toEqual(play.name === 'k3s nodes' ? [] : [exchange]);
});

test('the data is kept before each server: a snapshot of etcd, or a backup of SQLite', () => {
  const upTo = (context: typeof one) =>
    namesOf(k3sServer, context).slice(0, namesOf(k3sServer, context).indexOf(exchange));
  expect(upTo(three)).toContain(before);
  expect(upTo(one)).toContain('backup of SQLite before v1.34.4+k3s1');
  expect(namesOf(k3sAgent).filter((name) => name.includes(' before v'))).toEqual([]);
});

test('servers come one at a time and first, and every play that may disrupt knows how to drain', () => {
  const [base, servers, agents] = plays;
  expect([base?.name, servers?.name, agents?.name]).toEqual(['base', 'k3s servers', 'k3s agents']);
  expect(servers).toMatchObject({ serial: 1, anyErrorsFatal: true });
  for (const play of [base, servers, agents])
    expect(play?.disruption?.(three)).toMatchObject({ on: 'servers' });
});

test('a node chooses whom it joins only where there is a choice', () => {
  expect(namesOf(k3sAgent)).toContain('a server to join');
  expect(namesOf(k3sServer)).toContain('a server to join');
  expect([...namesOf(k3sAgent, one), ...namesOf(k3sServer, one)]).not.toContain('a server to join');
});
