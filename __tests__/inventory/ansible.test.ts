import { ansibleHost, ansibleInventory } from '../../provisioner/inventory/ansible';
import { inventory, node } from './fixture';

describe('ansibleInventory', () => {
  it('has every host below all, in groups with names that Ansible takes', () => {
    const { _meta, all, ...groups } = ansibleInventory(inventory());
    expect(all.children).toEqual(['servers', 'server', 'agents', 'general', 'big_database', 'ungrouped']);
    expect(groups).toEqual({
      servers: { hosts: ['prod-server-1'] },
      server: { hosts: ['prod-server-1'] },
      agents: { hosts: ['prod-general-1', 'prod-database-1'] },
      general: { hosts: ['prod-general-1'] },
      big_database: { hosts: ['prod-database-1'] },
    });
    expect(Object.keys(_meta.hostvars)).toEqual(['prod-server-1', 'prod-general-1', 'prod-database-1']);
  });

  it('connects through Session Manager, by instance id', () => {
    const { _meta, all } = ansibleInventory(inventory());
    expect(all.vars).toMatchObject({
      ansible_connection: 'community.aws.aws_ssm',
      ansible_aws_ssm_region: 'ap-northeast-2',
      ansible_aws_ssm_bucket_name: 'stagecraft-prod-ssm',
      stagecraft_environment: 'prod',
    });
    expect(_meta.hostvars['prod-database-1']).toEqual({
      ansible_host: 'i-0000000000000003a',
      instance_id: 'i-0000000000000003a',
      private_ip: '10.0.2.13',
      availability_zone: 'ap-northeast-2b',
      arch: 'amd64',
      node_role: 'agent',
      node_groups: ['big-database'],
      labels: { 'stagecraft.dev/node-role': 'db' },
      taints: [{ key: 'stagecraft.dev/dedicated', value: 'db', effect: 'NoSchedule' }],
    });
  });

  it('names the data volume of a node that has one', () => {
    const nodes = [node({ dataVolumeId: 'vol-0123456789abcdef0' }), node({ name: 'other' })];
    const { hostvars } = ansibleInventory(inventory({ nodes }))._meta;
    expect(Object.values(hostvars).map((vars) => vars.data_volume_id)).toEqual([
      'vol-0123456789abcdef0',
      undefined,
    ]);
  });

  it('names no transfer bucket where the environment has none', () => {
    expect(ansibleInventory(inventory({ buckets: {} })).all.vars).not.toHaveProperty(
      'ansible_aws_ssm_bucket_name',
    );
  });

  it('tells whom pods are in AWS, where they are anybody', () => {
    const workloadIdentity = {
      issuer: 'https://issuer.example',
      bucket: 'issuer',
      services: {
        'user-service': {
          namespace: 'app',
          serviceAccount: 'user-service',
          roleArn: 'arn:aws:iam::1:role/u',
        },
      },
    };
    expect(ansibleInventory(inventory({ workloadIdentity })).all.vars).toMatchObject({
      stagecraft_workload_identity: workloadIdentity,
    });
    expect(ansibleInventory(inventory()).all.vars).not.toHaveProperty('stagecraft_workload_identity');
  });

  it('never merges two groups into one', () => {
    const nodes = [node({ groups: ['big-db'] }), node({ name: 'x', groups: ['big_db'] })];
    expect(() => ansibleInventory(inventory({ nodes }))).toThrow(
      "The groups 'big-db' and 'big_db' would both be 'big_db' in Ansible.",
    );
  });

  it('does not begin a group name with a digit', () => {
    expect(ansibleInventory(inventory({ nodes: [node({ groups: ['4xlarge'] })] }))).toHaveProperty(
      '_4xlarge',
    );
  });
});

describe('ansibleHost', () => {
  it("gives one host's variables with those of all", () => {
    expect(ansibleHost(inventory(), 'prod-server-1')).toMatchObject({
      ansible_host: 'i-0000000000000001a',
      stagecraft_project: 'stagecraft',
    });
    expect(ansibleHost(inventory(), 'nobody')).toBeUndefined();
  });
});
