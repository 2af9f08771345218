import { z } from 'zod';
import { name, text } from './basics';

const repository = text(/^[A-Za-z0-9_.-]{1,100}$/, 'the name of a repository, without its owner');

/** Where the services' code lives, for the roles that GitHub Actions assumes and for Argo CD. */
export const github = z
  .strictObject({
    /** User or organisation. */
    owner: text(/^[A-Za-z0-9]([A-Za-z0-9-]{0,37}[A-Za-z0-9])?$/, 'the name of a GitHub user or organisation'),
    /** Repositories by service, for example `user-service` → `user-service`. At least one. */
    repositories: z
      .record(name(40), repository)
      .refine((repositories) => Object.keys(repositories).length > 0, { error: 'at least one repository' }),
    /** Repository whose workflows plan and deploy this infrastructure. Absent: people do, and there are no roles for it. */
    infrastructure: repository.optional(),
    /**
     * Repository of the web site; with `settings: 'write'` another one than `infrastructure`, for each has one role in one secret.
     * Absent: there is no role that deploys it.
     */
    frontend: repository.optional(),
    /**
     * The GitHub environment whose jobs may deploy, spelt as in GitHub; plans run in the one of that name with `-PLAN` behind
     * it. Default: the environment's name in capitals, for example `DEV` and `DEV-PLAN`.
     */
    environment: text(
      /^[A-Za-z0-9_.-]{1,100}$/,
      'a name of a GitHub environment: up to 100 letters, digits and _ . -',
    ).optional(),
    /**
     * The account's OIDC provider for GitHub Actions, of which an account has one. `existing`: `cdktf deploy bootstrap` or
     * somebody else has made it. `create`: made with this environment, for one with an account of its own. Default:
     * `existing`.
     */
    oidcProvider: z.enum(['existing', 'create']).default('existing'),
    /**
     * `write`: the GitHub environments, with the variables and secrets by which workflows find AWS, are made in each repository,
     * with the token in the variable GITHUB_TOKEN. `none`: people make them; the output `github_roles` says what to enter.
     * Default: `write`.
     */
    settings: z.enum(['write', 'none']).default('write'),
    /**
     * What GitHub calls a repository in its tokens, by repository, where that is not `repo:<owner>/<repository>`: one that was
     * made, renamed or transferred after 15 July 2026 has ids in it, as in `repo:acme@1234/web@5678`. What it is says
     * `gh api repos/<owner>/<repository>/actions/oidc/customization/sub` (`sub_claim_prefix`). Default: none.
     */
    subjects: z
      .record(
        repository,
        text(
          /^repo:[A-Za-z0-9-]+(@\d+)?\/[A-Za-z0-9_.-]+(@\d+)?$/,
          'what stands before ":environment:" in a subject of GitHub, such as "repo:acme@1234/web@5678"',
        ),
      )
      .default({}),
  })
  .superRefine(({ infrastructure, frontend, settings }, context) => {
    if (settings !== 'write' || frontend === undefined) return;
    // GitHub does not tell repositories apart by case.
    if (infrastructure?.toLowerCase() !== frontend.toLowerCase()) return;
    context.addIssue({
      code: 'custom',
      path: ['frontend'],
      input: frontend,
      message:
        'another repository than infrastructure, whose secret has the role that deploys everything; or settings: "none", and secrets that people make',
    });
  })
  .superRefine(({ owner, subjects }, context) => {
    for (const [name, subject] of Object.entries(subjects)) {
      if (subject.replaceAll(/@\d+/g, '') === `repo:${owner}/${name}`) continue;
      context.addIssue({
        code: 'custom',
        path: ['subjects', name],
        input: subject,
        message: `a subject of ${owner}/${name}, such as "repo:${owner}@1234/${name}@5678"`,
      });
    }
  });
