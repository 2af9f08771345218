import { internetEgress } from '../../environments/egress';
import { defineEnvironment, type EnvironmentInput } from '../../environments/schema';
import { platform, resources } from './synthesized';

/** The ways out of a group as `protocol/port target`: an address, or another group of its network. */
function out(json: string, of: string): readonly string[] {
  return resources(json, 'aws_vpc_security_group_egress_rule')
    .filter(({ security_group_id }) => String(security_group_id).includes(`.${of}`))
    .map((rule) => {
      const ports = [...new Set([rule.from_port, rule.to_port])].join('-');
      const target = rule.cidr_ipv4 ?? rule.cidr_ipv6 ?? group(rule.referenced_security_group_id);
      return `${rule.ip_protocol}/${ports} ${target}`;
    })
    .sort();
}

/** The rules between nodes as `who → whom protocol/ports`. */
function rules(json: string): readonly string[] {
  return resources(json, 'aws_vpc_security_group_ingress_rule')
    .filter(({ referenced_security_group_id }) => referenced_security_group_id !== undefined)
    .filter(({ security_group_id }) => String(security_group_id).startsWith('${aws_security_group.firewall_'))
    .map((rule) => {
      const ports = [...new Set([rule.from_port, rule.to_port])].join('-');
      const from = group(rule.referenced_security_group_id);
      return `${from} → ${group(rule.security_group_id)} ${rule.ip_protocol}/${ports}`;
    })
    .sort();
}

function group(reference: unknown): string {
  const known = /\.(?:firewall_(nodes|servers)|(cache|database)\w*_firewall_group)_/.exec(String(reference));
  return known?.[1] ?? known?.[2] ?? String(reference);
}

describe('the firewall', () => {
  it('opens to nodes what K3s and the collection of metrics need, by role', () => {
    expect(rules(platform({ edge: { enabled: false } }))).toEqual([
      'nodes → nodes tcp/10250',
      'nodes → nodes tcp/9100',
      'nodes → nodes udp/8472',
      'nodes → servers tcp/6443',
    ]);
  });

  it('opens etcd between servers where there are several', () => {
    expect(rules(platform({ servers: { count: 3 } }))).toContain('servers → servers tcp/2379-2380');
  });

  it('follows the pod network', () => {
    const open = rules(platform({ k3s: { flannelBackend: 'wireguard-native' } }));
    expect(open).toContain('nodes → nodes udp/51820');
    expect(open).not.toContain('nodes → nodes udp/8472');
  });

  it('opens nothing to addresses but the NAT to its VPC, and SSH to nobody', () => {
    const all = resources(
      platform({ network: { nat: 'instance' }, edge: { enabled: false } }),
      'aws_vpc_security_group_ingress_rule',
    );
    expect(all.map(({ cidr_ipv4 }) => cidr_ipv4).filter(Boolean)).toEqual(['10.0.0.0/16']);
    expect(
      all.filter(({ cidr_ipv4 }) => cidr_ipv4 === undefined).map(({ from_port }) => from_port),
    ).not.toContain(22);
    expect(resources(platform(), 'aws_security_group').every((one) => !('ingress' in one))).toBe(true);
  });

  it('gives servers both groups, agents one', () => {
    const nodes = resources(platform({ nodeGroups: { general: {} } }), 'aws_instance')
      .filter(({ user_data }) => user_data === undefined)
      .map((one) => [Reflect.get(Object(one.tags), 'Name'), [one.vpc_security_group_ids].flat().map(group)]);
    expect(Object.fromEntries(nodes)).toEqual({
      'test-server-1': ['nodes', 'servers'],
      'test-general-1': ['nodes'],
    });
  });
});

