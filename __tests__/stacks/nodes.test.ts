import { Instance } from '@cdktf/provider-aws/lib/instance';
import { Testing } from 'cdktf';
import { instance, platform, resources } from './synthesized';

Testing.setupJest();

const fleet = {
  nodeGroups: { general: { count: 2 }, fast: { instanceType: 'm7g.large', arch: 'arm64' } },
} as const;

describe('every instance', () => {
  const all = resources(platform({ ...fleet, network: { nat: 'instance' } }), 'aws_instance');

  it('is counted: a server, three agents, the NAT instance', () => expect(all).toHaveLength(5));

  it('requires IMDSv2 and shows its tags there', () => {
    for (const one of all) {
      expect(one.metadata_options).toEqual({
        http_endpoint: 'enabled',
        http_tokens: 'required',
        http_put_response_hop_limit: 1,
        instance_metadata_tags: 'enabled',
      });
    }
  });

  it('has tags that IMDS can show: no space and no slash in a key', () => {
    for (const { tags } of all) {
      expect(tags).toMatchObject({ 'stagecraft:environment': 'test', 'stagecraft:project': 'stagecraft' });
      for (const key of Object.keys(Object(tags))) expect(key).toMatch(/^[A-Za-z0-9+=.,_:@-]{1,255}$/);
    }
  });

  it('has an encrypted gp3 volume under the environment’s key', () => {
    for (const one of all) {
      expect(one.root_block_device).toMatchObject({
        volume_type: 'gp3',
        encrypted: true,
        kms_key_id: expect.stringMatching(/^\$\{aws_kms_key\..*\.arn\}$/),
      });
    }
  });

  it('has no key pair, and is not replaced by a new image', () => {
    for (const one of all) {
      expect(one).not.toHaveProperty('key_name');
      // What an image reaches it by: its launch template, or for the NAT instance the image itself.
      const ignored = one.launch_template === undefined ? 'ami' : 'launch_template';
      expect(one.lifecycle).toMatchObject({ ignore_changes: [ignored] });
    }
  });
});

describe('the launch template of a group', () => {
  const json = platform({ ...fleet, production: true });
  const of = (group: string) => templateOf(json, group);

  it('is one for each group and one for the servers', () => {
    const names = resources(json, 'aws_launch_template').map(({ name }) => name);
    expect(names.sort()).toEqual(['fast', 'general', 'server'].map((group) => `stagecraft-test-${group}`));
    for (const [node, group] of [
      ['test-server-1', 'server'],
      ['test-general-1', 'general'],
      ['test-general-2', 'general'],
    ] as const) {
      expect(instance(json, node).launch_template).toEqual({
        id: expect.stringMatching(new RegExp(`^\\$\\{aws_launch_template\\..*template-${group}_.*\\.id\\}$`)),
        version: '$Default',
      });
      expect(instance(json, node)).not.toHaveProperty('ami');
    }
  });

  it('has its last version as the default one', () => {
    expect(of('general').update_default_version).toBe(true);
  });

  it.each(['server', 'general', 'fast'])('launches what Terraform launches: %s', (group) => {
    const node = instance(json, `test-${group}-1`);
    const template = of(group);
    for (const argument of [
      'instance_type',
      'metadata_options',
      'vpc_security_group_ids',
      'credit_specification',
      'disable_api_termination',
    ])
      expect([argument, template[argument]]).toEqual([argument, node[argument]]);
    expect(template.ebs_optimized).toBe(String(node.ebs_optimized));
    expect(template.iam_instance_profile).toEqual({ name: node.iam_instance_profile });
    const { tags, ...root } = Object(node.root_block_device);
    expect(template.block_device_mappings).toEqual([
      {
        device_name: '/dev/sda1',
        ebs: { ...root, encrypted: 'true', delete_on_termination: 'true' },
      },
    ]);
  });

  it('tags what it launches, volumes too, with everything that the environment is tagged with', () => {
    const [provider] = JSON.parse(json).provider.aws;
    const everything = provider.default_tags[0].tags;
    expect(Object.keys(everything)).toContain('cost-centre');
    expect(of('general').tag_specifications).toEqual(
      ['instance', 'volume', 'network-interface'].map((resource_type) => ({
        resource_type,
        tags: {
          ...everything,
          Name: 'test-general',
          'stagecraft:project': 'stagecraft',
          'stagecraft:environment': 'test',
        },
      })),
    );
    // A key that only the template sets would be taken away by the next deployment.
    expect(Object(instance(json, 'test-general-1').root_block_device).tags).toEqual({
      Name: 'test-general-1',
      'stagecraft:project': 'stagecraft',
      'stagecraft:environment': 'test',
    });
  });
});

describe('a node', () => {
  it('lives in a private subnet, without a public address', () => {
    const json = platform(fleet);
    for (const name of ['test-server-1', 'test-general-1', 'test-general-2', 'test-fast-1']) {
      expect(instance(json, name)).toMatchObject({
        subnet_id: expect.stringContaining('_private-'),
        iam_instance_profile: expect.stringContaining('aws_iam_instance_profile'),
      });
      expect(instance(json, name).associate_public_ip_address ?? false).toBe(false);
    }
  });

  it('is of Ubuntu 24.04 LTS by Canonical, for its architecture', () => {
    const json = platform(fleet);
    const parameter = (arch: string) =>
      `/aws/service/canonical/ubuntu/server/24.04/stable/current/${arch}/hvm/ebs-gp3/ami-id`;
    const names = resources(json, 'aws_ssm_parameter', 'data').map(({ name }) => name);
    expect(new Set(names)).toEqual(new Set([parameter('amd64'), parameter('arm64')]));
    expect(templateOf(json, 'general').image_id).toContain('image-amd64');
    expect(templateOf(json, 'fast').image_id).toMatch(/image-arm64.*insecure_value/);
  });

  it('has the disk that its group asks for', () => {
    const json = platform({ nodeGroups: { data: { diskGiB: 200 } } });
    expect(instance(json, 'test-data-1').root_block_device).toMatchObject({ volume_size: 200 });
  });

  it('is spare capacity only where its group says so', () => {
    const json = platform({ nodeGroups: { cheap: { spot: true }, steady: {} } });
    expect(instance(json, 'test-cheap-1').instance_market_options).toEqual({
      market_type: 'spot',
      spot_options: { spot_instance_type: 'persistent', instance_interruption_behavior: 'stop' },
    });
    expect(instance(json, 'test-steady-1')).not.toHaveProperty('instance_market_options');
    expect(instance(json, 'test-server-1')).not.toHaveProperty('instance_market_options');
  });
});

