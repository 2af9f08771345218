import { Testing } from 'cdktf';
import type { EnvironmentInput } from '../../environments/schema';
import { platform, resources, statements } from './synthesized';

Testing.setupJest();

const PREFIX = 'stagecraft-test-pod-';

function rolesOf(json: string): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  const all = resources(json, 'aws_iam_role').filter(({ name }) => String(name).includes('-pod-'));
  return new Map(all.map((role) => [String(role.name).replace(PREFIX, ''), role]));
}

/** What a service is granted: statements by the name of the policy. */
function grantsOf(json: string, service: string) {
  const own = resources(json, 'aws_iam_role_policy').filter(({ role }) =>
    String(role).includes(`workloads_${service}-role_`),
  );
  return Object.fromEntries(own.map(({ name, policy }) => [String(name), statements(policy)]));
}

const services = {
  'reserve-service': { publish: true, send: ['reservation-statistics'] },
  'other-service': { namespace: 'shows', serviceAccount: 'other', consume: ['reservation-statistics'] },
  'user-service': {},
} satisfies EnvironmentInput['services'];

describe('the issuer', () => {
  const json = platform({ services });
  const bucket = resources(json, 'aws_s3_bucket').find(({ bucket: name }) => String(name).includes('-oidc-'));
  const ofBucket = (type: string) => {
    const found = resources(json, type).find(({ bucket: of }) => String(of).includes('workloads_issuer'));
    if (found === undefined) throw new Error(`the bucket of the issuer has no ${type}`);
    return found;
  };

  it('is a provider of IAM for tokens that are meant for STS, at the bucket’s own host', () => {
    expect(resources(json, 'aws_iam_openid_connect_provider')).toEqual([
      expect.objectContaining({
        url: expect.stringMatching(
          /^https:\/\/\$\{aws_s3_bucket\.workloads_issuer_[^}]*\.bucket_regional_domain_name\}$/,
        ),
        client_id_list: ['sts.amazonaws.com'],
      }),
    ]);
  });

  it('shows everybody its two documents, and nothing else, over TLS only', () => {
    const policy = statements(ofBucket('aws_s3_bucket_policy').policy);
    const arn = expect.stringMatching(/^\$\{aws_s3_bucket\.workloads_issuer_[^}]*\.arn\}$/);
    expect(policy).toEqual([
      {
        Sid: 'PublicObjects',
        Effect: 'Allow',
        Principal: '*',
        Action: ['s3:GetObject'],
        Resource: [
          expect.stringMatching(/\.arn\}\/\.well-known\/openid-configuration$/),
          expect.stringMatching(/\.arn\}\/openid\/v1\/jwks$/),
        ],
      },
      {
        Sid: 'TlsOnly',
        Effect: 'Deny',
        Principal: '*',
        Action: ['s3:*'],
        Resource: [arn, expect.stringMatching(/\.arn\}\/\*$/)],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ]);
  });

  it('takes no ACL; its policy comes after the block that lets it in', () => {
    expect(ofBucket('aws_s3_bucket_public_access_block')).toMatchObject({
      block_public_acls: true,
      ignore_public_acls: true,
      block_public_policy: false,
      restrict_public_buckets: false,
    });
    expect(ofBucket('aws_s3_bucket_policy').depends_on).toEqual([
      expect.stringMatching(/^aws_s3_bucket_public_access_block\.workloads_issuer/),
    ]);
  });

  it('is versioned, and encrypted with a key of S3: KMS would not decrypt for everybody', () => {
    expect(ofBucket('aws_s3_bucket_versioning')).toMatchObject({
      versioning_configuration: { status: 'Enabled' },
    });
    expect(ofBucket('aws_s3_bucket_server_side_encryption_configuration').rule).toEqual([
      { apply_server_side_encryption_by_default: { sse_algorithm: 'AES256' } },
    ]);
  });

  it('refuses to be destroyed in production', () => {
    expect(bucket).toMatchObject({ lifecycle: { prevent_destroy: false } });
    const production = resources(platform({ production: true }), 'aws_s3_bucket');
    expect(production.find(({ bucket: name }) => String(name).includes('-oidc-'))).toMatchObject({
      lifecycle: { prevent_destroy: true },
    });
  });

  it('is there without any service too: the cluster’s issuer does not come and go', () => {
    const bare = platform({ services: {} });
    expect(resources(bare, 'aws_iam_openid_connect_provider')).toHaveLength(1);
    expect(rolesOf(bare).size).toBe(0);
  });

  it('lets the nodes write those two objects, and nothing else', () => {
    const [policy] = resources(json, 'aws_iam_role_policy').filter(({ name }) => name === 'publish-issuer');
    expect(policy?.role).toMatch(/identity_role/);
    expect(statements(policy?.policy)).toEqual([
      {
        Sid: 'WritePublicObjects',
        Effect: 'Allow',
        Action: ['s3:PutObject'],
        Resource: [
          expect.stringMatching(/workloads_issuer_[^}]*\.arn\}\/\.well-known\/openid-configuration$/),
          expect.stringMatching(/workloads_issuer_[^}]*\.arn\}\/openid\/v1\/jwks$/),
        ],
      },
    ]);
  });
});

