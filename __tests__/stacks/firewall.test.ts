import { platform, resources } from './synthesized';

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
  return /\.firewall_(nodes|servers)_/.exec(String(reference))?.[1] ?? String(reference);
}

describe('the firewall', () => {
  it('opens to nodes what K3s needs, by role', () => {
    expect(rules(platform({ edge: { enabled: false } }))).toEqual([
      'nodes → nodes tcp/10250',
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