describe('how a node is bought', () => {
  const group = { count: 2, spot: true, instanceType: 't3.medium' } as const;
  /** What the node's replacement is triggered by, and what it holds. */
  const purchase = (json: string, name: string) => {
    const { replace_triggered_by } = Object(instance(json, name).lifecycle);
    expect(replace_triggered_by).toEqual([expect.stringMatching(/^terraform_data\.[\w-]+$/)]);
    return JSON.parse(json).resource.terraform_data[replace_triggered_by[0].split('.')[1]].input;
  };

  it('replaces it when it changes, and no other: the provider does not', () => {
    const json = platform({ nodeGroups: { cheap: { ...group, except: { 2: { spot: false } } } } });
    expect(purchase(json, 'test-cheap-1')).toEqual({ market: 'spot', instanceType: 't3.medium' });
    expect(purchase(json, 'test-cheap-2')).toEqual({ market: 'on demand' });
    expect(instance(json, 'test-cheap-1')).toHaveProperty('instance_market_options');
    expect(instance(json, 'test-cheap-2')).not.toHaveProperty('instance_market_options');
  });

  it('counts the type of a spot node, which AWS does not change in place, and no type on demand', () => {
    const json = platform({
      nodeGroups: { cheap: { ...group, except: { 1: { instanceType: 't3.large' } } } },
    });
    expect(purchase(json, 'test-cheap-1')).toEqual({ market: 'spot', instanceType: 't3.large' });
    expect(instance(json, 'test-cheap-1').instance_type).toBe('t3.large');
    expect(instance(json, 'test-cheap-2').instance_type).toBe('t3.medium');
    expect(purchase(json, 'test-server-1')).toEqual({ market: 'on demand' });
  });

  it('is never in the launch template: there a persistent request ends after a week', () => {
    const json = platform({ nodeGroups: { cheap: group } });
    expect(templateOf(json, 'cheap')).not.toHaveProperty('instance_market_options');
  });

  it('takes protection from the template of a group that has one spot node, not from the others', () => {
    const nodeGroups = { cheap: { ...group, except: { 2: { spot: false } } } };
    const json = platform({ production: true, nodeGroups });
    expect(templateOf(json, 'cheap').disable_api_termination).toBe(false);
    expect(instance(json, 'test-cheap-1').disable_api_termination).toBe(false);
    expect(instance(json, 'test-cheap-2').disable_api_termination).toBe(true);
  });
});

describe('high availability', () => {
  it('is one server or several, in turns over the zones', () => {
    const json = platform({ servers: { count: 3 } });
    expect(
      ['test-server-1', 'test-server-2', 'test-server-3'].map((name) => instance(json, name).subnet_id),
    ).toEqual([
      expect.stringContaining('private-a'),
      expect.stringContaining('private-b'),
      expect.stringContaining('private-a'),
    ]);
  });
});

describe('protection', () => {
  it('is on in production', () => {
    const json = platform({ production: true, nodeGroups: { general: {} } });
    for (const name of ['test-server-1', 'test-general-1']) {
      expect(instance(json, name)).toMatchObject({ disable_api_termination: true });
      expect(instance(json, name)).not.toHaveProperty('credit_specification');
    }
    expect(json).toHaveResourceWithProperties(kmsKey, {
      deletion_window_in_days: 30,
      lifecycle: { prevent_destroy: true },
    });
  });

  it('is not asked for spot instances, for which EC2 refuses it', () => {
    const json = platform({ production: true, nodeGroups: { cheap: { spot: true } } });
    expect(instance(json, 'test-cheap-1')).toMatchObject({ disable_api_termination: false });
    expect(instance(json, 'test-server-1')).toMatchObject({ disable_api_termination: true });
    expect(templateOf(json, 'cheap').disable_api_termination).toBe(false);
    expect(templateOf(json, 'server').disable_api_termination).toBe(true);
  });

  it('is off elsewhere, where bursts are not billed either', () => {
    const json = platform();
    expect(json).toHaveResourceWithProperties(Instance, {
      disable_api_termination: false,
      credit_specification: { cpu_credits: 'standard' },
    });
    expect(json).toHaveResourceWithProperties(kmsKey, { lifecycle: { prevent_destroy: false } });
  });

  it('asks for credits only where the type has them', () => {
    const json = platform({ nodeGroups: { compute: { instanceType: 'c7i.large' } } });
    expect(instance(json, 'test-compute-1')).not.toHaveProperty('credit_specification');
  });
});

const kmsKey = { tfResourceType: 'aws_kms_key' };

function templateOf(json: string, group: string) {
  const found = resources(json, 'aws_launch_template').find(
    ({ name }) => name === `stagecraft-test-${group}`,
  );
  if (found === undefined) throw new Error(`no launch template of ${group}`);
  return found;
}