describe('ways out', () => {
  const nodes = 'firewall_nodes_';

  it('lead nodes to each other, to the data stores, and to HTTPS and HTTP', () => {
    expect(out(platform({ database: { mode: 'rds' } }), nodes)).toEqual([
      'tcp/10250 nodes',
      'tcp/3306 database',
      'tcp/443 0.0.0.0/0',
      'tcp/6379 cache',
      'tcp/6443 servers',
      'tcp/80 0.0.0.0/0',
      'tcp/9100 nodes',
      'udp/8472 nodes',
    ]);
  });

  it('of servers lead to each other’s etcd besides', () => {
    expect(out(platform({ servers: { count: 3 } }), 'firewall_servers_')).toEqual(['tcp/2379-2380 servers']);
    expect(out(platform(), 'firewall_servers_')).toEqual([]);
  });

  it('are as wide as the ways in that they lead to', () => {
    const json = platform({ servers: { count: 3 }, k3s: { flannelBackend: 'wireguard-native' } });
    const between = out(json, nodes).filter((rule) => / (nodes|servers)$/.test(rule));
    const open = rules(json).filter((rule) => rule.startsWith('nodes'));
    expect(between).toEqual(open.map((rule) => rule.replace(/^\w+ → (\w+) (.*)$/, '$2 $1')).sort());
  });

  it('never are every port of every address, of no group', () => {
    for (const nat of ['instance', 'gateway'] as const) {
      const all = resources(platform({ network: { nat } }), 'aws_vpc_security_group_egress_rule');
      expect(all.filter(({ ip_protocol }) => ip_protocol === '-1')).toEqual([]);
    }
  });

  it('of the NAT instance lead where those of nodes lead', () => {
    const json = platform({ network: { nat: 'instance', egress: [{ port: 587 }] } });
    const outside = ['tcp/443 0.0.0.0/0', 'tcp/587 0.0.0.0/0', 'tcp/80 0.0.0.0/0'];
    expect(out(json, 'network_nat_')).toEqual(outside);
    expect(out(json, nodes)).toEqual(expect.arrayContaining(outside));
  });

  it('are the same over IPv6 where the VPC has it', () => {
    const open = out(platform({ network: { ipv6: true } }), nodes);
    expect(open.filter((rule) => rule.endsWith('::/0'))).toEqual(['tcp/443 ::/0', 'tcp/80 ::/0']);
  });
});

describe('where nodes may go outside the VPC', () => {
  const egressOf = (input: Partial<EnvironmentInput>) =>
    internetEgress(defineEnvironment({ name: 'test', ...input }, 'test')).map(
      ({ protocol, port, cidr }) => `${protocol}/${port} ${cidr}`,
    );
  const always = ['tcp/443 0.0.0.0/0', 'tcp/80 0.0.0.0/0'];

  it.each<[string, Partial<EnvironmentInput>, readonly string[]]>([
    ['nothing else, where nothing asks for it', {}, []],
    [
      'what network.egress says, each once',
      {
        network: {
          egress: [{ port: 22, cidr: '192.168.7.0/24' }, { port: 443 }, { port: 4500, protocol: 'udp' }],
        },
      },
      ['tcp/22 192.168.7.0/24', 'udp/4500 0.0.0.0/0'],
    ],
    [
      'mirrors at ports of their own',
      {
        artifactMirror: 'http://mirror.example.com:8081/x',
        k3s: { registryMirrors: { 'docker.io': ['https://a.example.com', 'https://b.example.com:5000'] } },
      },
      ['tcp/5000 0.0.0.0/0', 'tcp/8081 0.0.0.0/0'],
    ],
    ['a time server at an address', { system: { ntpServer: '10.9.9.9' } }, ['udp/123 10.9.9.9/32']],
    ['a time server with a name', { system: { ntpServer: 'time.example.com' } }, ['udp/123 0.0.0.0/0']],
    ['no time server on the link: it is not filtered', { system: { ntpServer: '169.254.169.123' } }, []],
  ])('is %s', (_, input, more) => {
    expect(egressOf(input)).toEqual([...always, ...more]);
  });
});
