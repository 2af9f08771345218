import type { Rule } from './rule';

/** The part of an environment that names are made of. */
export interface NamesDraft {
  readonly project: string;
}

/** What no name of the environment may begin with, and whose names: all begin with the project and a hyphen. */
const reserved: readonly (readonly [start: string, whose: string])[] = [
  ['internal-', 'a load balancer (ELB API, CreateLoadBalancer)'],
  ['aws', 'a document or a parameter of Systems Manager (SSM API, CreateDocument and PutParameter)'],
  ['amazon', 'a document of Systems Manager (SSM API, CreateDocument)'],
  ['amzn', 'a document of Systems Manager (SSM API, CreateDocument)'],
  ['ssm', 'a parameter of Systems Manager (SSM API, PutParameter)'],
  ['xn--', 'a bucket (Amazon S3, "Bucket naming rules")'],
  ['sthree-', 'a bucket (Amazon S3, "Bucket naming rules")'],
];

/** What AWS keeps names from beginning with: else a deployment fails in its middle. */
export const nameRules: readonly Rule<NamesDraft>[] = [
  {
    needs: ['project'],
    check: ({ project }) => {
      const [start, whose] = reserved.find(([one]) => `${project}-`.startsWith(one)) ?? [];
      return start === undefined
        ? []
        : [
            {
              path: ['project'],
              given: project,
              allowed: `a name that does not begin with "${start.replace(/-$/, '')}", as that of ${whose} may not`,
            },
          ];
    },
  },
];
