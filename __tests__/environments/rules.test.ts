import { mistakesOf } from './mistakes-of';

const noSchedule = [{ key: 'dedicated', effect: 'NoSchedule' }];

/** One rule a row: what breaks it, the line it ends with, and the nearest environment that keeps it. */
const rules: readonly (readonly [string, object, RegExp, object])[] = [
  [
    'an odd number of servers',
    { servers: { count: 2 } },
    /^servers\.count: 2 is not allowed; allowed: an odd number \(1, 3, 5 or 7\)/,
    { servers: { count: 3 } },
  ],
  [
    'subnets fit in the VPC',
    { network: { cidr: '10.0.0.0/19' } },
    /^network\.cidr: "10\.0\.0\.0\/19" is not allowed; allowed: a block that holds the subnets: 2 zones, each with a private \/20/,
    { network: { cidr: '10.0.0.0/18' } },
  ],
  [
    'a VPC has a size that AWS allows',
    { network: { cidr: '10.0.0.0/8' } },
    /^network\.cidr: .* from \/16 to \/28/,
    { network: { cidr: '10.0.0.0/16' } },
  ],
  [
    'a block starts at its first address',
    { network: { cidr: '10.0.1.0/16' } },
    /^network\.cidr: .*starts at its first address/,
    { network: { cidr: '10.1.0.0/16' } },
  ],
  [
    'a block is private',
    { network: { cidr: '8.8.0.0/16' } },
    /^network\.cidr: .*private IPv4 block/,
    { network: { cidr: '172.16.0.0/16' } },
  ],
  [
    'each zone once',
    { network: { availabilityZones: ['ap-northeast-2a', 'ap-northeast-2a'] } },
    /^network\.availabilityZones\[1\]: "ap-northeast-2a" is not allowed; allowed: each zone once/,
    { network: { availabilityZones: ['ap-northeast-2a', 'ap-northeast-2c'] } },
  ],
  [
    'zones of the region',
    { region: 'ap-northeast-1', network: { availabilityZones: ['ap-northeast-2a'] } },
    /^network\.availabilityZones\[0\]: "ap-northeast-2a" is not allowed; allowed: a zone of the region ap-northeast-1/,
    { region: 'ap-northeast-1', network: { availabilityZones: ['ap-northeast-1a'] } },
  ],
  [
    'zones that the region has',
    { network: { availabilityZones: ['ap-northeast-2a', 'ap-northeast-2e'] } },
    /^network\.availabilityZones\[1\]: "ap-northeast-2e" is not allowed; allowed: a zone of the region ap-northeast-2: ap-northeast-2a, ap-northeast-2b, ap-northeast-2c, ap-northeast-2d \(an account may have others: add them in environments\/zones\.ts\)$/,
    { network: { availabilityZones: ['ap-northeast-2a', 'ap-northeast-2d'] } },
  ],
  [
    'zones of a group in which the environment has subnets',
    { nodeGroups: { general: { zones: ['ap-northeast-2a', 'ap-northeast-2c'] } } },
    /^nodeGroups\.general\.zones\[1\]: "ap-northeast-2c" is not allowed; allowed: one of network\.availabilityZones: ap-northeast-2a, ap-northeast-2b$/,
    { nodeGroups: { general: { zones: ['ap-northeast-2b'] } } },
  ],
  [
    'zones of the servers in which the environment has subnets',
    { servers: { zones: ['a'] } },
    /^servers\.zones\[0\]: "a" is not allowed; allowed: one of network\.availabilityZones: /,
    { servers: { zones: ['ap-northeast-2b', 'ap-northeast-2b'] } },
  ],
  [
    'each address of alarms once',
    { budget: { alertEmails: ['ops@example.com', 'Ops@example.com'] } },
    /^budget\.alertEmails\[1\]: "Ops@example\.com" is not allowed; allowed: each address once$/,
    { budget: { alertEmails: ['ops@example.com', 'dev@example.com'] } },
  ],
  [
    'a group is somewhere',
    { servers: { zones: [] } },
    /^servers\.zones: \[\] is not allowed; allowed: at least one availability zone$/,
    { servers: {} },
  ],
  [
    'a region that there is',
    { region: 'ap-northeast-9', network: { availabilityZones: ['ap-northeast-9a'] } },
    /^region: "ap-northeast-9" is not allowed; allowed: an AWS region such as "ap-northeast-2" \(a new one: add it in environments\/zones\.ts\); did you mean "ap-northeast-\d"\?$/,
    { region: 'sa-east-1', network: { availabilityZones: ['sa-east-1c'] } },
  ],
  [
    'a region that there is, for the state too',
    { state: { region: 'frankfurt' } },
    /^state\.region: "frankfurt" is not allowed; allowed: an AWS region such as "ap-northeast-2" \(a new one: add it in environments\/zones\.ts\)$/,
    { state: { region: 'eu-central-1' } },
  ],
  [
    'a region that there is, for copies of backups too',
    { backup: { copyToRegion: 'eu-centrl-1' } },
    /^backup\.copyToRegion: "eu-centrl-1" .*did you mean "eu-central-1"\?/,
    { backup: { copyToRegion: 'eu-central-1' } },
  ],
  [
    'zones that newer regions have',
    { region: 'ap-southeast-7', network: { availabilityZones: ['ap-southeast-7a', 'ap-southeast-7d'] } },
    /^network\.availabilityZones\[1\]: "ap-southeast-7d" is not allowed/,
    { region: 'ap-southeast-7', network: { availabilityZones: ['ap-southeast-7a', 'ap-southeast-7c'] } },
  ],
  [
    'instance types that there are',
    { servers: { instanceType: 't3.mediun' } },
    /^servers\.instanceType: "t3\.mediun" is not allowed; allowed: an EC2 instance type such as "t3\.medium"/,
    { servers: { instanceType: 't3.medium' } },
  ],
  [
    'families of instances that there are',
    { nodeGroups: { general: { instanceType: 't9.large' } } },
    /^nodeGroups\.general\.instanceType: "t9\.large" is not allowed; allowed: an EC2 instance type such as "t\d\w?\.large"/,
    { nodeGroups: { general: { instanceType: 't3a.large' } } },
  ],
  [
    'families that take EBS-optimised volumes',
    { servers: { instanceType: 't2.medium' } },
    /^servers\.instanceType: "t2\.medium" is not allowed; allowed: an EC2 instance type such as "t3\.medium"/,
    { servers: { instanceType: 't3.medium' } },
  ],
  [
    'families that show volumes as NVMe devices',
    { nodeGroups: { general: { instanceType: 'i3.large' } } },
    /^nodeGroups\.general\.instanceType: "i3\.large" is not allowed/,
    { nodeGroups: { general: { instanceType: 'i3en.large' } } },
  ],
  [
    'sizes that a family has',
    { nodeGroups: { general: { instanceType: 't3.8xlarge' } } },
    /^nodeGroups\.general\.instanceType: "t3\.8xlarge" is not allowed/,
    { nodeGroups: { general: { instanceType: 'm7i-flex.8xlarge' } } },
  ],
  [
    'classes that RDS has',
    { database: { rds: { instanceClass: 'db.t4g.medum' } } },
    /^database\.rds\.instanceClass: "db\.t4g\.medum" is not allowed; allowed: an RDS instance class such as "db\.t4g\.medium" \(the families known are in environments\/managed-types\.ts\)$/,
    { database: { rds: { instanceClass: 'db.r8g.48xlarge' } } },
  ],
  [
    'classes of RDS, not types of EC2',
    { database: { rds: { instanceClass: 't4g.medium' } } },
    /^database\.rds\.instanceClass: "t4g\.medium" .*such as "db\.t4g\.medium"/,
    { database: { rds: { instanceClass: 'db.t4g.micro' } } },
  ],
  [
    'types that ElastiCache has',
    { redis: { nodeType: 'cache.t4g.mikro' } },
    /^redis\.nodeType: "cache\.t4g\.mikro" is not allowed; allowed: an ElastiCache node type such as "cache\.t4g\.micro"/,
    { redis: { nodeType: 'cache.c7gn.16xlarge' } },
  ],
  [
    'types whose values stay in memory',
    { redis: { nodeType: 'cache.r6gd.xlarge' } },
    /^redis\.nodeType: "cache\.r6gd\.xlarge" .*such as "cache\.r6g\.xlarge"/,
    { redis: { nodeType: 'cache.r6g.xlarge' } },
  ],
  [
    'time zones that there are',
    { system: { timezone: 'Asia/Soul' } },
    /^system\.timezone: "Asia\/Soul" is not allowed; allowed: a time zone such as "Asia\/Seoul" or "UTC"$/,
    { system: { timezone: 'America/Argentina/Buenos_Aires' } },
  ],
  [
    'time zones as the tz database spells them',
    { system: { timezone: 'asia/seoul' } },
    /^system\.timezone: .*such as "Asia\/Seoul"/,
    { system: { timezone: 'Asia/Kolkata' } },
  ],
  [
    'time zones by name',
    { system: { timezone: '+09:00' } },
    /^system\.timezone: "\+09:00" is not allowed/,
    { system: { timezone: 'UTC' } },
  ],
  [
    "no schema of MySQL's own",
    { database: { name: 'mysql' } },
    /^database\.name: "mysql" is not allowed; allowed: another name: mysql, sys, information_schema, performance_schema/,
    { database: { name: 'mysql_stage' } },
  ],
  [
    'exceptions for nodes that there are',
    { nodeGroups: { general: { count: 2, except: { 3: { spot: false } } } } },
    /^nodeGroups\.general\.except\["?3"?\]: .* allowed: nodes of this group: it has 2/,
    { nodeGroups: { general: { count: 3, except: { 3: { spot: false } } } } },
  ],
  [
    'exceptions by number',
    { nodeGroups: { general: { except: { 'dev-general-1': { spot: false } } } } },
    /^nodeGroups\.general\.except\.dev-general-1: this name is not allowed; allowed: the number of a node/,
    { nodeGroups: { general: { except: { 1: { spot: false } } } } },
  ],
  [
    'exceptions of the architecture of their group',
    { nodeGroups: { general: { except: { 1: { instanceType: 't4g.large' } } } } },
    /^nodeGroups\.general\.except\["?1"?\]\.instanceType: "t4g\.large" is not allowed; allowed: a type of the group's architecture, amd64/,
    { nodeGroups: { general: { except: { 1: { instanceType: 't3a.large' } } } } },
  ],
  [
    'a zone for the domains',
    { domains: { site: 'example.com', api: 'api.example.com' } as never },
    /^domains\.zone: missing; give a host name/,
    { domains: { zone: 'example.com', site: 'example.com', api: 'api.example.com' } },
  ],
  [
    'pods do not overlap the VPC',
    { network: { cidr: '10.42.0.0/16' } },
    /^k3s\.podCidr: .*network\.cidr/,
    { network: { cidr: '10.41.0.0/16' } },
  ],
  [
    'services do not overlap the VPC',
    { network: { cidr: '10.43.128.0/17' } },
    /^k3s\.serviceCidr: .*network\.cidr/,
    { network: { cidr: '10.44.128.0/17' } },
  ],
  [
    'services do not overlap pods',
    { k3s: { podCidr: '10.32.0.0/12' } },
    /^k3s\.serviceCidr: .*k3s\.podCidr/,
    { k3s: { podCidr: '10.48.0.0/12' } },
  ],
  [
    'a range of pod addresses for each node',
    { k3s: { podCidr: '10.42.0.0/23' }, nodeGroups: { general: { count: 2 } } },
    /^k3s\.podCidr: .*a \/24 for each of the 3 nodes \(this one has 2\)/,
    { k3s: { podCidr: '10.42.0.0/22' }, nodeGroups: { general: { count: 2 } } },
  ],
  [
    'somewhere to schedule',
    { servers: { taints: noSchedule }, nodeGroups: { general: { taints: noSchedule }, spare: { count: 0 } } },
    /^servers\.taints: .*somewhere to schedule/,
    { servers: { taints: noSchedule }, nodeGroups: { general: { taints: noSchedule }, spare: { count: 1 } } },
  ],
  [
    'NoExecute repels too',
    { servers: { taints: [{ key: 'a', effect: 'NoExecute' }] } },
    /^servers\.taints: /,
    { servers: { taints: [{ key: 'a', effect: 'PreferNoSchedule' }] } },
  ],
  [
    'no spot servers in production',
    { production: true, servers: { spot: true } },
    /^servers\.spot: true is not allowed; allowed: false in production/,
    { production: true, servers: { spot: false }, nodeGroups: { general: { spot: true } } },
  ],
  [
    'what is called prod is production',
    { name: 'prod' },
    /^production: false is not allowed; allowed: true, for an environment called prod/,
    { name: 'prod', production: true },
  ],
  [
    'the architecture of the instance type',
    { nodeGroups: { general: { instanceType: 'm7g.large' } } },
    /^nodeGroups\.general\.arch: "amd64" is not allowed; allowed: "arm64", which is what m7g\.large has/,
    { nodeGroups: { general: { instanceType: 'm7g.large', arch: 'arm64' } } },
  ],
  [
    'memory for a server',
    { servers: { instanceType: 't3.micro' } },
    /^servers\.instanceType: "t3\.micro" is not allowed; allowed: a type with at least 2 GiB/,
    { servers: { instanceType: 't3.small' } },
  ],
  [
    'no group with the name of a host group',
    { nodeGroups: { servers: {} } },
    /^nodeGroups\.servers: this name is not allowed; allowed: another name/,
    { nodeGroups: { workers: {} } },
  ],
  [
    'no label that the kubelet may not set',
    { nodeGroups: { general: { labels: { 'node-role.kubernetes.io/worker': 'true' } } } },
    /^nodeGroups\.general\.labels\["node-role\.kubernetes\.io\/worker"\]: .*kubelet/,
    { nodeGroups: { general: { labels: { 'node.kubernetes.io/pool': 'general', 'node-role': 'worker' } } } },
  ],
  [
    'hosts inside their zone',
    { domains: { zone: 'example.com', site: 'example.com', api: 'api.example.org' } },
    /^domains\.api: "api\.example\.org" is not allowed; allowed: a host in the zone example\.com/,
    { domains: { zone: 'example.com', site: 'example.com', api: 'api.example.com' } },
  ],
  [
    'enough storage for RDS',
    { database: { mode: 'rds', storageGiB: 10 } },
    /^database\.storageGiB: 10 is not allowed; allowed: at least 20/,
    { database: { mode: 'rds' } },
  ],
];

describe.each(rules)('%s', (_, broken, line, kept) => {
  it('is asked for', () => {
    expect(mistakesOf({ name: 'test', ...broken })).toEqual([expect.stringMatching(line)]);
  });

  it('is satisfied by the nearest environment that keeps it', () => {
    expect(mistakesOf({ name: 'test', ...kept })).toEqual([]);
  });
});

it('refuses the name of the stack that holds the state bucket', () => {
  expect(mistakesOf({ name: 'bootstrap' })).toEqual([
    expect.stringMatching(/^name: "bootstrap" is not allowed/),
  ]);
});
