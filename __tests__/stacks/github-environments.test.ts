import { assertGithubToken } from '../../environments/github-token';
import type { EnvironmentInput } from '../../environments/schema';
import { platform, resources } from './synthesized';

const github = {
  owner: 'acme',
  repositories: { 'user-service': 'user-service', web: 'web' },
  infrastructure: 'infrastructure',
  frontend: 'web',
} satisfies EnvironmentInput['github'];

const json = platform({ github });

/** What a GitHub environment of a repository is told, by name. */
function told(kind: 'secret' | 'variable', repository: string, environment: string) {
  const owner = new RegExp(`_${repository}-${environment}_[0-9A-F]{8}\\.`);
  return Object.fromEntries(
    resources(json, `github_actions_environment_${kind}`)
      .filter((one) => one.repository === repository && owner.test(String(one.environment)))
      .map((one) => [one[`${kind}_name`], one.plaintext_value ?? one.value]),
  );
}

describe('the settings of repositories on GitHub', () => {
  it('have an environment in each repository, for protected branches but where plans run', () => {
    const policies = resources(json, 'github_repository_environment').map(
      ({ repository, environment, deployment_branch_policy: policy }) =>
        `${repository} ${environment}${policy === undefined ? '' : ' protected'}`,
    );
    expect(policies.sort()).toEqual([
      'infrastructure TEST protected',
      'infrastructure TEST-PLAN',
      'user-service TEST protected',
      'web TEST protected',
    ]);
  });

  it('name the role of each environment, and no other', () => {
    expect(told('secret', 'infrastructure', 'TEST')).toEqual({
      TEST_AWS_ROLE_ARN: expect.stringContaining('delivery_deploy-role'),
    });
    expect(told('secret', 'infrastructure', 'TEST-PLAN')).toEqual({
      TEST_AWS_ROLE_ARN: expect.stringContaining('delivery_plan-role'),
    });
    expect(told('secret', 'user-service', 'TEST')).toEqual({});
  });

  it('tell the front end its bucket, its distribution and its address', () => {
    expect(told('secret', 'web', 'TEST')).toEqual({
      TEST_AWS_ROLE_ARN: expect.stringContaining('delivery_frontend-role'),
      S3_BUCKET: expect.stringContaining('aws_s3_bucket.edge_frontend_site'),
      CLOUDFRONT_DISTRIBUTION_ID: expect.stringContaining('aws_cloudfront_distribution'),
    });
    expect(told('variable', 'web', 'TEST')).toEqual({
      AWS_REGION: 'ap-northeast-2',
      SITE_URL: expect.stringMatching(/^https:\/\//),
    });
  });

  it('leave reviewers to people', () => {
    for (const { lifecycle } of resources(json, 'github_repository_environment'))
      expect(lifecycle).toMatchObject({ ignore_changes: expect.arrayContaining(['reviewers']) });
  });

  it('take the token from the environment, never from a file', () => {
    const document = JSON.parse(json);
    expect(document.provider.github).toEqual([{ owner: 'acme' }]);
    expect(document.terraform.required_providers.github.version).toBe('~> 6.9');
  });

  it('are left alone by choice, and without `github`', () => {
    for (const other of [platform({ github: { ...github, settings: 'none' } }), platform()])
      expect(Object.keys(JSON.parse(other).provider)).toEqual(['aws']);
  });

  it('give secrets names that GitHub takes, whatever the environment is called', () => {
    const odd = platform({ github: { ...github, environment: 'Test.Stage-1' } });
    const names = resources(odd, 'github_actions_environment_secret').map(({ secret_name }) => secret_name);
    expect(names).toContain('TEST_STAGE_1_AWS_ROLE_ARN');
  });
});

describe('a missing token', () => {
  const environment = (settings: 'write' | 'none') => ({
    name: 'prod',
    github: { ...github, settings, oidcProvider: 'existing' as const, subjects: {} },
  });

  it.each([undefined, ''])('is one line before anything is deployed (%p)', (GITHUB_TOKEN) => {
    expect(() => assertGithubToken([environment('write')], { GITHUB_TOKEN })).toThrow(
      /^The variable GITHUB_TOKEN is missing\.\n {2}environments\/prod\.ts: github\.settings is "write": give a token .*, or say "none"$/,
    );
  });

  it.each([
    ['there is one', [environment('write')], 'ghp_x'],
    ['nothing is written', [environment('none')], undefined],
    ['there is no GitHub', [{ name: 'dev' }], undefined],
  ])('is none where %s', (_, environments, GITHUB_TOKEN) => {
    expect(() => assertGithubToken(environments, { GITHUB_TOKEN })).not.toThrow();
  });
});
