import { plannedNodes } from '../../environments/fleet';
import { architectureOf } from '../../environments/instance-types';
import { nearest } from '../../environments/nearest';
import { defineEnvironment } from '../../environments/schema';
import { nodeName } from '../../provisioner/inventory/schema';

describe('the planned nodes', () => {
  it('are spread over the zones, servers first', () => {
    const environment = defineEnvironment(
      { name: 'test', servers: { count: 3 }, nodeGroups: { general: { count: 2, labels: { a: 'b' } } } },
      'test',
    );
    expect(plannedNodes(environment).map(({ name, role, zone }) => [name, role, zone.slice(-1)])).toEqual([
      ['test-server-1', 'server', 'a'],
      ['test-server-2', 'server', 'b'],
      ['test-server-3', 'server', 'a'],
      ['test-general-1', 'agent', 'a'],
      ['test-general-2', 'agent', 'b'],
    ]);
    expect(plannedNodes(environment).at(-1)).toMatchObject({ group: 'general', labels: { a: 'b' } });
  });

  it('stay in their zones when a zone is added, where their group names the ones it has', () => {
    const zones = ['ap-northeast-2a', 'ap-northeast-2b'];
    const fleet = (availabilityZones: string[], pinned?: string[]) =>
      plannedNodes(
        defineEnvironment(
          {
            name: 'test',
            network: { availabilityZones },
            servers: { count: 3, zones: pinned },
            nodeGroups: { general: { count: 4, zones: pinned }, database: { zones: pinned } },
          },
          'test',
        ),
      );
    const more = [...zones, 'ap-northeast-2c'];
    expect(fleet(more, zones)).toEqual(fleet(zones));
    expect(fleet(more)).not.toEqual(fleet(zones));
    expect(fleet(more, zones)[0]).not.toHaveProperty('zones');
  });

  it('come into the zone that is named for their number', () => {
    const [a, b, c] = ['ap-northeast-2a', 'ap-northeast-2b', 'ap-northeast-2c'] as const;
    const environment = defineEnvironment(
      {
        name: 'test',
        network: { availabilityZones: [a, b, c] },
        nodeGroups: { general: { count: 5, zones: [a, b, a, b, c] } },
      },
      'test',
    );
    expect(plannedNodes(environment).map(({ zone }) => zone)).toEqual([a, a, b, a, b, c]);
  });

  it('are as their group, but for what is excepted by number', () => {
    const except = { 2: { spot: false }, 3: { instanceType: 't3.large' } };
    const environment = defineEnvironment(
      { name: 'test', nodeGroups: { general: { count: 3, spot: true, except } } },
      'test',
    );
    expect(
      plannedNodes(environment).map(({ name, spot, instanceType }) => [name, spot, instanceType]),
    ).toEqual([
      ['test-server-1', false, 't3.medium'],
      ['test-general-1', true, 't3.medium'],
      ['test-general-2', false, 't3.medium'],
      ['test-general-3', true, 't3.large'],
    ]);
    expect(plannedNodes(environment)[1]).not.toHaveProperty('except');
  });

  it('have names that are host names, however long the names of environment and group are', () => {
    const environment = defineEnvironment(
      { name: 'e'.repeat(11), nodeGroups: { ['g'.repeat(20)]: { count: 100 } } },
      'test',
    );
    for (const { name } of plannedNodes(environment)) expect(nodeName.safeParse(name).success).toBe(true);
  });
});

it.each([
  ['t3.medium', 'amd64'],
  ['m5ad.large', 'amd64'],
  ['g4dn.xlarge', 'amd64'],
  ['u7i-12tb.224xlarge', 'amd64'],
  ['c7i-flex.large', 'amd64'],
  ['t4g.nano', 'arm64'],
  ['m7gd.2xlarge', 'arm64'],
  ['im4gn.large', 'arm64'],
  ['is4gen.medium', 'arm64'],
  ['x2gd.medium', 'arm64'],
  ['g5g.xlarge', 'arm64'],
  ['a1.medium', 'arm64'],
])('%s is %s', (instanceType, arch) => {
  expect(architectureOf(instanceType)).toBe(arch);
});

it.each([
  ['prd', 'prod'],
  ['Prod', 'prod'],
  ['rpod', 'prod'],
  ['sanbox', 'sandbox'],
  ['staging', undefined],
  ['', undefined],
])('the name nearest to %p is %p', (given, expected) => {
  expect(nearest(given, ['dev', 'prod', 'sandbox'])).toBe(expected);
});
