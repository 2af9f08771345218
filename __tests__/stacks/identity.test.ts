import { KmsKey } from '@cdktf/provider-aws/lib/kms-key';
import { Testing } from 'cdktf';
import { snapshotFolder } from '../../provisioner/roles/k3s/parts';
import { inventory } from '../inventory/fixture';
import { platform, resources, statements } from './synthesized';

Testing.setupJest();

describe('what nodes may do', () => {
  const json = platform();
  const policy = resources(json, 'aws_iam_role_policy').find(({ name }) => name === 'read-secrets');
  const granted = statements(policy?.policy);
  const account = '\\$\\{data\\.aws_caller_identity\\.account\\.account_id\\}';
  const path = new RegExp(`^arn:\\$\\{.*\\}:ssm:ap-northeast-2:${account}:parameter/stagecraft/test(/\\*)?$`);

  it('is to be managed by Systems Manager', () => {
    const attached = resources(json, 'aws_iam_role_policy_attachment').filter(({ role }) =>
      String(role).includes('.identity_role_'),
    );
    expect(attached.map(({ policy_arn }) => policy_arn)).toEqual([
      expect.stringMatching(/:iam::aws:policy\/AmazonSSMManagedInstanceCore$/),
    ]);
  });

  it('is to read the parameters of their environment, by exactly three actions', () => {
    expect(granted[0]).toMatchObject({
      Effect: 'Allow',
      Action: ['ssm:GetParameter', 'ssm:GetParameters', 'ssm:GetParametersByPath'],
      Resource: [expect.stringMatching(path), expect.stringMatching(path)],
    });
  });

  it('is not to read other parameters, which the managed policy allows', () => {
    expect(granted[1]).toMatchObject({
      Effect: 'Deny',
      Action: expect.arrayContaining(['ssm:GetParameter', 'ssm:GetParameters', 'ssm:GetParameterHistory']),
      NotResource: [
        expect.stringMatching(path),
        expect.stringMatching(path),
        expect.stringMatching(/^arn:.*:ssm:\*::parameter\/aws\/\*$/),
      ],
    });
  });

  it('is to decrypt with the environment’s key, parameters only', () => {
    expect(granted[2]).toMatchObject({
      Effect: 'Allow',
      Action: ['kms:Decrypt'],
      Resource: [expect.stringMatching(/^\$\{aws_kms_key\./)],
      Condition: {
        StringEquals: { 'kms:ViaService': 'ssm.ap-northeast-2.amazonaws.com' },
        StringLike: { 'kms:EncryptionContext:PARAMETER_ARN': expect.stringMatching(path) },
      },
    });
    expect(granted).toHaveLength(3);
  });

  it('is nothing more for the NAT instance, and less: it reads no secret', () => {
    const policies = resources(platform({ network: { nat: 'instance' } }), 'aws_iam_role_policy');
    const own = policies.filter(({ role }) => String(role).includes('nat'));
    expect(own.flatMap(({ policy }) => statements(policy))).toEqual([
      {
        Sid: 'NoParametersButPublicOnes',
        Effect: 'Deny',
        Action: ['ssm:GetParameter*'],
        NotResource: [expect.stringMatching(/:ssm:\*::parameter\/aws\/\*$/)],
      },
    ]);
  });

  it('is to read no secret of others wherever AWS’s own policy lets an instance read all', () => {
    const json = platform({ network: { nat: 'instance' } });
    const managed = resources(json, 'aws_iam_role_policy_attachment').filter(({ policy_arn }) =>
      String(policy_arn).endsWith('AmazonSSMManagedInstanceCore'),
    );
    expect(managed).toHaveLength(2);
    for (const { role } of managed)
      expect(
        resources(json, 'aws_iam_role_policy')
          .filter((policy) => policy.role === role)
          .flatMap(({ policy }) => statements(policy))
          .filter(
            ({ Effect, NotResource }) => Effect === 'Deny' && String(NotResource).includes('parameter/aws/*'),
          ),
      ).toHaveLength(1);
  });

  it('is to write dumps and the logs of sessions, to publish the keys of the cluster, to give the cache its password, and nothing else', () => {
    const own = resources(json, 'aws_iam_role_policy').filter(({ role }) =>
      String(role).includes('.identity_role_'),
    );
    expect(own.map(({ name }) => name).sort()).toEqual([
      'back-up-database',
      'log-sessions',
      'publish-issuer',
      'read-secrets',
      'set-cache-password',
    ]);
  });
});

it('of the bucket for backups nodes delete where K3s keeps its snapshots of etcd, and nowhere else', () => {
  const backups = resources(platform(), 'aws_iam_role_policy').find(
    ({ name }) => name === 'back-up-database',
  );
  const folder = snapshotFolder(inventory({ environment: 'test' }), 'etcd');
  const deleting = statements(backups?.policy).filter(({ Action }) => String(Action).includes('Delete'));
  expect(deleting.map(({ Resource }) => Resource)).toEqual([
    [expect.stringMatching(new RegExp(`\\.arn\\}/${folder}/\\*$`))],
  ]);
});

describe('the key', () => {
  function keyStatements(json: string) {
    return statements(resources(json, 'aws_kms_key')[0]?.policy).map(({ Sid }) => Sid);
  }

  it('is rotated', () => {
    expect(platform()).toHaveResourceWithProperties(KmsKey, { enable_key_rotation: true });
  });

  it('is used by alarms and budgets of this account only', () => {
    const all = statements(resources(platform(), 'aws_kms_key')[0]?.policy);
    expect(all.find(({ Sid }) => Sid === 'AlarmsAndBudgets')).toMatchObject({
      Principal: { Service: ['cloudwatch.amazonaws.com', 'budgets.amazonaws.com'] },
      Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      Condition: { StringEquals: { 'aws:SourceAccount': expect.stringContaining('.account_id}') } },
    });
  });

  it('is usable by the service that starts spot instances again, where there are any', () => {
    expect(keyStatements(platform())).toEqual(['AccountDecidesByIam', 'LogGroups', 'AlarmsAndBudgets']);
    expect(keyStatements(platform({ nodeGroups: { cheap: { spot: true } } }))).toEqual([
      'AccountDecidesByIam',
      'LogGroups',
      'AlarmsAndBudgets',
      'SpotInstancesUseVolumes',
    ]);
    const spare = platform({ nodeGroups: { cheap: { spot: true } } });
    expect(statements(resources(spare, 'aws_kms_key')[0]?.policy).at(-1)).toMatchObject({
      Condition: {
        ArnEquals: {
          'aws:PrincipalArn': expect.stringContaining('role/aws-service-role/spot.amazonaws.com/'),
        },
      },
    });
  });
});

describe('names', () => {
  it('fit AWS, however long those of project and environment are', () => {
    const json = platform({
      project: 'p'.repeat(20),
      name: 'e'.repeat(11),
      network: { nat: 'gateway-per-az' },
    });
    for (const { name } of resources(json, 'aws_iam_role'))
      expect(String(name).length).toBeLessThanOrEqual(64);
  });
});