describe('the role of a service', () => {
  const json = platform({ services });

  it('is for one service account of one namespace, and for tokens that are meant for STS', () => {
    const roles = rolesOf(json);
    expect([...roles.keys()]).toEqual(['other-service', 'reserve-service', 'user-service']);
    const [trust, ...others] = statements(roles.get('other-service')?.assume_role_policy);
    expect(others).toEqual([]);
    expect(trust).toMatchObject({
      Effect: 'Allow',
      Principal: {
        Federated: expect.stringMatching(/^\$\{aws_iam_openid_connect_provider\.workloads_[^}]*\.arn\}$/),
      },
      Action: ['sts:AssumeRoleWithWebIdentity'],
    });
    const { StringEquals, ...more } = Object(trust?.Condition);
    expect(more).toEqual({});
    const host = /^\$\{aws_s3_bucket\.workloads_issuer_[^}]*\.bucket_regional_domain_name\}:(aud|sub)$/;
    expect(Object.keys(StringEquals).map((key) => host.exec(key)?.[1])).toEqual(['aud', 'sub']);
    expect(Object.values(StringEquals)).toEqual(['sts.amazonaws.com', 'system:serviceaccount:shows:other']);
  });

  it('may what the environment says, queue by queue', () => {
    const reserve = grantsOf(json, 'reserve-service');
    expect(Object.keys(reserve)).toEqual(['publish-events', 'send-messages']);
    expect(reserve['send-messages']).toMatchObject([
      { Resource: [expect.stringMatching(/aws_sqs_queue\.messaging_reservation-statistics_queue/)] },
    ]);
    const other = grantsOf(json, 'other-service');
    expect(Object.keys(other)).toEqual(['consume-messages']);
    expect(other['consume-messages']).toMatchObject([
      { Action: expect.arrayContaining(['sqs:ReceiveMessage', 'sqs:DeleteMessage']) },
    ]);
    expect(grantsOf(json, 'user-service')).toEqual({});
  });

  it('is by default that of the reservations, with all of their messages', () => {
    const plain = platform();
    expect([...rolesOf(plain).keys()]).toEqual(['reserve-service']);
    const granted = grantsOf(plain, 'reserve-service');
    expect(Object.keys(granted)).toEqual(['consume-messages', 'publish-events', 'send-messages']);
    expect(granted['consume-messages']?.[0]?.Resource).toHaveLength(4);
    expect(rolesOf(platform({ messaging: { enabled: false } })).size).toBe(0);
  });

  it('lasts an hour, and has a name within IAM’s 64 characters at its longest', () => {
    const long = platform({
      project: 'p'.repeat(20),
      name: 'e'.repeat(11),
      services: { ['s'.repeat(27)]: {} },
    });
    const [[, role] = []] = rolesOf(long);
    expect(String(role?.name)).toHaveLength(64);
    expect(role).toMatchObject({ max_session_duration: 3600 });
    const buckets = resources(long, 'aws_s3_bucket').map(({ bucket }) =>
      String(bucket).replace(/\$\{data\.aws_caller_identity[^}]*\}/, '123456789012'),
    );
    expect(buckets.filter((name) => name.length > 63)).toEqual([]);
  });
});
