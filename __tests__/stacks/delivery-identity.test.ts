import type { EnvironmentInput } from '../../environments/schema';
import { dynamoDbStore } from '../../provisioner/lease/dynamodb-store';
import { platform, resources, statements } from './synthesized';

const github = {
  owner: 'acme',
  repositories: { 'user-service': 'user-service' },
  infrastructure: 'infrastructure',
  frontend: 'web',
} satisfies EnvironmentInput['github'];

function role(json: string, kind: string): Readonly<Record<string, unknown>> {
  const found = resources(json, 'aws_iam_role').find(({ name }) => name === `stagecraft-test-github-${kind}`);
  if (found === undefined) throw new Error(`no role ${kind}`);
  return found;
}

function granted(json: string, kind: string) {
  return resources(json, 'aws_iam_role_policy')
    .filter((policy) => String(policy.role).includes(`delivery_${kind}-role_`))
    .flatMap(({ policy }) => statements(policy));
}

/** Whether an ARN with `*` in it is one of a resource. */
function matches(pattern: string, arn: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(arn);
}

/** The key that the provisioner's lease has in the table of the locks. */
async function leaseKey(project: string, environment: string): Promise<unknown> {
  let asked: unknown;
  const client = {
    send: async ({ input }: { readonly input: unknown }) => {
      asked = input;
      return {};
    },
  };
  const place = { table: 'locks', region: 'ap-northeast-2', project, environment };
  await dynamoDbStore(place, client).read();
  return Object(asked).Key.LockID.S;
}

