import type { Facts } from '../../../provisioner/engine/facts';
import { planPlays } from '../../../provisioner/engine/plan';
import { hostsOf } from '../../../provisioner/inventory/hosts';
import { nodesToInstallOn, versionRefusals } from '../../../provisioner/roles/k3s/version-rules';
import { site } from '../../../provisioner/site';
import { exampleContext } from '../example';

const [s1, s2, s3] = ['test-server-1', 'test-server-2', 'test-server-3'];
const [a1, a2, a3] = ['test-general-1', 'test-general-2', 'test-database-1'];
const servers = [s1, s2, s3];
const everybody = [...servers, a1, a2, a3];

/** @param installed releases by node; a node without one has none yet, and one that is absent here did not answer */
function refusals(
  wanted: string,
  installed: Record<string, string | undefined>,
  installs = everybody,
): string[] {
  const context = exampleContext({ servers: { count: 3 }, k3s: { version: wanted } });
  const facts = new Map<string, Facts>(
    Object.entries(installed).map(([name, version]) => [
      name,
      new Map(version === undefined ? [] : [['k3s_version', version]]),
    ]),
  );
  return versionRefusals(context, facts, new Set(installs));
}

const all = (version: string | undefined, but: Record<string, string | undefined> = {}) => ({
  ...Object.fromEntries(everybody.map((name) => [name, version])),
  ...but,
});

test.each([
  ['a first installation', all(undefined)],
  ['the same release', all('v1.34.4+k3s1')],
  ['the next minor', all('v1.33.10+k3s1')],
  ['an earlier patch', all('v1.34.6+k3s1')],
  ['an upgrade that broke off', all('v1.33.10+k3s1', { [s1]: 'v1.34.4+k3s1' })],
  ['agents that catch up with servers', all('v1.34.4+k3s1', { [a1]: 'v1.32.1+k3s1' })],
  [
    'a new agent while a server is lost',
    { ...all('v1.34.4+k3s1', { [a1]: undefined }), [s1]: 'v1.34.4+k3s1' },
  ],
])('%s is allowed', (_, installed) => {
  expect(refusals('v1.34.4+k3s1', installed)).toEqual([]);
});

test('a lost server does not stop a run that changes no release', () => {
  const { [s1]: _, ...others } = all('v1.34.4+k3s1', { [a3]: undefined });
  expect(refusals('v1.34.4+k3s1', others)).toEqual([]);
});

test('a downgrade of a minor version is refused, with the way back', () => {
  expect(refusals('v1.33.10+k3s1', all('v1.34.4+k3s1'))).toEqual([
    `${everybody.join(', ')}: v1.33.10+k3s1 would be a downgrade of a minor version from v1.34.4+k3s1, which Kubernetes does not support. Set k3s.version back to v1.34, or restore a snapshot from before the upgrade (docs/operations/upgrades.md)`,
  ]);
});

test('skipped minor versions are refused, with the next one', () => {
  expect(refusals('v1.34.4+k3s1', all('v1.32.9+k3s1', { [s2]: 'v1.33.1+k3s1' }))).toEqual([
    `${[s1, s3, a1, a2, a3].join(', ')}: from v1.32.9+k3s1 to v1.34.4+k3s1, minor versions would be skipped. Set k3s.version to a release of v1.33 first, run, then go on`,
  ]);
});

test('agents never before the servers', () => {
  const older = all('v1.33.10+k3s1', { [s1]: 'v1.34.4+k3s1' });
  expect(refusals('v1.34.4+k3s1', older, [a1])).toEqual([
    expect.stringContaining(
      `${s2}, ${s3}: a server with v1.33.10+k3s1 is older than the v1.34.4+k3s1 that agents would get`,
    ),
  ]);
  expect(refusals('v1.34.4+k3s1', { ...older, [a2]: undefined }, [a2])).toHaveLength(1);
  expect(refusals('v1.34.4+k3s1', all('v1.33.10+k3s1'), servers)).toEqual([]);
});

test('agents are not upgraded while nobody knows what a server runs', () => {
  const { [s3]: _, ...others } = all('v1.33.10+k3s1');
  expect(refusals('v1.34.4+k3s1', others)).toEqual([
    expect.stringMatching(/^test-server-3: it does not answer/),
  ]);
  expect(refusals('v1.34.4+k3s1', others, servers)).toEqual([]);
});

test('servers stay within one minor version of each other, and agents within three of them', () => {
  const { [a1]: _, ...withoutOld } = all('v1.33.10+k3s1');
  expect(refusals('v1.34.4+k3s1', { ...withoutOld, [s3]: 'v1.32.1+k3s1' }, [s1, s2])).toEqual([
    expect.stringContaining(
      `${s3}: a server with v1.32.1+k3s1 and one with v1.34.4+k3s1 must not run side by side`,
    ),
  ]);
  expect(refusals('v1.34.4+k3s1', { ...withoutOld, [a1]: 'v1.30.1+k3s1' }, servers)).toEqual([
    expect.stringContaining(`${a1}: an agent with v1.30.1+k3s1 is too old`),
  ]);
});

test('only runs that may exchange the release are judged', () => {
  const context = exampleContext({ servers: { count: 3 } });
  const hosts = hostsOf(context.inventory);
  const secrets = { exists: async () => true, create: async () => {} };
  const installs = (tags: string[]) =>
    nodesToInstallOn(
      planPlays({
        plays: site({ secrets }),
        context,
        hostsOf: () => hosts,
        tags,
        skipTags: [],
        startAtTask: undefined,
      }),
    );
  expect(installs(['labels']).size).toBe(0);
  expect(installs([]).size).toBe(6);
  expect(refusals('v1.33.10+k3s1', all('v1.34.4+k3s1'), [])).toEqual([]);
});