describe('the roles of GitHub Actions', () => {
  const json = platform({ github });

  it.each([
    ['plan', 'repo:acme/infrastructure:environment:TEST-PLAN'],
    ['deploy', 'repo:acme/infrastructure:environment:TEST'],
    ['frontend', 'repo:acme/web:environment:TEST'],
  ])('%s is trusted to one repository and one GitHub environment, without wildcards', (kind, subject) => {
    expect(statements(role(json, kind).assume_role_policy)).toEqual([
      {
        Sid: 'Workflows',
        Effect: 'Allow',
        Principal: {
          Federated: expect.stringMatching(/:oidc-provider\/token\.actions\.githubusercontent\.com$/),
        },
        Action: ['sts:AssumeRoleWithWebIdentity'],
        Condition: {
          StringEquals: {
            'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
            'token.actions.githubusercontent.com:sub': subject,
          },
        },
      },
    ]);
  });

  it('know a repository by the subject that GitHub gives it, ids and all', () => {
    const young = platform({ github: { ...github, subjects: { web: 'repo:acme@12/web@345' } } });
    const subjectOf = (kind: string) =>
      Reflect.get(
        Object(Object(statements(role(young, kind).assume_role_policy)[0]?.Condition).StringEquals),
        'token.actions.githubusercontent.com:sub',
      );
    expect(subjectOf('frontend')).toBe('repo:acme@12/web@345:environment:TEST');
    expect(subjectOf('deploy')).toBe('repo:acme/infrastructure:environment:TEST');
  });

  it('plan allows nothing itself, and denies what is data', () => {
    const plan = granted(json, 'plan');
    expect(plan.map(({ Effect }) => Effect)).toEqual(['Deny', 'Deny', 'Deny']);
    expect(plan[0]).toMatchObject({
      NotResource: [
        expect.stringMatching(/^arn:.*:s3:::stagecraft-tfstate-ap-northeast-2\/stagecraft\/test\.tfstate$/),
        expect.stringMatching(/^\$\{aws_s3_bucket\.edge_frontend_pages\S*\.arn\}\/errors\/\*$/),
      ],
    });
    const attached = resources(json, 'aws_iam_role_policy_attachment').filter(({ role: to }) =>
      String(to).includes('delivery_plan-role'),
    );
    expect(attached.map(({ policy_arn }) => policy_arn)).toEqual([
      expect.stringMatching(/policy\/ReadOnlyAccess$/),
    ]);
  });

  it('plan may see every object that Terraform writes: it refreshes them', () => {
    const [noObject] = granted(json, 'plan');
    const written = resources(json, 'aws_s3_object');
    expect(written).not.toEqual([]);
    for (const { bucket, key } of written) {
      const arn = `${String(bucket).replace('.id}', '.arn}')}/${key}`;
      expect(
        [noObject?.NotResource]
          .flat()
          .map(String)
          .filter((seen) => matches(seen, arn)),
      ).toHaveLength(1);
    }
  });

  it('deploy touches identities of its environment only, and not those of delivery', () => {
    const deploy = granted(json, 'deploy');
    const writes = deploy.filter(({ Sid, Effect }) => Effect === 'Allow' && Sid !== 'ReadIdentities');
    for (const { Resource } of writes) {
      for (const resource of [Resource].flat()) {
        expect(resource).toMatch(
          /:iam::.*:((role|instance-profile)\/stagecraft-test-\*|oidc-provider\/stagecraft-test-oidc-\*|policy\/stagecraft-test-boundary)$/,
        );
      }
    }
    expect(deploy.find(({ Sid }) => Sid === 'NotItself')).toMatchObject({
      Effect: 'Deny',
      Resource: ['plan', 'deploy', 'frontend'].map((kind) =>
        expect.stringMatching(new RegExp(`:role/\\*-github-${kind}$`)),
      ),
    });
    expect(JSON.stringify(deploy)).not.toContain('AdministratorAccess');
  });

  it('deploy touches nothing that is tagged as another environment’s, but the zone that they may share', () => {
    const tag = 'aws:ResourceTag/environment';
    expect(granted(json, 'deploy').find(({ Sid }) => Sid === 'NothingTaggedOtherwise')).toEqual({
      Sid: 'NothingTaggedOtherwise',
      Effect: 'Deny',
      NotAction: ['route53:*'],
      Resource: ['*'],
      Condition: { StringNotEquals: { [tag]: ['test', 'shared'] }, Null: { [tag]: 'false' } },
    });
    const [provider] = JSON.parse(json).provider.aws;
    expect(provider.default_tags[0].tags.environment).toBe('test');
    expect(granted(json, 'deploy').find(({ Sid }) => Sid === 'NoOtherNodes')).toMatchObject({
      Condition: { StringNotEquals: { 'ssm:resourceTag/environment': ['test', 'shared'] } },
    });
  });

  it('deploy reads and writes the buckets, the state and the parameters of its environment alone', () => {
    const everything = platform({ github, database: { mode: 'rds' } });
    const kept = (sid: string) =>
      [granted(everything, 'deploy').find(({ Sid }) => Sid === sid)?.NotResource]
        .flat()
        .map((arn) => String(arn).replaceAll(/\$\{[^}]*\}/g, 'X'));
    const buckets = resources(everything, 'aws_s3_bucket').map(({ bucket }) =>
      String(bucket).replaceAll(/\$\{[^}]*\}/g, 'X'),
    );
    expect(buckets.length).toBeGreaterThan(3);
    const own = (arn: string) => kept('NoOtherBuckets').some((pattern) => matches(pattern, arn));
    for (const bucket of buckets)
      for (const path of ['', '/any/object']) expect(own(`arn:X:s3:::${bucket}${path}`)).toBe(true);
    const states = 'arn:X:s3:::stagecraft-tfstate-ap-northeast-2';
    expect(own(states)).toBe(true);
    expect(own(`${states}/stagecraft/test.tfstate`)).toBe(true);
    for (const other of [`${states}/stagecraft/prod.tfstate`, 'arn:X:s3:::stagecraft-prod-dumps-X/a'])
      expect(own(other)).toBe(false);
    const parameter = (name: string) =>
      kept('NoOtherParameters').some((pattern) => matches(pattern, `arn:X:ssm:*:X:parameter${name}`));
    expect(parameter('/stagecraft/test/k3s/token')).toBe(true);
    expect(parameter('/stagecraft/prod/k3s/token')).toBe(false);
    expect(parameter('/stagecraft/test2/k3s/token')).toBe(false);
  });

  it('deploy changes neither the store of the states nor locks of others, but takes its own and the lease', async () => {
    const deploy = granted(json, 'deploy');
    const of = (sid: string) => deploy.find(({ Sid }) => Sid === sid);
    expect(of('TheBucketOfStatesStays')).toMatchObject({
      NotAction: ['s3:Get*', 's3:List*'],
      Resource: [expect.stringMatching(/:s3:::stagecraft-tfstate-ap-northeast-2$/)],
    });
    expect(of('TheTableOfLocksStays')).toMatchObject({
      Resource: [
        expect.stringMatching(/:table\/stagecraft-tfstate-locks$/),
        expect.stringMatching(/:table\/stagecraft-tfstate-locks\/\*$/),
      ],
    });
    const keys = Object(Object(of('NoOtherLocks')?.Condition)['ForAnyValue:StringNotEquals']);
    const state = 'stagecraft-tfstate-ap-northeast-2/stagecraft/test.tfstate';
    expect(keys['dynamodb:LeadingKeys']).toEqual([
      state,
      `${state}-md5`,
      await leaseKey('stagecraft', 'test'),
    ]);
  });

  it('deploy has nobody else do what it may not do itself: its roles are bound by the same', () => {
    const [boundary] = resources(json, 'aws_iam_policy');
    const denied = resources(json, 'aws_iam_role_policy').find(({ name }) => name === 'no-other-environment');
    const own = statements(denied?.policy);
    expect(own.length).toBeGreaterThan(4);
    expect(statements(boundary?.policy)).toEqual(expect.arrayContaining([...own]));
  });

  it('keep policies within what IAM takes: 6,144 characters, and 10,240 in all for what is in a role', () => {
    const long = platform({
      project: 'p'.repeat(20),
      name: 'e'.repeat(11),
      github,
      state: { bucket: 'b'.repeat(63) },
    });
    const length = (policy: unknown) => String(policy).replaceAll(/\$\{[^}]*\}/g, 'aws-us-gov---').length;
    for (const { policy } of resources(long, 'aws_iam_policy')) expect(length(policy)).toBeLessThan(6144);
    const inRole = resources(long, 'aws_iam_role_policy')
      .filter((policy) => String(policy.role).includes('delivery_deploy-role'))
      .reduce((sum, { policy }) => sum + length(policy), 0);
    expect(inRole).toBeLessThan(10_240);
  });

  it('deploy writes roles within a boundary only, that keeps them from IAM and is not its to change', () => {
    const [boundary, ...others] = resources(json, 'aws_iam_policy');
    expect(others).toEqual([]);
    expect(boundary).toMatchObject({ name: 'stagecraft-test-boundary' });
    expect(statements(boundary?.policy)).toContainEqual(
      expect.objectContaining({ Effect: 'Deny', Action: expect.arrayContaining(['iam:*']), Resource: ['*'] }),
    );
    const deploy = granted(json, 'deploy').filter(({ Effect }) => Effect === 'Allow');
    const powerful = ['CreateRole', 'PutRolePolicy', 'AttachRolePolicy', 'PutRolePermissionsBoundary'];
    const writing = deploy.filter(({ Action }) =>
      [Action].flat().some((action) => powerful.includes(String(action).replace('iam:', ''))),
    );
    expect(writing.length).toBeGreaterThan(1);
    for (const { Condition } of writing)
      expect(Condition).toMatchObject({
        StringEquals: {
          'iam:PermissionsBoundary': expect.stringContaining('aws_iam_policy.delivery_boundary'),
        },
      });
    const actions = deploy.flatMap(({ Action }) => [Action].flat()).map(String);
    expect(actions.filter((action) => /Policy(Version)?$/.test(action) && !/Role/.test(action))).toEqual([
      'iam:TagPolicy',
      'iam:UntagPolicy',
    ]);
    expect(deploy.find(({ Sid }) => Sid === 'TagTheBoundary')?.Resource).toEqual([
      expect.stringMatching(/:policy\/stagecraft-test-boundary$/),
    ]);
    // The provider changes descriptions by an action of their own.
    expect(actions).toContain('iam:UpdateRoleDescription');
    expect(actions).not.toContain('iam:DeleteRolePermissionsBoundary');
  });

  it('leave every other role within the boundary', () => {
    const everything = platform({ github, database: { mode: 'rds' } });
    const roles = resources(everything, 'aws_iam_role');
    expect(roles.length).toBeGreaterThan(6);
    for (const { name, permissions_boundary } of roles) {
      if (String(name).includes('-github-')) expect(permissions_boundary).toBeUndefined();
      else expect(permissions_boundary).toContain('aws_iam_policy.delivery_boundary');
    }
    for (const other of [platform(), platform({ github: { ...github, infrastructure: undefined } })])
      expect(JSON.stringify(resources(other, 'aws_iam_role'))).not.toContain('permissions_boundary');
  });

  it('deploy may attach the managed policies that the stacks use, all of them', () => {
    const everything = platform({ github, database: { mode: 'rds' }, backup: { enabled: true } });
    const attachable = JSON.stringify(granted(everything, 'deploy'));
    const used = resources(everything, 'aws_iam_role_policy_attachment')
      .filter(({ role: to }) => !String(to).includes('delivery_'))
      .map(({ policy_arn }) => String(policy_arn).split(':policy/').at(-1));
    expect(used.length).toBeGreaterThan(2);
    for (const policy of used) expect(attachable).toContain(`policy/${policy}`);
  });

  it('frontend reaches one bucket and one distribution', () => {
    const text = granted(json, 'frontend').flatMap(({ Resource }) => [Resource].flat());
    expect(text.length).toBeGreaterThan(0);
    for (const resource of text)
      expect(resource).toMatch(/aws_s3_bucket\.edge_frontend_site|aws_cloudfront_distribution/);
  });

  it('are as many as there are repositories for them', () => {
    const names = (input: EnvironmentInput['github']) =>
      resources(platform(input === undefined ? {} : { github: input }), 'aws_iam_role')
        .map(({ name }) => String(name))
        .filter((name) => name.includes('github'));
    expect(names(undefined)).toEqual([]);
    expect(names({ owner: 'acme', repositories: { a: 'a' } })).toEqual([]);
    expect(names({ owner: 'acme', repositories: { a: 'a' }, frontend: 'web' })).toEqual([
      'stagecraft-test-github-frontend',
    ]);
  });

  it('take the GitHub environment that is named', () => {
    const named = platform({ github: { ...github, environment: 'staging' } });
    expect(String(role(named, 'deploy').assume_role_policy)).toContain(':environment:staging"');
    expect(String(role(named, 'plan').assume_role_policy)).toContain(':environment:staging-PLAN"');
  });

  it('deploy may make the provider of the cluster’s tokens, which is called after its bucket', () => {
    const [provider] = resources(json, 'aws_iam_openid_connect_provider');
    const [, id = ''] = /aws_s3_bucket\.(\S+)\.bucket_regional/.exec(String(provider?.url)) ?? [];
    const bucket = JSON.parse(json).resource.aws_s3_bucket[id];
    expect(bucket.bucket).toMatch(/^stagecraft-test-oidc-/);
  });

  it('rely on a provider that the account has once, unless the environment has the account for itself', () => {
    const ofGithub = (stack: string) =>
      resources(stack, 'aws_iam_openid_connect_provider').filter(({ url }) => String(url).includes('github'));
    expect(ofGithub(json)).toEqual([]);
    const alone = platform({ github: { ...github, oidcProvider: 'create' } });
    expect(ofGithub(alone)).toEqual([expect.objectContaining({ client_id_list: ['sts.amazonaws.com'] })]);
  });

  it('have names within IAM’s 64 characters', () => {
    const long = platform({ project: 'p'.repeat(20), name: 'e'.repeat(11), github });
    for (const { name } of resources(long, 'aws_iam_role'))
      expect(String(name).length).toBeLessThanOrEqual(64);
  });
});
